"""A run at a glance, as text: what v1's notebook widget showed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, List, Mapping, Optional

from trainshed.contract.errors import BadValue
from trainshed.sdk.run_identity import RunIdentity

if TYPE_CHECKING:
    from trainshed.sdk.run import Run

#: A metric with more values is told by how many it has, and its last.
_VALUES_AT_MOST = 6
_LINE_CHARACTERS = 100


class RunDetails:
    """Shows a run.

    Args:
        run_instance: the run.

    Raises:
        UserErrorException: it is none.

    Follows: azureml.widgets.RunDetails; the text is printed once and not kept up to date.
    """

    def __init__(self, run_instance: Run) -> None:
        if not isinstance(run_instance, RunIdentity):
            raise BadValue(what="RunDetails", why="a run is needed, not %s." % type(run_instance).__name__)
        self._run = run_instance

    def show(self, render_lib: Any = None, widget_settings: Optional[Mapping[str, Any]] = None) -> None:
        """Print status, page, metrics and children as they are now. Requests: 3.

        Args:
            render_lib, widget_settings: no effect.
        """
        import sys

        sys.stdout.write("\n".join(_lines(self._run)) + "\n")

    def get_widget_data(self, widget_settings: Optional[Mapping[str, Any]] = None) -> Dict[str, Any]:
        """What the widget would show. Requests: 3, and 1 for the driver log if there is one.

        Args:
            widget_settings: given back.
        """
        run = self._run
        details = run.get_details()
        children = list(run.get_children())
        return {
            "status": details["status"],
            "workbench_run_details_uri": run.portal_url,
            "run_id": run.id,
            "run_properties": _properties(run, details),
            "child_runs": [_summary(child) for child in children],
            "run_metrics": [{"name": name, "run_id": run.id, "value": v} for name, v in run.get_metrics().items()],
            "run_logs": _driver_log(run, details),
            "widget_settings": dict(widget_settings or {}),
            "loading": False,
        }


def _lines(run: Run) -> List[str]:
    status = run.get_status()
    record = run._record
    lines = ["%s: %s%s" % (run.id, status, " (%s)" % record.status_reason if record.status_reason else "")]
    if record.error is not None:
        lines.append("  %s" % _short(record.error.message))
    lines.append("  %s" % run.portal_url)
    lines += ["  %s: %s" % (name, _value(value)) for name, value in run.get_metrics().items()]
    lines += ["  child %s: %s" % (child.id, child.status) for child in run.get_children()]
    return lines


def _value(value: Any) -> str:
    if isinstance(value, list) and len(value) > _VALUES_AT_MOST:
        return "%d values, the last %s" % (len(value), _short(str(value[-1])))
    if isinstance(value, dict) and any(isinstance(column, list) for column in value.values()):
        return "a table with the columns %s" % _short(", ".join(value))
    return _short(str(value))


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LINE_CHARACTERS else line[: _LINE_CHARACTERS - 3] + "..."


def _properties(run: Run, details: Mapping[str, Any]) -> Dict[str, Any]:
    definition = details.get("runDefinition") or {}
    return {
        **_summary(run),
        "properties": details["properties"],
        "arguments": " ".join(definition.get("arguments") or ()),
        "log_files": details["logFiles"],
    }


def _summary(run: Run) -> Dict[str, Any]:
    from trainshed.sdk.details import utc

    record = run._record
    return {
        "run_id": run.id,
        "run_number": run.number,
        "run_name": record.name,
        "run_type": run.type,
        "status": run.status,
        "created_utc": utc(record.created_at),
        "start_time": utc(record.started_at),
        "end_time": utc(record.ended_at),
        "tags": run.tags,
    }


def _driver_log(run: Run, details: Mapping[str, Any]) -> str:
    names = sorted(name for name in details["logFiles"] if "70_driver_log" in name)
    return run._text_of(names[0]) if names else ""
