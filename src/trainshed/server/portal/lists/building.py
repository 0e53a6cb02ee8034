"""Records become lists: pure functions, nothing here reads or asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import urlencode

from trainshed.contract.records import RunRecord
from trainshed.contract.status import RunStatus
from trainshed.server.portal.framing import Choice
from trainshed.server.portal.lists import pages
from trainshed.server.portal.lists.asking import RunsAsk
from trainshed.server.portal.run_lines import run_line


def runs_page(
    runs: Sequence[RunRecord],
    workspaces: Mapping[str, str],
    workspace_id: str,
    experiments: Sequence[str],
    ask: RunsAsk,
    after: str | None,
    now: datetime,
) -> pages.RunsPage:
    """The list of runs.

    Args:
        runs: newest first.
        workspaces: names by id.
        workspace_id: the one whose runs they are.
        experiments: names that exist in it.
        ask: how the list is narrowed.
        after: what the next page of runs begins after, None at the end.
        now: aware UTC; durations of runs that go on count up to it.
    """
    chosen = {"workspace": workspace_id, "experiment": ask.experiment, "status": ask.status}
    query = {name: value for name, value in chosen.items() if value}
    return pages.RunsPage(
        title="Runs",
        runs=tuple(run_line(run, now) for run in runs),
        workspaces=tuple(Choice(key, name, key == workspace_id) for key, name in workspaces.items()),
        experiments=_choices(experiments, ask.experiment),
        statuses=_choices([status.value for status in RunStatus], ask.status),
        narrowed=bool(ask.experiment or ask.status),
        older="/runs?" + urlencode({**query, "after": after}) if after else "",
    )


def _choices(values: Sequence[str], chosen: str) -> tuple[Choice, ...]:
    known = [*values, chosen] if chosen and chosen not in values else values
    return (Choice("", "all", not chosen), *(Choice(value, value, value == chosen) for value in known))
