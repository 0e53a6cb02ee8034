"""``trainshed show``."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from trainshed.cli import exits
from trainshed.cli.phases import in_words, phases
from trainshed.cli.times import local, spent
from trainshed.contract import words
from trainshed.contract.wire import now

if TYPE_CHECKING:
    import argparse

    from trainshed.cli.output import Output
    from trainshed.contract.api import RunDetails
    from trainshed.contract.columns import Column
    from trainshed.contract.spec import RunSpec

SUMMARY = "Show one run: status with history, metrics, files, git."
_GIT = ("azureml.git.", "trainshed.git.")
_TAIL_LINES = 10
_COURSE = 24
#: How the address of a picture or document begins, which is the value logged for it.
_FILE = "aml://artifactId/"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which run."""
    parser.add_argument("run", metavar="RUN", help="a run's id, an unambiguous beginning of one, or 'last'")


def execute(args: argparse.Namespace, out: Output) -> int:
    """The run's record in sections; with ``--json`` the whole details, and the metrics' last values."""
    from trainshed.cli.place import open_place

    place = open_place()
    run = place.find(args.run)
    details, series = place.details(run.id), place.metrics(run.id)
    if out.as_json:
        out.record({"details": details, "metrics": {item.name: _for_json(last_value(item)) for item in series}})
        return exits.DONE
    _print(details, series, out)
    return exits.DONE


def last_value(series: Column) -> Any:
    """What was logged last: a scalar, or for rows and tables a mapping; None while there is nothing."""
    return series.values[-1] if series.values else None


def _for_json(value: Any) -> Any:
    """Not-a-number and the infinities as text: JSON has no such numbers."""
    if isinstance(value, dict):
        return {name: _for_json(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_for_json(item) for item in value]
    return value if not isinstance(value, float) or math.isfinite(value) else str(value)


def _print(details: RunDetails, series: Sequence[Column], out: Output) -> None:
    out.pairs([(name, value) for name, value in _facts(details) if value])
    _section(out, "error", _error_lines(details))
    _section(out, "warnings", details.run.warnings)
    _section(out, "history", [_event_line(event) for event in details.events])
    _section(out, "metrics", _metric_lines(series, out))
    _section(out, "files", [_file_line(file) for file in details.files])
    _section(out, "tags", [f"{name} = {value or ''}" for name, value in details.run.tags.items()])
    git = {name: value for name, value in details.run.properties.items() if name.startswith(_GIT)}
    _section(out, "git", [f"{name.rpartition('git.')[2]} = {value}" for name, value in git.items()])
    others = {name: value for name, value in details.run.properties.items() if name not in git}
    _section(out, "properties", [f"{name} = {value}" for name, value in others.items()])


def _section(out: Output, heading: str, lines: Iterable[str]) -> None:
    from trainshed.cli.output import one_line

    for number, line in enumerate(lines):
        if number == 0:
            out.line(f"\n{heading}")
        out.line("  " + one_line(line))


def _facts(details: RunDetails) -> list[tuple[str, str]]:
    run, spec = details.run, details.spec
    command = [spec.command.script, *spec.command.arguments] if spec else []
    return [
        ("run", run.id),
        ("name", run.name or ""),
        ("status", run.status.value),
        ("reason", run.status_reason or ""),
        ("experiment", f"{run.experiment} #{run.number}"),
        ("command", " ".join(command)),
        ("target", run.target or ""),
        ("attempt", str(run.attempt) if run.attempt > 1 else ""),
        ("parent", run.parent_id or ""),
        ("created", local(run.created_at)),
        ("started", local(run.started_at)),
        ("ended", local(run.ended_at)),
        ("duration", spent(run)),
        ("phases", ", ".join(in_words(phases(details.events, now())))),
        ("environment", _environment(spec)),
        ("lost points", str(details.metrics_dropped) if details.metrics_dropped else ""),
    ]


def _environment(spec: RunSpec | None) -> str:
    if spec is None:
        return ""
    asked = spec.environment
    name = " ".join(filter(None, (asked.name, asked.version and f"version {asked.version}")))
    return name or (asked.interpreter if asked.kind == "user_managed" else "built from packages") or ""


def _error_lines(details: RunDetails) -> list[str]:
    error = details.run.error
    if error is None:
        return []
    return [f"{error.message} ({error.code})", *("| " + line for line in error.log_tail[-_TAIL_LINES:])]


def _event_line(event: Any) -> str:
    return f"{local(event.at)}  {event.new.value:<15}  {event.reason} ({event.actor})"


def _metric_lines(series: Sequence[Column], out: Output) -> list[str]:
    """In a terminal with their courses, where there are numbers."""
    from trainshed.cli.sparklines import bars_for

    if not out.in_terminal:
        return [_metric_line(item) for item in series]
    bars = bars_for(sys.stdout.encoding)
    courses = [_course(_values(item), bars) for item in series]
    names, width = max((len(item.name) for item in series), default=0), max(map(len, courses), default=0)
    return [
        f"{item.name:<{names}}  {course:<{width}}  {_last_of(item)}"
        for course, item in zip(courses, series, strict=True)
    ]


def _metric_line(series: Column) -> str:
    return f"{series.name} = {_last_of(series)}"


def _course(values: Sequence[Any], bars: str) -> str:
    from trainshed.cli.sparklines import numbers, sparkline

    return sparkline(numbers(values), _COURSE, bars) if len(values) > 1 else ""


def _last_of(series: Column) -> str:
    values, files = _values(series), [value for value in series.values if _is_file(value)]
    if not values or not files:
        return _last_text(series.values)
    return f"{_last_text(values)}, and {_last_text(files)}"


def _last_text(values: Sequence[Any]) -> str:
    return _text(values[-1] if values else None) + (f"  (last of {len(values)})" if len(values) > 1 else "")


def _values(series: Column) -> Sequence[Any]:
    """What was logged besides pictures and documents."""
    return [value for value in series.values if not _is_file(value)]


def _is_file(value: Any) -> bool:
    return isinstance(value, str) and value.startswith(_FILE)


def _text(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _file_line(file: Any) -> str:
    return f"{file.path}  {words.size(file.size_bytes)}" + ("  (still written)" if file.provisional else "")
