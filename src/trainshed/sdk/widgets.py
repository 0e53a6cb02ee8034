"""What v1's notebook widget showed: a run at a glance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, Mapping, Optional

from trainshed.contract.errors import BadValue
from trainshed.sdk.run_identity import RunIdentity

if TYPE_CHECKING:
    from trainshed.sdk.run import Run


class RunDetails:
    """Shows a run.

    Args:
        run_instance: the run.

    Raises:
        UserErrorException: it is none.

    Follows: azureml.widgets.RunDetails; in a notebook a table that follows the run, elsewhere text, printed once.
    """

    def __init__(self, run_instance: Run) -> None:
        if not isinstance(run_instance, RunIdentity):
            raise BadValue(what="RunDetails", why="a run is needed, not %s." % type(run_instance).__name__)
        self._run = run_instance

    def show(self, render_lib: Any = None, widget_settings: Optional[Mapping[str, Any]] = None) -> None:
        """Show status, page, metrics and children; returns at once. Requests: 3, and 1 for the link in a notebook.

        In a notebook's kernel the display is written over whenever something has changed, until the run has ended.

        Args:
            render_lib, widget_settings: no effect.
        """
        import sys

        from trainshed.sdk import glance, watching

        run = self._run
        run.get_status()
        seen = glance.take(run._api, run._record, run.get_metrics())
        display = watching.display()
        if display is None:
            sys.stdout.write(glance.as_text(seen, run.portal_url))
            return
        link = run.get_portal_url()
        watch = watching.Watch(run._api, seen, run.portal_url, link, lambda newer: update(newer))
        update = display(watch.bundle)
        watch.start()

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
