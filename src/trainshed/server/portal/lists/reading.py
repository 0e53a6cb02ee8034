"""What the lists need, asked of the services."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from trainshed.contract.history import ALL, ARCHIVED_ONLY, ExperimentView
from trainshed.contract.records import RunRecord
from trainshed.server.portal.lists import building, pages
from trainshed.server.portal.lists.asking import RunsAsk
from trainshed.server.portal.lists.building import Known, Place
from trainshed.server.storage.metric_lasts import NOTHING, Compared
from trainshed.server.storage.run_rows import RunFilter

if TYPE_CHECKING:
    from trainshed.server.services import Services

RUNS_ON_A_PAGE = 50
LAST_RUNS = 12
METRICS_SHOWN = 4

_MOST_EXPERIMENTS = 500
#: Of those that had no run for long, the last ones are not looked for.
_WITH_STRIP = 50


class Reader:
    """Asks the services, builds pages."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def runs_page(self, place: Place, ask: RunsAsk, now: datetime) -> pages.RunsPage:
        """The runs that ``ask`` chooses; BadValue."""
        since = self._services.news.number
        if not place.workspace_id:
            return building.runs_page([], place, Known(), ask, None, now, since)
        found = await self._services.runs.list(
            place.workspace_id, ask.filter(now), limit=RUNS_ON_A_PAGE, after=ask.after or None
        )
        known = Known(
            [] if place.experiment else [v.name for v in await self._services.experiments.list(place.workspace_id)],
            [view.name for view in self._services.targets.views(place.workspace_id)],
            await self._compared(place, ask, found.runs),
        )
        return building.runs_page(found.runs, place, known, ask, found.next, now, since)

    async def _compared(self, place: Place, ask: RunsAsk, runs: Sequence[RunRecord]) -> Compared:
        """Runs of one experiment are compared by their metrics; those of several have little in common."""
        if not place.experiment:
            return NOTHING
        ids = [run.id for run in runs]
        return await self._services.metrics.compare(place.workspace_id, ids, ask.metrics, METRICS_SHOWN)

    async def experiment_page(self, place: Place, ask: RunsAsk, now: datetime) -> pages.ExperimentPage:
        """One experiment with the runs that ``ask`` chooses; ExperimentNotFound, BadValue."""
        view = await self._services.experiments.get(place.workspace_id, place.experiment)
        (line,) = await self.lines(place.workspace_id, [view])
        runs = await self.runs_page(place, replace(ask, experiment=place.experiment), now)
        every = building.experiments_page(place.workspace_id, [], 0, archived=False).here
        return pages.ExperimentPage(view.name, line, view.created_at, every, runs)

    async def experiments_page(self, workspace_id: str, *, archived: bool) -> pages.ExperimentsPage:
        """All experiments."""
        since = self._services.news.number
        views: Sequence[ExperimentView] = ()
        if workspace_id and archived:
            views = await self._services.experiments.list(workspace_id, ARCHIVED_ONLY)
        elif workspace_id:
            views = await self._services.experiments.lately(workspace_id, _MOST_EXPERIMENTS)
        lines = await self.lines(workspace_id, views)
        return building.experiments_page(workspace_id, lines, since, archived=archived)

    async def has_experiment(self, workspace_id: str, name: str) -> bool:
        """Whether one is called exactly so."""
        return bool(await self._services.experiments.list(workspace_id, ALL, name=name))

    async def lines(self, workspace_id: str, views: Sequence[ExperimentView]) -> list[pages.ExperimentLine]:
        """Experiments with their last runs."""
        lines = []
        for place, view in enumerate(views):
            limit = LAST_RUNS if place < _WITH_STRIP else 1
            found = await self._services.runs.list(workspace_id, RunFilter(experiment=view.name), limit=limit)
            lines.append(building.experiment_line(workspace_id, view, found.runs))
        return lines
