"""What the lists need, asked of the services."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from trainshed.server.portal.lists import building, pages
from trainshed.server.portal.lists.asking import RunsAsk
from trainshed.server.storage.run_rows import RunFilter

if TYPE_CHECKING:
    from trainshed.server.services import Services

RUNS_ON_A_PAGE = 50


class Reader:
    """Asks the services, builds pages."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def runs_page(
        self, query: Mapping[str, str], workspaces: Mapping[str, str], workspace_id: str, now: datetime
    ) -> pages.RunsPage:
        """The runs that the query's ``experiment``, ``status`` and ``after`` choose; BadValue."""
        ask = RunsAsk.of(query)
        if not workspace_id:
            return building.runs_page([], {}, "", [], ask, None, now)
        narrowed = RunFilter(experiment=ask.experiment or None, statuses=(ask.status,) if ask.status else ())
        page = await self._services.runs.list(workspace_id, narrowed, limit=RUNS_ON_A_PAGE, after=ask.after or None)
        experiments = [view.name for view in await self._services.experiments.list(workspace_id)]
        return building.runs_page(page.runs, workspaces, workspace_id, experiments, ask, page.next, now)
