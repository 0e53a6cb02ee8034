"""A run as v1's ``get_details`` described it: a dict of plain values."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Dict, Iterable, List, Optional
from urllib.parse import quote

from trainshed.contract.records import FileEntry
from trainshed.contract.status import RunStatus
from trainshed.sdk.servers import web_address

if TYPE_CHECKING:
    from trainshed.client.api import Api
    from trainshed.contract.api import RunDetails
    from trainshed.contract.records import RunRecord
    from trainshed.contract.spec import DataInput

LOGS = ("azureml-logs/", "logs/azureml/")


def of_run(api: Api, workspace_id: str, found: RunDetails, workspace: Any = None) -> Dict[str, Any]:
    """v1's keys; ``endTimeUtc`` and ``error`` are there when there is one. ``statusReason`` (not v1's): why a queued
    run waits, who or what canceled one.
    """
    run = found.run
    details: Dict[str, Any] = {"runId": run.id, "target": run.target, "status": run.status.value}
    if run.status in (RunStatus.QUEUED, RunStatus.CANCELED) and run.status_reason:
        details["statusReason"] = run.status_reason
    details["startTimeUtc"] = utc(run.started_at)
    if run.ended_at is not None:
        details["endTimeUtc"] = utc(run.ended_at)
    if run.error is not None:
        details["error"] = error_of(run)
    details["warnings"] = warnings_of(found)
    details["properties"] = dict(run.properties)
    details["inputDatasets"] = [] if found.spec is None else _input_datasets(found.spec.inputs, workspace)
    details["outputDatasets"] = []
    if found.spec is not None:
        details["runDefinition"] = dict(found.spec.definition)
    base = "%s/runs/%s/%s/files/" % (web_address(api), quote(workspace_id, safe=""), quote(run.id, safe=""))
    details["logFiles"] = {name: base + quote(name, errors="surrogateescape") for name in log_names(found.files)}
    details["submittedBy"] = run.created_by
    return details


def _input_datasets(inputs: Iterable[DataInput], workspace: Any) -> List[Dict[str, Any]]:
    """v1's form: the dataset itself, as the run was given it, and how."""
    from trainshed.sdk.data.registered import of_input

    return [
        {
            "dataset": of_input(workspace, one),
            "consumptionDetails": {
                "type": "RunInput",
                "inputName": one.name,
                "mechanism": one.mode.capitalize(),
                "pathOnCompute": one.path_on_compute,
            },
        }
        for one in inputs
        if one.reference.get("dataset_id")
    ]


def error_of(run: RunRecord) -> Dict[str, Any]:
    """Why the run failed, in v1's nesting."""
    assert run.error is not None
    error = {"code": run.error.code, "message": run.error.message, "details": [], "facts": dict(run.error.facts)}
    return {"error": error, "time": utc(run.ended_at)}


def warnings_of(found: RunDetails) -> List[Dict[str, str]]:
    """What went wrong without ending the run."""
    words = list(found.run.warnings)
    dropped = str(found.metrics_dropped)
    if found.metrics_dropped and not any(dropped in text for text in words):
        words.append("%s metric points were not kept: the disk was full." % dropped)
    return [{"source": "trainshed", "message": text} for text in words]


def log_names(files: Iterable[FileEntry]) -> List[str]:
    """The logs that the system keeps, by name."""
    return sorted(entry.path for entry in files if entry.path.startswith(LOGS))


def utc(at: Optional[datetime]) -> Optional[str]:
    """``2026-11-24T01:02:03.000004Z``, None for no time."""
    from trainshed.contract.wire import format_time

    return None if at is None else format_time(at)
