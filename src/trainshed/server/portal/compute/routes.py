"""Paths of compute."""

from __future__ import annotations

from datetime import datetime

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from trainshed.contract.api import TargetView
from trainshed.contract.records import RunRecord
from trainshed.contract.wire import now
from trainshed.server.portal.addresses import page_of, with_query
from trainshed.server.portal.compute import building
from trainshed.server.portal.compute.machine import machine
from trainshed.server.portal.compute.pages import ComputeFact, ComputePage, TargetLine, TargetPage
from trainshed.server.portal.frame import Frame
from trainshed.server.portal.lists.asking import GROUPS
from trainshed.server.portal.lists.building import events_of
from trainshed.server.portal.rendering import wants_json
from trainshed.server.portal.run_lines import run_line
from trainshed.server.storage.run_rows import RunFilter

_RUNNING, _QUEUE = 200, 50


def routes(frame: Frame) -> list[BaseRoute]:
    """The paths."""
    views = ComputeViews(frame)
    return [
        frame.page("/compute", views.targets),
        frame.page("/compute.json", views.targets),
        frame.page("/compute/{workspace}/{name}", views.target),
    ]


class ComputeViews:
    """Each asks the services, builds a page, answers."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._services = frame.services

    async def targets(self, request: Request) -> Response:
        """All targets."""
        workspace = await self._frame.asked_workspace(request)
        since = self._services.news.number
        page = ComputePage(
            title="Compute",
            here=with_query("/compute", [("workspace", workspace)]),
            events=events_of(workspace, since),
            targets=self._lines(workspace) if workspace else (),
            machine=await run_in_threadpool(machine, self._services.ground.layout.root),
        )
        return await self._frame.answer(
            request,
            "compute/compute.html",
            page,
            section="Compute",
            workspace_id=workspace,
            pieces={"compute": "compute/_compute.html"},
        )

    async def target(self, request: Request) -> Response:
        """One target; names of targets have no dots, so that ``.json`` is never a part of one."""
        workspace, name = request.path_params["workspace"], request.path_params["name"].removesuffix(".json")
        page = await self._page(workspace, name, now())
        return await self._frame.answer(
            request,
            "compute/target.html",
            page,
            section="Compute",
            workspace_id=workspace,
            pieces={"target": "compute/_target.html"},
            as_json=wants_json(request),
        )

    # --- asked of the services

    def _lines(self, workspace_id: str) -> tuple[TargetLine, ...]:
        found = self._services.clusters.page(workspace_id)
        why = {view.name: view.why for view in self._services.targets.views(workspace_id)}
        always = [self._always(workspace_id, view) for view in found.always]
        return (*always, *(building.cluster_line(workspace_id, one, why.get(one.name, "")) for one in found.clusters))

    def _always(self, workspace_id: str, view: TargetView) -> TargetLine:
        busy, waiting = (len(self._runs(workspace_id, view.name, group, _RUNNING)) for group in ("active", "waiting"))
        return building.always_line(workspace_id, view, busy, waiting)

    def _runs(self, workspace_id: str, target: str, group: str, limit: int) -> tuple[RunRecord, ...]:
        statuses = tuple(status.value for status in GROUPS[group])
        narrowed = RunFilter(target=target, statuses=statuses, include_children=True)
        return self._services.runs.oldest(workspace_id, narrowed, limit)

    def _target(
        self, workspace_id: str, name: str
    ) -> tuple[TargetLine, tuple[ComputeFact, ...], tuple[tuple[str, str], ...]]:
        """The target, what is known about it, its tags; UnknownTarget."""
        for view in self._services.targets.always():
            if view.name == name:
                return self._always(workspace_id, view), building.always_facts(view), ()
        cluster = self._services.clusters.get(workspace_id, name)
        why = next((view.why for view in self._services.targets.views(workspace_id) if view.name == name), "")
        line = building.cluster_line(workspace_id, cluster, why)
        return line, building.cluster_facts(cluster), tuple(cluster.tags.items())

    async def _page(self, workspace_id: str, name: str, at: datetime) -> TargetPage:
        since = self._services.news.number
        line, facts, tags = self._target(workspace_id, name)
        running = self._runs(workspace_id, name, "active", _RUNNING)
        return TargetPage(
            title=name,
            here=page_of("compute", workspace_id, name),
            events=events_of(workspace_id, since),
            target=line,
            facts=facts,
            tags=tags,
            nodes=building.node_lines(running, await self._services.attempts.alive(), at),
            queue=tuple(run_line(run, at) for run in self._runs(workspace_id, name, "waiting", _QUEUE)),
            list_href=with_query("/compute", [("workspace", workspace_id)]),
            code=f"ScriptRunConfig('.', script='train.py', compute_target={name!r})",
        )
