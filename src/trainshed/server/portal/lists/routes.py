"""Paths of runs and experiments."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from trainshed.contract.wire import now
from trainshed.server.portal.events import EventStream, told
from trainshed.server.portal.frame import Frame
from trainshed.server.portal.lists.asking import RunsAsk, news_number
from trainshed.server.portal.lists.building import Place
from trainshed.server.portal.lists.reading import Reader
from trainshed.server.portal.rendering import wants_json
from trainshed.server.services.news import runs_key


def routes(frame: Frame) -> list[BaseRoute]:
    """The paths."""
    views = ListViews(frame)
    return [
        frame.page("/runs", views.runs),
        frame.page("/runs.json", views.runs),
        frame.page("/experiments", views.experiments),
        frame.page("/experiments.json", views.experiments),
        frame.page("/experiments/{workspace}/{experiment}", views.experiment),
        frame.page("/events/runs", views.events),
    ]


class ListViews:
    """Each parses, asks the services, builds a page, answers."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._reader = Reader(frame.services)

    async def runs(self, request: Request) -> Response:
        """The list of runs."""
        place = Place(await self._frame.asked_workspace(request))
        page = await self._reader.runs_page(place, RunsAsk.of(request.query_params), now())
        return await self._frame.answer(
            request,
            "lists/runs.html",
            page,
            section="Runs",
            workspace_id=place.workspace_id,
            pieces={"runs": "lists/_runs.html"},
        )

    async def experiments(self, request: Request) -> Response:
        """All experiments."""
        workspace = await self._frame.asked_workspace(request)
        archived = request.query_params.get("view") == "archived"
        page = await self._reader.experiments_page(workspace, archived=archived)
        return await self._frame.answer(
            request,
            "lists/experiments.html",
            page,
            section="Experiments",
            workspace_id=workspace,
            pieces={"experiments": "lists/_experiments.html"},
        )

    async def experiment(self, request: Request) -> Response:
        """One experiment, or its JSON twin: a name may end in ``.json`` itself, then that one counts."""
        workspace, name = request.path_params["workspace"], request.path_params["experiment"]
        as_json = wants_json(request)
        if name.endswith(".json"):
            as_json = not await self._reader.has_experiment(workspace, name)
            name = name.removesuffix(".json") if as_json else name
        place = Place(workspace, name)
        page = await self._reader.experiment_page(place, RunsAsk.of(request.query_params), now())
        return await self._frame.answer(
            request,
            "lists/experiment.html",
            page,
            section="Experiments",
            workspace_id=workspace,
            pieces={"runs": "lists/_experiment_runs.html"},
            as_json=as_json,
        )

    async def events(self, request: Request) -> Response:
        """That a run, or a compute target, of a workspace has changed; also before, but after the news that ``since``
        names.
        """
        workspace = await self._frame.asked_workspace(request)
        since = news_number(request.query_params.get("since", ""))
        return EventStream(told(self._frame.services.news, {"runs": runs_key(workspace)}, since))
