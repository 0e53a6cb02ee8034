"""Records become lists: pure functions, nothing here reads or asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from trainshed.contract.history import ExperimentView
from trainshed.contract.records import RunRecord
from trainshed.server.portal.addresses import page_of, with_query
from trainshed.server.portal.framing import Choice, Link
from trainshed.server.portal.lists import pages
from trainshed.server.portal.lists.asking import AGES, RunsAsk
from trainshed.server.portal.run.sparklines import value_text
from trainshed.server.portal.run_lines import RunLine, run_href, run_line
from trainshed.server.storage.metric_lasts import NOTHING, Compared

_STATUSES = (
    ("", "All"),
    ("active", "Running"),
    ("waiting", "Waiting"),
    ("Completed", "Completed"),
    ("Failed", "Failed"),
    ("Canceled", "Canceled"),
)


@dataclass(frozen=True)
class Place:
    """Where a list is. ``experiment``: it is that one's own page, and shows no other's runs."""

    workspace_id: str
    experiment: str = ""

    @property
    def path(self) -> str:
        """Without a query."""
        return page_of("experiments", self.workspace_id, self.experiment) if self.experiment else "/runs"

    def href(self, ask: RunsAsk, after: str = "") -> str:
        """The address of the list as ``ask`` narrows it."""
        if self.experiment:
            return with_query(self.path, [*replace(ask, experiment="").pairs(), ("after", after)])
        return with_query(self.path, [("workspace", self.workspace_id), *ask.pairs(), ("after", after)])


@dataclass(frozen=True)
class Known:
    """What the filters offer; ``compared``: the last values of the list's runs."""

    experiments: Sequence[str] = ()
    targets: Sequence[str] = ()
    compared: Compared = NOTHING


def runs_page(
    runs: Sequence[RunRecord],
    place: Place,
    known: Known,
    ask: RunsAsk,
    after: str | None,
    now: datetime,
    since: int,
) -> pages.RunsPage:
    """The list of runs.

    Args:
        runs: newest first.
        ask: how the list is narrowed.
        after: what the next page of runs begins after, None at the end.
        now: aware UTC; durations of runs that go on count up to it.
        since: see :func:`events_of`.
    """
    return pages.RunsPage(
        title="Runs",
        here=place.href(ask, ask.after),
        events=events_of(place.workspace_id, since),
        runs=tuple(_with_values(run_line(run, now), known.compared) for run in runs),
        filter=_filter(place, known, ask),
        narrowed=replace(ask, experiment="").narrowed if place.experiment else ask.narrowed,
        all_href=place.href(RunsAsk()),
        tag_href=_open(place.href(ask)) + "tag=",
        metrics=known.compared.chosen,
        older=place.href(ask, after) if after else "",
        newest=place.href(ask) if ask.after else "",
    )


def _with_values(line: RunLine, compared: Compared) -> RunLine:
    values = compared.values.get(line.id, {})
    texts = (value_text(values[name]) if name in values else "" for name in compared.chosen)
    return replace(line, values=tuple(texts))


def events_of(workspace_id: str, since: int) -> str:
    """Where a page is told that a run of a workspace has changed; empty: there is none yet.

    Args:
        since: the number of the newest news before the page's records were read: what came later is told at once.
    """
    pairs = [("workspace", workspace_id), ("since", str(since))]
    return with_query("/events/runs", pairs) if workspace_id else ""


def _open(href: str) -> str:
    return href + ("&" if "?" in href else "?")


def _filter(place: Place, known: Known, ask: RunsAsk) -> pages.RunsFilter:
    ages = [("", "any time"), *((key, words) for key, (_, words) in AGES.items())]
    return pages.RunsFilter(
        path=place.path,
        workspace="" if place.experiment else place.workspace_id,
        statuses=_statuses(place, ask),
        status=ask.status,
        experiments=() if place.experiment else _choices(known.experiments, ask.experiment),
        targets=_choices(known.targets, ask.target),
        ages=tuple(Choice(key, words, key == ask.within) for key, words in ages),
        tags=tuple(
            Link(tag, place.href(replace(ask, tags=tuple(one for one in ask.tags if one != tag)))) for tag in ask.tags
        ),
        words=ask.words,
        first=ask.first,
        last=ask.last,
        metrics=tuple(Choice(name, name, name in known.compared.chosen) for name in known.compared.names),
    )


def _statuses(place: Place, ask: RunsAsk) -> tuple[Link, ...]:
    known = list(_STATUSES)
    if ask.status not in dict(known):
        known.append((ask.status, ask.status))
    return tuple(Link(text, place.href(replace(ask, status=key)), key == ask.status) for key, text in known)


def _choices(values: Sequence[str], chosen: str) -> tuple[Choice, ...]:
    known = [*values, chosen] if chosen and chosen not in values else values
    return (Choice("", "any", not chosen), *(Choice(value, value, value == chosen) for value in known))


def experiment_line(workspace_id: str, view: ExperimentView, runs: Sequence[RunRecord]) -> pages.ExperimentLine:
    """An experiment with its last runs, which come newest first."""
    return pages.ExperimentLine(
        name=view.name,
        href=page_of("experiments", workspace_id, view.name),
        runs=view.run_count,
        last_at=runs[0].created_at if runs else None,
        last_status=runs[0].status.value if runs else "",
        strip=tuple(
            pages.Strip(run.status.value, run_href(run), f"#{run.number} {run.status.value}") for run in runs[::-1]
        ),
        tags=tuple((name, value or "") for name, value in view.tags.items()),
        archived=view.archived_at is not None,
    )


def experiments_page(
    workspace_id: str, experiments: Sequence[pages.ExperimentLine], since: int, *, archived: bool
) -> pages.ExperimentsPage:
    """All experiments, or those that were archived; ``since``: see :func:`events_of`."""
    pairs = [("workspace", workspace_id)]
    active, stored = with_query("/experiments", pairs), with_query("/experiments", [*pairs, ("view", "archived")])
    return pages.ExperimentsPage(
        title="Experiments",
        here=stored if archived else active,
        events=events_of(workspace_id, since),
        experiments=tuple(experiments),
        shown=(Link("Active", active, not archived), Link("Archived", stored, archived)),
        archived=archived,
    )
