"""The pages of a run put together: what each asks of the services, in which order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from starlette.concurrency import run_in_threadpool

from trainshed.contract import words
from trainshed.contract.api import RunDetails
from trainshed.contract.errors import BadValue
from trainshed.contract.records import FileEntry, RunRecord
from trainshed.contract.status import ENDED
from trainshed.server.portal.addresses import page_of, with_query
from trainshed.server.portal.run import environment_page, file_page, head, kinds, log_page, log_windows, metric_page
from trainshed.server.portal.run.child_page import CancelPage, ChildPage
from trainshed.server.portal.run.diff_text import MOST_BYTES, diff_lines
from trainshed.server.portal.run.facts import Fact, pairs
from trainshed.server.portal.run.file_page import DIFF_FILE, CodePage, FilePage, ShownFile, file_href
from trainshed.server.portal.run.log_page import LogPage, LogView, Search
from trainshed.server.portal.run.metric_page import Course, DrawnDocument, Gallery, MetricPage, Picture
from trainshed.server.portal.run.overview import (
    GIT,
    MOST_FILES,
    MOST_METRICS,
    ModelLine,
    Overview,
    Parts,
    overview,
)
from trainshed.server.portal.run.previews import HEAD_BYTES, preview
from trainshed.server.portal.run.reading import Reader
from trainshed.server.portal.run.sending import picture_href
from trainshed.server.portal.run_lines import run_href, run_line

TAIL_BYTES, LOCK_BYTES = 16 * 1024, 4 * 2**20
#: Series that the page of metrics looks at, and children on a page.
MOST_SERIES, CHILDREN_ON_A_PAGE, CHILDREN_ON_FIRST = 600, 50, 10


@dataclass(frozen=True)
class Asked:
    """Which run, and what the query says."""

    workspace_id: str
    run_id: str
    query: Mapping[str, str]
    now: datetime

    @property
    def run(self) -> tuple[str, str]:
        """Workspace and run."""
        return self.workspace_id, self.run_id

    def number(self, name: str) -> int | None:
        """A number of the query; None without one; BadValue."""
        text = self.query.get(name)
        if not text:
            return None
        if not (text.isascii() and text.isdigit() and len(text) < 19):
            raise BadValue(what=f"{name} {text!r}", why="it is a number of bytes")
        return int(text)


async def first_page(reader: Reader, asked: Asked) -> Overview:
    """See :class:`Overview`."""
    details = await reader.services.runs.details(*asked.run, files=False)
    run = details.run
    log = await _tail(reader, run, _driver_log(details, await reader.logs(*asked.run)))
    _, top = await reader.head(*asked.run, head.OVERVIEW, asked.now, _told(log))
    courses = await reader.courses(*asked.run, most=MOST_METRICS)
    more = len(await reader.services.metrics.names(*asked.run)) - len(courses)
    files, count = await reader.services.files.outline(
        *asked.run, without=(*log_page.FOLDERS, "system/"), limit=MOST_FILES
    )
    children = await reader.children(run, limit=CHILDREN_ON_FIRST)
    parts = Parts(courses, more, files, count - len(files), log, children, _models(reader, run))
    return overview(details, top, parts, asked.now)


def _driver_log(details: RunDetails, logs: list[FileEntry]) -> FileEntry | None:
    """The log of the script's first process; one that is still to come, if the run goes on."""
    found = log_page.chosen_log(logs, "")
    if details.spec is None or details.run.status in ENDED or (found and log_page.is_driver(found.path)):
        return found
    topology = details.spec.topology
    return log_page.to_come(topology.node_count * topology.processes_per_node, details.run.created_at)


def _models(reader: Reader, run: RunRecord) -> list[ModelLine]:
    models = reader.services.models.of_run(*_key(run))
    return [ModelLine(model.label, page_of("models", run.workspace_id, model.name, model.version)) for model in models]


def _key(run: RunRecord) -> tuple[str, str]:
    return run.workspace_id, run.id


def _told(log: LogView | None) -> dict[str, str]:
    """What the page's stream of events is to tell of the log besides the run's own news."""
    return {"log": log.path, "at": str(log.open_at)} if log is not None and log.growing else {}


async def _tail(reader: Reader, run: RunRecord, log: FileEntry | None, limit: int = TAIL_BYTES) -> LogView | None:
    if log is None:
        return None
    async with reader.log_if_any(*_key(run), log.path) as opened:
        window = await run_in_threadpool(log_windows.window_before, opened, opened.size, limit)
    href = run_href(run)
    return log_page.log_view(log.path, window, href, file_href(href, log.path), growing=log.provisional)


# --- logs


async def logs(reader: Reader, asked: Asked) -> LogPage:
    """See :class:`LogPage`. The query: ``file``; ``at`` or ``end``, the byte where the window begins or ends; ``find``
    with ``from``; ``hit``, the byte that was found.
    """
    found, wanted = await reader.logs(*asked.run), asked.query.get("file", "")
    details = await reader.services.runs.details(*asked.run, files=False)
    run = details.run
    log = log_page.chosen_log(found, wanted) if wanted or found else _driver_log(details, found)
    view, search = (None, None) if log is None else await _look(reader, run, log, asked)
    told = _told(view) if view is not None and view.end >= view.size else {}
    _, top = await reader.head(*asked.run, head.LOGS, asked.now, told)
    files = log_page.log_files(found, log.path if log else "", top.href)
    return LogPage("Logs of " + run.id, run.id, top, files, view, search, asked.query.get("find", ""))


async def _look(reader: Reader, run: RunRecord, log: FileEntry, asked: Asked) -> tuple[LogView, Search | None]:
    href, wanted = run_href(run), asked.query.get("find", "")
    at, end, hit = asked.number("at"), asked.number("end"), asked.number("hit")
    async with reader.log_if_any(*asked.run, log.path) as opened:
        if hit is not None:
            window = await run_in_threadpool(log_windows.window_from, opened, max(0, hit - TAIL_BYTES))
        elif at is not None:
            window = await run_in_threadpool(log_windows.window_from, opened, at)
        else:
            window = await run_in_threadpool(log_windows.window_before, opened, opened.size if end is None else end)
        search = None
        if wanted:
            begin = hit if hit is not None else asked.number("from") or 0
            most = log_windows.MOST_HITS if hit is None else log_windows.NEXT_HITS
            result = await run_in_threadpool(log_windows.search, opened, wanted, begin, most)
            search = log_page.search_of(wanted, result, log.path, href, from_hit=hit is not None)
    download = file_href(href, log.path)
    return log_page.log_view(log.path, window, href, download, growing=log.provisional, hit=hit), search


# --- metrics


async def metrics(reader: Reader, asked: Asked) -> MetricPage:
    """See :class:`MetricPage`. The query: ``find``, words that names contain."""
    run, top = await reader.head(*asked.run, head.METRICS, asked.now)
    wanted = asked.query.get("find", "").strip()
    details = await reader.services.runs.details(*asked.run, files=False)
    every = await reader.courses(*asked.run, newest=metric_page.MOST_ROWS, most=MOST_SERIES, words=wanted)
    charts, left_out = metric_page.charts(filter(metric_page.is_drawn, every))
    tables = [view for view in map(metric_page.table, every) if view is not None]
    rest = [course for course in every if metric_page.table(course) is None]
    galleries, documents, others = await _from_files(reader, run, top.href, rest)
    return MetricPage(
        "Metrics of " + run.id,
        run.id,
        top,
        charts,
        f"{top.href}/chart.json",
        tuple(map(metric_page.other, others)),
        tuple(tables),
        tuple(galleries),
        tuple(documents),
        wanted,
        left_out,
        details.metrics_dropped,
        len(every),
        ";".join(",".join(str(line.series) for line in chart.lines) for chart in charts),
    )


async def _from_files(
    reader: Reader, run: RunRecord, href: str, courses: list[Course]
) -> tuple[list[Gallery], list[DrawnDocument], list[Course]]:
    """Metrics whose values are files of the run: pictures and documents; and those that are neither, nor drawn. One
    name may have both.
    """
    galleries, documents, others = [], [], []
    for course in courses:
        paths = [path for value in course.newest if (path := kinds.file_of(value, run.id)) is not None]
        values = metric_page.besides_files(course) if paths else course
        if values.count and not metric_page.is_drawn(course):
            others.append(values)
        if not paths:
            continue
        data = await reader.beginning_if_any(*_key(run), paths[-1], kinds.MOST_BYTES)
        drawing = await run_in_threadpool(kinds.drawn, data)
        if drawing is not None:
            documents.append(DrawnDocument(course.name, drawing, file_href(href, paths[-1]), course.description))
        else:
            pictures = tuple(Picture(path, picture_href(href, path)) for path in paths[-metric_page.MOST_PICTURES :])
            galleries.append(Gallery(course.name, pictures, course.count, course.description))
    return galleries, documents, others


# --- files and code


async def files(reader: Reader, asked: Asked) -> FilePage:
    """See :class:`FilePage`. The query: ``path``, the file to show."""
    run, top = await reader.head(*asked.run, head.FILES, asked.now)
    entries = (await reader.services.files.list(*asked.run)).files
    chosen = asked.query.get("path", "")
    entry = next((entry for entry in entries if entry.path == chosen), None)
    return FilePage(
        "Files of " + run.id,
        run.id,
        top,
        file_page.file_tree(entries[: file_page.MOST_FILES], top.href, chosen),
        len(entries),
        words.size(sum(entry.size_bytes for entry in entries)),
        max(0, len(entries) - file_page.MOST_FILES),
        f"{top.href}/files.zip" if entries else "",
        None if entry is None else await _shown(reader, run, entry, top.href),
    )


async def _shown(reader: Reader, run: RunRecord, entry: FileEntry, href: str) -> ShownFile:
    beginning = await reader.beginning(*_key(run), entry.path, HEAD_BYTES)
    made = await run_in_threadpool(preview, entry.path, beginning, entry.size_bytes)
    return ShownFile(
        entry.path,
        words.size(entry.size_bytes),
        "still written" if entry.provisional else "",
        file_href(href, entry.path),
        made,
        picture_href(href, entry.path) if made.kind == "picture" else "",
    )


async def code(reader: Reader, asked: Asked) -> CodePage:
    """See :class:`CodePage`. The query: ``path``, the file to show."""
    run, top = await reader.head(*asked.run, head.CODE, asked.now)
    manifest = await reader.snapshot(run)
    diff = await reader.beginning_if_any(*asked.run, DIFF_FILE, MOST_BYTES + 1)
    chosen = asked.query.get("path", "")
    file = next((file for file in manifest.files if file.path == chosen and not file.link), None) if manifest else None
    shown = None
    if file is not None:
        data = await reader.beginning_of_content(file.sha256, HEAD_BYTES)
        made = await run_in_threadpool(preview, file.path, data, file.size_bytes)
        download = file_page.code_href(top.href, file.path)
        shown = ShownFile(file.path, words.size(file.size_bytes), "", download, made)
    return CodePage(
        "Code of " + run.id,
        run.id,
        top,
        tuple(pair for pair in pairs(run.properties) if pair.name.startswith(GIT)),
        diff_lines(diff),
        file_href(top.href, DIFF_FILE) if diff else "",
        len(diff) > MOST_BYTES,
        run.snapshot_id or "",
        file_page.code_tree(manifest, top.href, chosen) if manifest else None,
        len(manifest.files) if manifest else 0,
        words.size(manifest.size_bytes) if manifest else "",
        f"{top.href}/code.zip" if manifest else "",
        shown,
    )


# --- environment, children, cancel


async def environment(reader: Reader, asked: Asked) -> environment_page.EnvironmentPage:
    """See :class:`EnvironmentPage`."""
    run, top = await reader.head(*asked.run, head.ENVIRONMENT, asked.now)
    details = await reader.services.runs.details(*asked.run, files=False)
    spec, known = details.spec, {file.path: file for file in await reader.logs(*asked.run)}
    lock = await reader.beginning_if_any(*asked.run, environment_page.LOCK_FILE, LOCK_BYTES)
    packages = spec.environment.packages if spec else None
    variables = {**spec.environment.variables, **spec.variables} if spec else {}
    return environment_page.EnvironmentPage(
        "Environment of " + run.id,
        run.id,
        top,
        environment_page.facts(spec) if spec else (),
        packages.conda if packages else (),
        packages.pip if packages else (),
        tuple(Fact(name, value) for name, value in variables.items()),
        environment_page.installed(lock.decode("utf-8", "replace")),
        with_query(f"{top.href}/files", [("path", environment_page.LOCK_FILE)]) if lock else "",
        await _tail(reader, run, known.get(environment_page.BUILD_LOG), log_windows.WINDOW_BYTES),
        spec is not None,
    )


async def children(reader: Reader, asked: Asked) -> ChildPage:
    """See :class:`ChildPage`. The query: ``after``, as the page before says."""
    run, top = await reader.head(*asked.run, head.CHILDREN, asked.now)
    page = await reader.children(run, limit=CHILDREN_ON_A_PAGE, after=asked.query.get("after") or None)
    older = f"{top.href}/children?after={page.next}" if page.next else ""
    return ChildPage(
        "Children of " + run.id, run.id, top, tuple(run_line(child, asked.now) for child in page.runs), older
    )


async def cancellation(reader: Reader, asked: Asked) -> CancelPage:
    """See :class:`CancelPage`."""
    run, top = await reader.head(*asked.run, "", asked.now)
    details = await reader.services.runs.details(*asked.run, files=False)
    grace_s = details.spec.limits.grace_s if details.spec else 0.0
    has_children = any(tab.text == head.CHILDREN for tab in top.tabs)
    return CancelPage("Cancel " + run.id, run.id, top, words.duration(grace_s) if grace_s else "", has_children)
