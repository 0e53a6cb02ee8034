"""Records become pages: pure functions, nothing here reads or asks."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from trainshed.contract import words
from trainshed.contract.api import RunDetails, RunPage
from trainshed.contract.records import FileEntry, RunRecord
from trainshed.contract.spec import RunSpec
from trainshed.contract.status import ENDED
from trainshed.server.portal.run import pages
from trainshed.server.portal.run_lines import run_duration, run_href, run_line
from trainshed.server.portal.texts import minute

#: The box of a sparkline, in SVG units.
WIDTH, HEIGHT = 120, 24

_VALUE_LIMIT = 200
_GIT = ("azureml.git.", "mlflow.source.git.", "trainshed.git.")


@dataclass(frozen=True)
class Course:
    """A metric as a page needs it: its last value, and the lowest and highest of each of a few stretches."""

    name: str
    kind: str
    count: int
    last: Any
    stretches: Sequence[tuple[float, float]] = ()


def run_page(
    details: RunDetails,
    courses: Iterable[Course],
    log: pages.LogTail | None,
    children: RunPage,
    parent: RunRecord | None,
    now: datetime,
    models: Sequence[str] = (),
) -> pages.RunPage:
    """The page of one run; ``log`` is the end of its driver log, if it has one; ``models`` were registered from it."""
    run = details.run
    return pages.RunPage(
        title=run.name or run.id,
        id=run.id,
        experiment=run.experiment,
        status=run.status.value,
        status_reason=run.status_reason or "",
        ended=run.status in ENDED,
        created_at=run.created_at,
        duration=run_duration(run, now),
        problem=_problem(run),
        warnings=run.warnings,
        facts=_facts(run, details, models, now),
        arguments=details.spec.command.arguments if details.spec else (),
        history=tuple(pages.HistoryLine(e.new.value, e.at, e.reason, e.actor) for e in details.events),
        metrics=tuple(map(metric_line, courses)),
        metrics_dropped=details.metrics_dropped,
        files=tuple(file_line(run, file) for file in details.files),
        log=log,
        tags=_pairs(run.tags),
        properties=_pairs({name: value for name, value in run.properties.items() if not name.startswith(_GIT)}),
        git=_pairs({name: value for name, value in run.properties.items() if name.startswith(_GIT)}),
        children=tuple(run_line(child, now) for child in children.runs),
        more_children=children.next is not None,
        list_href="/runs?" + urlencode({"workspace": run.workspace_id, "experiment": run.experiment}),
        parent=run_line(parent, now) if parent else None,
        description=run.description or "",
    )


def _problem(run: RunRecord) -> pages.Problem | None:
    if run.error is None:
        return None
    return pages.Problem(run.error.code, run.error.message, run.error.log_tail)


def _facts(run: RunRecord, details: RunDetails, models: Sequence[str], now: datetime) -> tuple[pages.Fact, ...]:
    facts = {
        "Experiment": f"{run.experiment} #{run.number}",
        "Created": f"{minute(run.created_at)} UTC by {run.created_by}",
        "Duration": run_duration(run, now),
        "Target": run.target or "",
        "Attempts": str(run.attempt) if run.attempt > 1 else "",
        **_spec_facts(details.spec),
        "Snapshot": run.snapshot_id or "",
        "Models": ", ".join(models),
    }
    return tuple(pages.Fact(name, value) for name, value in facts.items() if value)


def _spec_facts(spec: RunSpec | None) -> dict[str, str]:
    if spec is None:
        return {}
    topology = spec.topology
    many = topology.node_count * topology.processes_per_node > 1
    return {
        "Script": " ".join(spec.command.command) or spec.command.script,
        "Interpreter": spec.environment.interpreter,
        "Nodes and processes": f"{topology.node_count} x {topology.processes_per_node}" if many else "",
    }


def _pairs(values: Mapping[str, str | None]) -> tuple[pages.Fact, ...]:
    return tuple(pages.Fact(name, value or "") for name, value in values.items())


def file_line(run: RunRecord, file: FileEntry) -> pages.FileLine:
    """A file as the run's page lists it."""
    return pages.FileLine(file.path, words.size(file.size_bytes), file_href(run, file.path), file.provisional)


def file_href(run: RunRecord, path: str) -> str:
    """The path that downloads a file."""
    return f"{run_href(run)}/files/{quote(path)}"


def metric_line(course: Course) -> pages.MetricLine:
    """A metric's last value, and its course where there is one."""
    return pages.MetricLine(
        course.name, course.kind, value_text(course.last), course.count, sparkline(course.stretches)
    )


def value_text(value: Any) -> str:
    """A logged value as text: numbers with six digits, long texts cut."""
    if isinstance(value, bool) or value is None:
        return str(value)
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, Mapping):
        return _cut(", ".join(f"{name}: {value_text(item)}" for name, item in value.items()))
    return _cut(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str))


def _cut(text: str) -> str:
    return text if len(text) <= _VALUE_LIMIT else text[: _VALUE_LIMIT - 1] + "\N{HORIZONTAL ELLIPSIS}"


def sparkline(stretches: Sequence[tuple[float, float]]) -> pages.Sparkline | None:
    """A polyline through the lowest and highest of each stretch; None for fewer than two finite ones."""
    spans = [span for span in stretches if all(map(math.isfinite, span))]
    if len(spans) < 2:
        return None
    low, high = min(span[0] for span in spans), max(span[1] for span in spans)
    points = []
    for number, span in enumerate(spans):
        x = number * WIDTH / (len(spans) - 1)
        points += [f"{x:.1f},{_y(value, low, high):.1f}" for value in dict.fromkeys(span)]
    return pages.Sparkline(" ".join(points), value_text(float(low)), value_text(float(high)))


def _y(value: float, low: float, high: float) -> float:
    """From the top of the box, one unit of room at both edges; a flat course lies in the middle."""
    # Halved first: the distance of two floats may be more than a float holds.
    distance = high / 2 - low / 2
    share = (value / 2 - low / 2) / distance if distance > 0 else 0.5
    return 1 + (1 - share) * (HEIGHT - 2)
