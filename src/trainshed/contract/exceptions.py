"""v1's exception classes, as ``azureml.exceptions`` exports them.

::

    AzureMLException
      ActivityFailedException   AuthenticationException(UserError)  ComputeTargetException
      AzureMLAggregatedException  ParallelRunException
      DatasetTimestampMissingError
      DiscoveryUrlNotFound      ExperimentExecutionException        ModelNotFoundException   ModelPathNotFoundException
      ProjectSystemException    RunConfigurationException           RunEnvironmentException  ServiceException
      SnapshotException         TrainingException                   UserErrorException       WebserviceException
      WorkspaceException        WorkspacePrivateEndpointException   HttpOperationError

Follows: azureml.exceptions (SDK 1.11).
"""

from __future__ import annotations

from typing import Any, Optional, Sequence


class AzureMLException(Exception):
    """The root of all errors that reach a user.

    Args:
        exception_message: what happened, which thing, what to do now.
        inner_exception: the cause, if another error was translated.
        target, details, message_format, message_parameters, reference_code: kept as v1 kept them; no effect.
    """

    def __init__(
        self,
        exception_message: str = "",
        inner_exception: Optional[BaseException] = None,
        target: Optional[Any] = None,
        details: Optional[Any] = None,
        message_format: Optional[str] = None,
        message_parameters: Optional[Any] = None,
        reference_code: Optional[str] = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(exception_message)
        self._message = exception_message
        self._inner_exception = inner_exception
        self._target = target
        self._details = details

    @property
    def message(self) -> str:
        """The words of the error."""
        return self._message

    @message.setter
    def message(self, value: str) -> None:
        self._message = value

    @property
    def inner_exception(self) -> Optional[BaseException]:
        """The error this one was made from, or None."""
        return self._inner_exception

    @inner_exception.setter
    def inner_exception(self, value: Optional[BaseException]) -> None:
        self._inner_exception = value

    def print_stacktrace(self) -> None:
        """Print the traceback of this error and of its cause to standard error."""
        import traceback

        traceback.print_exception(type(self), self, self.__traceback__)

    def __str__(self) -> str:
        return self._message

    def __repr__(self) -> str:
        return "%s: %s" % (type(self).__name__, self._message)


class UserErrorException(AzureMLException):
    """The caller asked for something that cannot be done as asked."""


class ActivityFailedException(AzureMLException):
    """A run ended as Failed; raised by ``wait_for_completion``.

    Args:
        error_details: what went wrong, with the last lines of the run's log.
    """

    def __init__(self, error_details: str = "", **kwargs: Any) -> None:
        super().__init__(error_details, **kwargs)


class AuthenticationException(UserErrorException):
    """The server does not know the caller."""


class AzureMLAggregatedException(AzureMLException):
    """Several errors in one.

    Args:
        exceptions_list: the errors.
    """

    def __init__(self, exceptions_list: Sequence[BaseException] = (), **kwargs: Any) -> None:
        super().__init__("\n".join(str(one) for one in exceptions_list), **kwargs)
        self.exceptions_list = list(exceptions_list)


class ComputeTargetException(AzureMLException):
    """A compute target is missing or cannot do what was asked."""


class DatasetTimestampMissingError(AzureMLException):
    """A time filter on a dataset without a time column."""

    def __init__(self, error_details: str = "", **kwargs: Any) -> None:
        super().__init__(error_details, **kwargs)


class DiscoveryUrlNotFoundException(AzureMLException):
    """Kept for ``except`` clauses: there is no discovery service here."""

    def __init__(self, discovery_key: str = "", **kwargs: Any) -> None:
        super().__init__(discovery_key, **kwargs)


class ExperimentExecutionException(AzureMLException):
    """A run could not be submitted or followed."""


class HttpOperationError(AzureMLException):
    """What ``msrest.exceptions`` calls so: scripts catch it around a missing datastore.

    Where a real msrest is loaded, what is raised is of its class, too.

    Args:
        status_code: HTTP's.
    """

    def __new__(cls, *args: Any, **kwargs: Any) -> HttpOperationError:
        made: HttpOperationError = AzureMLException.__new__(_also_of_msrest(cls))
        return made

    def __init__(self, exception_message: str = "", *, status_code: int = 0, **kwargs: Any) -> None:
        super().__init__(exception_message, **kwargs)
        self.status_code = status_code

    @property
    def response(self) -> HttpOperationError:
        """Itself: ``error.response.status_code`` is what is read of it."""
        return self

    @property
    def error(self) -> HttpOperationError:
        """Itself: ``error.error.message`` is what is read of it."""
        return self


class ModelNotFoundException(AzureMLException):
    """No such model is registered."""

    def __init__(self, exception_message: str = "", logger: Optional[Any] = None, **kwargs: Any) -> None:
        super().__init__(exception_message, **kwargs)


class ModelPathNotFoundException(AzureMLException):
    """A model's files are not where they should be."""

    def __init__(self, exception_message: str = "", logger: Optional[Any] = None, **kwargs: Any) -> None:
        super().__init__(exception_message, **kwargs)


class ParallelRunException(AzureMLException):
    """Kept for ``except`` clauses: a step of many parallel runs failed."""

    def __init__(
        self, exception_message: str = "", code: Optional[int] = None, delay_seconds: int = 0, **kwargs: Any
    ) -> None:
        super().__init__(exception_message, **kwargs)
        self.code = code
        self.delay_seconds = delay_seconds


class ProjectSystemException(AzureMLException):
    """A project folder is missing or broken."""


class RunConfigurationException(AzureMLException):
    """A run configuration is missing or broken."""


class RunEnvironmentException(AzureMLException):
    """``Run.get_context(allow_offline=False)`` outside a run."""

    def __init__(self, exception_message: str = "", **kwargs: Any) -> None:
        super().__init__(
            exception_message
            or "Could not load a submitted run, if outside of an execution context, use "
            "experiment.start_logging to initialize a Run.",
            **kwargs,
        )


class ServiceException(AzureMLException):
    """The server answered with an error, or not at all. ``status_code`` is the HTTP status, 0 when there was no
    answer.
    """

    def __init__(self, error_response_exception: Any = "", *, status_code: int = 0, **kwargs: Any) -> None:
        super().__init__(str(error_response_exception), **kwargs)
        self.status_code = status_code


class SnapshotException(AzureMLException):
    """A source folder could not be recorded."""


class TrainingException(AzureMLException):
    """An estimator was given something it cannot train with."""


class WebserviceException(AzureMLException):
    """A deployed model's service is missing or cannot do what was asked."""

    def __init__(
        self,
        exception_message: str = "",
        status_code: Optional[int] = None,
        logger: Optional[Any] = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(exception_message, **kwargs)
        self.status_code = status_code


class WorkspaceException(AzureMLException):
    """A workspace is missing or cannot be made."""

    def __init__(self, exception_message: str = "", found_multiple: bool = False, **kwargs: Any) -> None:
        super().__init__(exception_message, **kwargs)


class WorkspacePrivateEndpointException(WorkspaceException):
    """Kept for ``except`` clauses: there are no private endpoints here."""


def _also_of_msrest(kind: Any) -> Any:
    """``kind``, or a class of the same name below it and below the real msrest's class, if that is loaded."""
    import sys

    real = getattr(sys.modules.get("msrest.exceptions"), "HttpOperationError", None)
    if real is None or issubclass(kind, real):
        return kind
    # Its own __init__ asks for an HTTP response, which there is not.
    bare = type(real.__name__, (real,), {"__init__": Exception.__init__})
    return type(kind.__name__, (kind, bare), {"__module__": kind.__module__})
