"""Errors that travel: a code plus facts, so that one survives JSON and pickle and becomes the same class again on the
other side.

Each says what, which one, and what to do now. The second base (``NotFound``, ``Conflict`` ...) is what the server
turns into an HTTP
status; the first is the v1 class that a script catches.
"""

from __future__ import annotations

from typing import Any, ClassVar, Dict, Mapping, Optional, Tuple, Type

from trainshed.contract.exceptions import (
    AuthenticationException,
    AzureMLException,
    ComputeTargetException,
    ExperimentExecutionException,
    RunConfigurationException,
    ServiceException,
    SnapshotException,
    TrainingException,
    UserErrorException,
    WorkspaceException,
)


class BadRequest:
    """HTTP 400: the request can never succeed as it is."""


class NotFound:
    """HTTP 404."""


class Conflict:
    """HTTP 409: it contradicts what is there."""


class Refused:
    """HTTP 403: known caller, not allowed."""


class Fenced:
    """HTTP 410: the speaker's attempt was given up; it must end what it started and be silent."""


class Full:
    """HTTP 507: the server cannot store more now; keep the data and try again."""


class Unauthenticated:
    """HTTP 401."""


CODES: Dict[str, Type[Coded]] = {}
#: Where errors of single areas are; imported when a code is met that is not known yet.
_AREAS = ("trainshed.contract.data_errors", "trainshed.contract.model_errors")


class Coded(AzureMLException):
    """An error made of ``code`` and facts; ``text`` is formatted with the facts."""

    code: ClassVar[str] = "error"
    text: ClassVar[str] = "{message}"

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "code" in cls.__dict__:
            CODES[cls.code] = cls

    def __init__(self, **facts: Any) -> None:
        self.facts: Mapping[str, Any] = facts
        AzureMLException.__init__(self, self._words(facts))

    @classmethod
    def _words(cls, facts: Mapping[str, Any]) -> str:
        try:
            return cls.text.format(**facts)
        except (KeyError, IndexError, AttributeError, ValueError):
            return "%s %r" % (cls.text, dict(facts))  # a peer of another release sent other facts

    def __reduce__(self) -> Tuple[Any, ...]:
        # Not type(self): that may have been made for a real msrest's sake, and goes by no name.
        return _rebuild, (CODES[self.code], self.message, dict(self.facts))

    def to_wire(self) -> Dict[str, Any]:
        """The body of an HTTP error answer."""
        return {"code": self.code, "message": self.message, "facts": dict(self.facts)}


def _rebuild(kind: Type[Coded], message: str, facts: Mapping[str, Any]) -> Coded:
    error = kind(**facts)
    error.message = message
    return error


def from_body(body: Mapping[str, Any], status: int = 0) -> Coded:
    """The error that :meth:`Coded.to_wire` described; an unknown code gives :class:`ServerError` with its words."""
    kind = _class_of(str(body.get("code")))
    if kind is None:
        return ServerError(message=str(body.get("message", body)), status=status)
    error = kind(**dict(body.get("facts") or {}))
    error.message = str(body.get("message") or error.message)
    return error


def _class_of(code: str) -> Optional[Type[Coded]]:
    if code not in CODES:
        from importlib import import_module

        for area in _AREAS:
            import_module(area)
    return CODES.get(code)


# --- names and values from outside


class BadExperimentName(Coded, UserErrorException, BadRequest):
    code = "bad_experiment_name"
    text = (
        "Experiment name {name!r} is not allowed: 1 to 255 characters, a letter or digit first, then "
        "letters, digits, '_' or '-'."
    )


class BadRunId(Coded, UserErrorException, BadRequest):
    code = "bad_run_id"
    text = (
        "Run id {run_id!r} is not allowed: 1 to 255 letters, digits, '_', '-' or '.', a letter or digit first, no '..'."
    )


class BadFileName(Coded, UserErrorException, BadRequest):
    code = "bad_file_name"
    text = "File name {path!r} cannot be used in a run: {why}. Give a relative name such as 'outputs/model.pkl'."


class CannotWrite(Coded, UserErrorException, BadRequest):
    code = "cannot_write"
    text = "Nothing can be written to {path!r}: {why}. Give another place."


class BadValue(Coded, UserErrorException, BadRequest):
    code = "bad_value"
    text = "{what}: {why}"


class BadTargetName(Coded, ComputeTargetException, BadRequest):
    code = "bad_target_name"
    text = "A compute target cannot be named {name!r}: {why}."


class BadComputeSetting(Coded, ComputeTargetException, BadRequest):
    code = "bad_compute_setting"
    text = "Configuration error, {what}: {why}."


class BadEstimator(Coded, TrainingException, BadRequest):
    code = "bad_estimator"
    text = "{what}: {why}."


class BadMetric(Coded, UserErrorException, BadRequest):
    code = "bad_metric"
    text = "Metric {name!r}: {why}"


# --- things that are not there


class WorkspaceNotFound(Coded, WorkspaceException, NotFound):
    code = "workspace_not_found"
    text = (
        "There is no workspace {name!r} in subscription {subscription_id!r}, resource group "
        "{resource_group!r}. Known: {known}. "
        "Make it with Workspace.create(...), or name it in a config.json and call Workspace.from_config()."
    )


class ExperimentNotFound(Coded, UserErrorException, NotFound):
    code = "experiment_not_found"
    text = "Workspace {workspace!r} has no experiment {experiment!r}. Known: {known}."


class RunNotFound(Coded, UserErrorException, NotFound):
    code = "run_not_found"
    text = "There is no run {run_id!r} in {place}. List the runs with: trainshed runs"


class FileNotInRun(Coded, UserErrorException, NotFound):
    code = "file_not_in_run"
    text = "Run {run_id!r} has no file {path!r}. Its files: {known}"


class SnapshotMissing(Coded, SnapshotException, NotFound):
    code = "snapshot_missing"
    text = "The server has no snapshot {snapshot_id!r}; upload it first."


class BlobMissing(Coded, ServiceException, NotFound):
    code = "blob_missing"
    text = "The server has no content {sha256}; upload it first."


class UnknownTarget(Coded, ComputeTargetException, NotFound):
    code = "unknown_target"
    text = (
        "ComputeTargetNotFound: there is no compute target {target!r}. Those that exist: {known}.{near} "
        "Use compute_target='local' for this computer, or make it: ComputeTarget.create(ws, {target!r}, "
        "AmlCompute.provisioning_configuration(vm_size='STANDARD_D2_V2', max_nodes=4)), or in a shell: "
        "trainshed compute create {target} --max-nodes 4"
    )

    def __init__(self, **facts: Any) -> None:
        super().__init__(**{"near": "", **facts})


class AttemptNotFound(Coded, ServiceException, NotFound):
    code = "attempt_not_found"
    text = "There is no attempt {attempt_id!r}."


# --- contradictions


class TargetExists(Coded, ComputeTargetException, Conflict):
    code = "target_exists"
    text = (
        "There is a compute target {name!r} already, {what}. Take it with ComputeTarget(workspace, {name!r}), choose "
        "another name, or delete it first."
    )


class TargetLeaving(Coded, ComputeTargetException, Conflict):
    code = "target_leaving"
    text = (
        "Compute target {name!r} is being deleted: {running} of its runs have not ended yet. Wait for them or cancel "
        "them, or use another name."
    )


class RunExists(Coded, UserErrorException, Conflict):
    code = "run_exists"
    text = "There is already a run {run_id!r} in this workspace. Leave run_id out, or choose another."


class ExperimentExists(Coded, UserErrorException, Conflict):
    code = "experiment_exists"
    text = "There is already an experiment {experiment!r} in this workspace. Choose another name."


class ExperimentHasRuns(Coded, UserErrorException, Conflict):
    code = "experiment_has_runs"
    text = (
        "Experiment {experiment!r} has {count} runs; only an experiment without runs can be deleted. "
        "To take it out of the lists: experiment.archive()"
    )


class PropertyExists(Coded, UserErrorException, Conflict):
    code = "property_exists"
    text = (
        "Property {name!r} of run {run_id!r} is {old!r} already and properties cannot be changed. Use a tag: "
        "run.tag({name!r}, ...)"
    )


class FileExists(Coded, UserErrorException, Conflict):
    code = "file_exists"
    text = "Run {run_id!r} has a file {path!r} already. Upload under another name."


class IllegalTransition(Coded, ExperimentExecutionException, Conflict):
    code = "illegal_transition"
    text = "Run {run_id!r} is {old}; it cannot become {new}."


class ContentMismatch(Coded, ServiceException, Conflict):
    code = "content_mismatch"
    text = "The bytes received have sha256 {got}, not {expected}; nothing was stored. Send them again."


class BrokenOffset(Coded, ServiceException, Conflict):
    code = "broken_offset"
    text = "The server has {have} bytes of {what}; sending must go on there, not at {offset}."


# --- who may do what


class NotAuthenticated(Coded, AuthenticationException, Unauthenticated):
    code = "not_authenticated"
    text = "The server at {address} does not accept this token: {why}"


class NotAllowed(Coded, AuthenticationException, Refused):
    code = "not_allowed"
    text = "Not allowed: {what}. {why}"


class AttemptFenced(Coded, ServiceException, Fenced):
    code = "attempt_fenced"
    text = (
        "Attempt {number} of run {run_id!r} was given up: {why}. Its processes must end; what they wrote "
        "stays on the node."
    )


# --- the server and its machine


class ServerError(Coded, ServiceException):
    code = "server_error"
    text = "{message}"

    def __init__(self, **facts: Any) -> None:
        super().__init__(**facts)
        self.status_code = int(facts.get("status", 0))


class ServerUnreachable(Coded, ServiceException):
    code = "server_unreachable"
    text = "The Trainshed server at {address} does not answer: {why}. Start it with: trainshed server start"
    status_code = 0


class ServerNotStarted(Coded, ServiceException):
    code = "server_not_started"
    text = "The Trainshed server under {home} did not start: {why}. Its log: {log}"
    status_code = 0


class NoServerHere(Coded, UserErrorException, BadRequest):
    code = "no_server_here"
    text = (
        "No Trainshed server runs, and this Python cannot start one: {why}. Start it with a Python >= 3.10 "
        "(pip install trainshed; trainshed server start), or name a server with TRAINSHED_SERVER and TRAINSHED_TOKEN."
    )


class StorageFull(Coded, ServiceException, Full):
    code = "storage_full"
    text = "The server cannot store anything now: {why}. Free space under {home} (see: trainshed du, trainshed prune)."
    status_code = 507


class NetworkHome(Coded, UserErrorException, BadRequest):
    code = "network_home"
    text = (
        "{home} is on a network file system ({fs_type}), where file locks and SQLite are not safe. "
        "Set TRAINSHED_HOME to a folder on a local disk, or name a team server with TRAINSHED_SERVER."
    )


class SchemaTooNew(Coded, UserErrorException, Conflict):
    code = "schema_too_new"
    text = (
        "The records under {home} were written by Trainshed {newer} (schema {schema}); this is {version}. "
        "Upgrade this environment: pip install -U trainshed"
    )


class RunConfigBroken(Coded, RunConfigurationException, UserErrorException, BadRequest):
    code = "runconfig_broken"
    text = "{path}, line {line}: {why}"


class SourceMissing(Coded, UserErrorException, BadRequest):
    code = "source_missing"
    text = "{what} {path!r} {why}"


class RunConfigMissing(Coded, RunConfigurationException, UserErrorException, NotFound):
    code = "runconfig_missing"
    text = "There is no run configuration {name!r} under {path!r}. Those that exist: {known}."


class SourceUnreadable(Coded, SnapshotException, UserErrorException, BadRequest):
    code = "source_unreadable"
    text = "{path!r} cannot be read: {why}. Make it readable, or leave it out by a line in {ignore_file!r}."


class SourceNameBad(Coded, SnapshotException, UserErrorException, BadRequest):
    code = "source_name_bad"
    text = "{path!r} cannot be part of a snapshot: {why}. Rename it, or leave it out by a line in {ignore_file!r}."


class SourceChanging(Coded, SnapshotException, UserErrorException, Conflict):
    code = "source_changing"
    text = (
        "{path!r} was changed while it was being read, {tries} times in a row. Submit when nothing writes to it, "
        "or leave it out by a line in {ignore_file!r}."
    )


class ComesLater(Coded, ExperimentExecutionException, UserErrorException, BadRequest):
    code = "comes_later"
    text = "{what} comes in a later release. {instead}"


class CondaNameWithoutCounterpart(Coded, UserErrorException, BadRequest):
    code = "conda_without_counterpart"
    text = (
        "Conda package {package!r} has no counterpart on PyPI, where packages are taken from here: {why}. If "
        "something on PyPI serves your script instead, put that into pip_packages; or use an interpreter that has it: "
        "environment.python.user_managed_dependencies = True and environment.python.interpreter_path."
    )


class BadPackage(Coded, UserErrorException, BadRequest):
    code = "bad_package"
    text = "Package {package!r} cannot be installed: {why}."


class EnvironmentNotFound(Coded, UserErrorException, NotFound):
    code = "environment_not_found"
    text = (
        "Workspace has no environment {what}. {near}Those that exist: {known}. Make one with "
        "Environment({name!r}).register(workspace); the curated ones are listed by Environment.list(workspace)."
    )


class WheelExists(Coded, UserErrorException, Conflict):
    code = "wheel_exists"
    text = "The workspace has a private wheel {file_name!r} already. Pass exist_ok=True to add this one all the same."


class LibraryMissing(Coded, UserErrorException, BadRequest):
    code = "library_missing"
    text = "{what} needs a library that is not installed: pip install {install}"


class UrlUnreachable(Coded, UserErrorException, BadRequest):
    code = "url_unreachable"
    text = "{url} cannot be fetched: {why}. {instead}"


class OnlyInAzure(Coded, UserErrorException, BadRequest):
    code = "only_in_azure"
    text = "{what} is a service of Azure that Trainshed does not have. {instead} See docs/moving-from-azure.md."
