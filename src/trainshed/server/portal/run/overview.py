"""The first page of a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from trainshed.contract import words
from trainshed.contract.api import RunDetails, RunPage
from trainshed.contract.records import FileEntry, RunError, RunRecord
from trainshed.contract.spec import DataInput, DataOutput, RunSpec
from trainshed.server.portal.addresses import page_of
from trainshed.server.portal.run import terminal_text
from trainshed.server.portal.run.facts import Fact, pairs
from trainshed.server.portal.run.file_page import file_href
from trainshed.server.portal.run.head import RunHead, reason_besides
from trainshed.server.portal.run.log_page import LogView, ShownLine
from trainshed.server.portal.run.metric_page import Course, MetricLine, metric_line
from trainshed.server.portal.run_lines import RunLine, run_line
from trainshed.server.portal.texts import minute

GIT = ("azureml.git.", "mlflow.source.git.", "trainshed.git.")
#: Files and metrics that the first page names.
MOST_FILES, MOST_METRICS = 12, 16


@dataclass(frozen=True)
class HistoryLine:
    """One change of status."""

    status: str
    at: datetime
    reason: str
    actor: str


@dataclass(frozen=True)
class FileLine:
    """A file of the run. ``href`` downloads it, ``shown`` shows it."""

    path: str
    size: str
    href: str
    provisional: bool
    shown: str = ""


@dataclass(frozen=True)
class Problem:
    """Why the run failed; ``lines``: the log's last ones as they are shown, none where the page shows just those as
    the log.
    """

    code: str
    message: str
    log_tail: tuple[str, ...]
    lines: tuple[ShownLine, ...] = ()


@dataclass(frozen=True)
class NodeLine:
    """A node of the newest attempt."""

    node: int
    host: str
    status: str
    ranks: str


@dataclass(frozen=True)
class DataLine:
    """Data that the run was given, or that it gave. ``what``: dataset, version, with its page; ``where``: path on the
    node.
    """

    name: str
    direction: str
    mode: str
    what: str
    places: tuple[str, ...]
    where: str
    href: str = ""


@dataclass(frozen=True)
class ModelLine:
    """A model that was registered from the run."""

    label: str
    href: str


@dataclass(frozen=True)
class Overview:
    """The page. ``more_*``: how many are not named."""

    title: str
    id: str
    experiment: str
    status: str
    ended: bool
    head: RunHead
    problem: Problem | None
    warnings: tuple[str, ...]
    facts: tuple[Fact, ...]
    arguments: tuple[str, ...]
    history: tuple[HistoryLine, ...]
    metrics: tuple[MetricLine, ...]
    more_metrics: int
    metrics_dropped: int
    files: tuple[FileLine, ...]
    more_files: int
    log: LogView | None
    tags: tuple[Fact, ...]
    tags_href: str
    properties: tuple[Fact, ...]
    data: tuple[DataLine, ...]
    nodes: tuple[NodeLine, ...]
    models: tuple[ModelLine, ...]
    children: tuple[RunLine, ...]
    more_children: bool
    description: str = ""


@dataclass(frozen=True)
class Parts:
    """What the page needs besides the run's own record. ``more_*``: how many there are beyond those given."""

    courses: Sequence[Course]
    more_metrics: int
    files: Sequence[FileEntry]
    more_files: int
    log: LogView | None
    children: RunPage
    models: Sequence[ModelLine]


def overview(details: RunDetails, head: RunHead, parts: Parts, now: datetime) -> Overview:
    """The page of one run."""
    run = details.run
    return Overview(
        title=run.name or run.id,
        id=run.id,
        experiment=run.experiment,
        status=run.status.value,
        ended=head.ended,
        head=head,
        problem=None if run.error is None else _problem(run.error, parts.log),
        warnings=run.warnings,
        facts=_facts(run, details.spec),
        arguments=details.spec.command.arguments if details.spec else (),
        history=tuple(HistoryLine(e.new.value, e.at, reason_besides(e.new, e.reason), e.actor) for e in details.events),
        metrics=tuple(map(metric_line, parts.courses)),
        more_metrics=parts.more_metrics,
        metrics_dropped=details.metrics_dropped,
        files=tuple(_file_line(file, head.href) for file in parts.files),
        more_files=parts.more_files,
        log=parts.log,
        tags=pairs(run.tags),
        tags_href=f"{head.href}/tags",
        properties=pairs({name: value for name, value in run.properties.items() if not name.startswith(GIT)}),
        data=_data(details.spec, run.workspace_id),
        nodes=_nodes(details),
        models=tuple(parts.models),
        children=tuple(run_line(child, now) for child in parts.children.runs),
        more_children=parts.children.next is not None,
        description=run.description or "",
    )


def _problem(error: RunError, log: LogView | None) -> Problem:
    text = "\n".join(error.log_tail).encode("utf-8", "replace")
    lines = terminal_text.lines(text, 0)
    if log is not None and [line.text for line in lines] == [shown.line.text for shown in log.lines]:
        lines = ()  # a short log: the page shows all of it once more
    return Problem(error.code, error.message, error.log_tail, tuple(map(ShownLine, lines)))


def _facts(run: RunRecord, spec: RunSpec | None) -> tuple[Fact, ...]:
    facts = {
        "Experiment": f"{run.experiment} #{run.number}",
        "Created": f"{minute(run.created_at)} UTC by {run.created_by}",
        "Target": run.target or "",
        "Attempts": str(run.attempt) if run.attempt > 1 else "",
        **_spec_facts(spec),
    }
    return tuple(Fact(name, value) for name, value in facts.items() if value)


def _spec_facts(spec: RunSpec | None) -> dict[str, str]:
    if spec is None:
        return {}
    topology, limit = spec.topology, spec.limits.max_duration_s
    many = topology.node_count * topology.processes_per_node > 1
    return {
        "Script": " ".join(spec.command.command) or spec.command.script,
        "Nodes and processes": f"{topology.node_count} x {topology.processes_per_node}" if many else "",
        "Longest duration": words.duration(limit) if limit else "",
    }


def _file_line(file: FileEntry, href: str) -> FileLine:
    shown = f"{href}/files?{urlencode({'path': file.path})}"
    return FileLine(file.path, words.size(file.size_bytes), file_href(href, file.path), file.provisional, shown)


def _nodes(details: RunDetails) -> tuple[NodeLine, ...]:
    newest = max(details.attempts, key=lambda attempt: attempt.number, default=None)
    if newest is None or len(newest.nodes) < 2:
        return ()
    return tuple(
        NodeLine(
            node.node,
            node.host,
            node.status.value,
            ", ".join(f"{rank.rank} {rank.status.value}" for rank in node.ranks),
        )
        for node in newest.nodes
    )


def _data(spec: RunSpec | None, workspace_id: str) -> tuple[DataLine, ...]:
    if spec is None:
        return ()
    return (*(_input(given, workspace_id) for given in spec.inputs), *map(_output, spec.outputs))


def _input(given: DataInput, workspace_id: str) -> DataLine:
    name, version = given.reference.get("name"), given.reference.get("version")
    what = (f"{name}:{version}" if version else str(name)) if name else str(given.reference.get("dataset_id") or "")
    places = tuple(f"{path.root.rstrip('/')}/{path.pattern}" if path.pattern else path.root for path in given.paths)
    dataset = given.reference.get("dataset_id")
    href = page_of("datasets", workspace_id, dataset) if dataset else ""
    return DataLine(given.name, "in", given.mode, what, places, given.path_on_compute or "", href)


def _output(made: DataOutput) -> DataLine:
    target = made.target
    place = () if target is None else (f"{target.root.rstrip('/')}/{target.pattern}",)
    return DataLine(made.name, "out", "copied at the end", "", place, made.path_on_compute or "")
