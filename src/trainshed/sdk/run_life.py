"""How a run is doing, how it begins and ends, and waiting for that.

Imported by every script, so it imports next to nothing.
"""

from __future__ import annotations

from trainshed.sdk import context
from trainshed.sdk.run_files import RunFiles

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Optional

    from typing_extensions import Self

#: How long cancel and fail wait for the new status, in seconds.
_MOMENT_S = 5.0


class RunLife(RunFiles):
    """A run that can be asked about, started, ended, canceled and waited for."""

    #: Given to a script by ``get_context``: its own run, which does not end itself.
    _is_context = False

    # --- how it is doing

    def get_status(self) -> str:
        """The present status. One request."""
        return self._refresh().status.value

    def get_detailed_status(self) -> Dict[str, Any]:
        """``status`` and, in ``details``, why it is so. One request."""
        run = self._refresh()
        return {"status": run.status.value, "details": run.status_reason}

    def get_details(self) -> Dict[str, Any]:
        """Status, times, error, warnings, properties, definition and logs under v1's keys. One request."""
        from trainshed.sdk import details

        found = self._api.details(*self._at)
        self._saw(found.run)
        return details.of_run(self._api, self._workspace_id, found, self.experiment.workspace)

    def get_details_with_logs(self) -> Dict[str, Any]:
        """The same, with the logs' text in place of their addresses."""
        found = self.get_details()
        found["logFiles"] = {name: self._text_of(name) for name in found["logFiles"]}
        return found

    def _text_of(self, name: str) -> str:
        with self._api.stream_file(*self._at, name) as stream:
            return b"".join(stream).decode("utf-8", "replace")

    def get_portal_url(self) -> str:
        """A link to the run's page that opens it logged in, once, within 24 hours. One request."""
        from urllib.parse import quote

        return self._api.link("/runs/%s/%s" % tuple(quote(part, safe="") for part in self._at))

    @property
    def portal_url(self) -> str:
        """The run's page, for a browser that is logged in."""
        return self._page()

    # --- begun and ended

    def start(self) -> None:
        """Mark it Running; for runs made by ``create_children``. One request."""
        from trainshed.contract.api import Ending

        self._saw(self._api.end_run(*self._at, Ending("Running")))

    def complete(self, _set_status: bool = True) -> None:
        """Mark it Completed, after its ``outputs`` are sent. In the run's own script no status is set: the script's
        end does that. Once it has ended otherwise it stays so; a line on the logger ``azureml`` says that.

        Runs below it that were never started are canceled then; those that run stay as they are.
        """
        self._wind_up()
        if _set_status and not self._is_own:
            self._end("Completed", None)

    def fail(self, error_details: Any = None, error_code: Optional[str] = None, _set_status: bool = True) -> None:
        """Mark it Failed; a submitted run's processes are ended. In the run's own script no status is set. Once it has
        ended otherwise it stays so, as with :meth:`complete`.

        Args:
            error_details: words, or an exception.
            error_code: a word for programs.
        """
        self._wind_up(must_send=False)
        if _set_status and not self._is_own:
            self._end("Failed", _error(error_details, error_code))

    def cancel(self) -> None:
        """Ask it to stop; returns when the status says so. After its end no effect.

        Nor has it one on what ``get_context()`` gives a script, as in v1; on the same run reached otherwise
        (``child.parent.cancel()``) it has.
        """
        if self._is_context:
            return
        from trainshed.contract.status import ENDED, RunStatus
        from trainshed.sdk.following import waiting

        self._wind_up(must_send=False)
        asked = self._saw(self._api.cancel_run(*self._at))
        known = ENDED | {RunStatus.CANCEL_REQUESTED, RunStatus.FINALIZING}
        self._saw(
            waiting.for_a_moment(self._api, self._workspace_id, asked, lambda run: run.status in known, _MOMENT_S)
        )

    def _end(self, status: str, error: Any) -> None:
        from trainshed.contract.api import Ending
        from trainshed.contract.errors import IllegalTransition
        from trainshed.contract.status import ENDED, RunStatus
        from trainshed.sdk.following import waiting

        try:
            if status == "Completed" and self._record.status is RunStatus.NOT_STARTED:
                self.start()
            asked = self._saw(self._api.end_run(*self._at, Ending(status, error)))
        except IllegalTransition:
            if self._refresh().status not in ENDED:
                raise
            from trainshed.sdk.notices import warn

            warn("Run %s has ended already and stays %s; it does not become %s." % (self._id, self.status, status))
            return
        self._saw(
            waiting.for_a_moment(self._api, self._workspace_id, asked, lambda run: run.status in ENDED, _MOMENT_S)
        )

    def _wind_up(self, *, must_send: bool = True) -> None:
        """Send what this process still has of the run. Files that can't be sent keep nobody from ending a run otherwise
        than well (``must_send`` False): then it is only said.
        """
        from trainshed.contract.exceptions import AzureMLException
        from trainshed.sdk.metrics.reading import OWN_POINTS_S

        if self._outputs is not None:
            try:
                self._outputs.send(self)
            except (AzureMLException, OSError) as error:
                if must_send:
                    raise
                from trainshed.sdk.notices import warn

                warn("The files in %s were not sent: %s" % (self._outputs.folder, error))
            self._outputs = None
        if context.run_id() is None:
            self._bring_points(OWN_POINTS_S)
        if not self._is_own:
            self._release_metrics()

    def wait_for_completion(
        self, show_output: bool = False, wait_post_processing: bool = False, raise_on_error: bool = True
    ) -> Dict[str, Any]:
        """Wait for the run's end.

        Args:
            show_output: print the logs as they grow, and a summary; otherwise nothing is printed.
            wait_post_processing: no effect: a run has ended when everything of it is there.
            raise_on_error: raise if it failed. A canceled run raises nothing.

        Returns:
            What ``get_details`` gives.

        Raises:
            ActivityFailedException: it failed; with the error's code and the last lines of its log.
            ExperimentExecutionException: Ctrl-C while the output was shown; the run goes on.
        """
        from trainshed.sdk.following import waiting

        if show_output:
            from trainshed.sdk.following.showing import Showing

            self._saw(Showing(self._api, self._workspace_id, self._refresh(), self.get_portal_url()).show())
        else:
            self._saw(waiting.until_ended(self._api, self._workspace_id, self._record))
        details = waiting.patiently(self.get_details)
        if raise_on_error:
            waiting.raise_if_failed(self._record)
        return details

    def __enter__(self) -> Self:
        from trainshed.contract.status import RunStatus

        if not self._is_own and self._record.status is RunStatus.NOT_STARTED:
            self.start()
        return self

    def __exit__(self, exit_type: Any, value: Any, traceback: Any) -> None:
        if exit_type is None or (issubclass(exit_type, SystemExit) and value.code in (None, 0)):
            self.complete()
        else:
            self.fail(error_details=value)


def _error(details: Any, code: Optional[str]) -> Any:
    from trainshed.contract.records import RunError

    if isinstance(details, BaseException):
        import traceback

        frames = traceback.format_exception(type(details), details, details.__traceback__)
        message = "%s: %s" % (type(details).__name__, details)
        return RunError(str(code or "user"), message, {"traceback": "".join(frames)})
    message = "The run was marked as failed." if details is None else str(details)
    return RunError(str(code or "user"), message)
