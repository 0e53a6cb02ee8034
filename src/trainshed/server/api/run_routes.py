"""Runs: made, listed, read, changed, ended; their metrics."""

from __future__ import annotations

from starlette.responses import Response

from trainshed.contract.api import CancelAsk, Ending, RunCreate, RunPatch
from trainshed.server.api.answers import answer, body
from trainshed.server.api.asking import Ask
from trainshed.server.services.runs import DEFAULT_PAGE
from trainshed.server.storage.run_rows import RunFilter


async def create_run(ask: Ask) -> Response:
    """Submit a run, or make a record that somebody writes to."""
    wanted = await body(ask.request, RunCreate)
    return answer(await ask.services.runs.create(ask.workspace, wanted, ask.caller), 201)


async def list_runs(ask: Ask) -> Response:
    """A page of runs, newest first."""
    narrowed = RunFilter(
        experiment=ask.text("experiment"),
        parent=ask.text("parent"),
        below=ask.text("root"),
        type=ask.text("type"),
        statuses=tuple(ask.request.query_params.getlist("status")),
        target=ask.text("target"),
        tags=ask.pairs("tag"),
        properties=ask.pairs("property"),
        include_children=ask.flag("include_children"),
        created_since=ask.time("created_since"),
        created_before=ask.time("created_before"),
        ended_since=ask.time("ended_since"),
        ended_before=ask.time("ended_before"),
        prefix=ask.text("prefix"),
    )
    limit = ask.integer("limit", DEFAULT_PAGE)
    return answer(await ask.services.runs.list(ask.workspace, narrowed, limit=limit, after=ask.text("after")))


async def get_run(ask: Ask) -> Response:
    """A run; with ``known`` as soon as it has changed."""
    if "known" in ask.request.query_params:
        return answer(await ask.services.runs.wait(*ask.run, ask.integer("known", 0), ask.wait_s()))
    return answer(ask.services.runs.get(*ask.run))


async def get_details(ask: Ask) -> Response:
    """A run with its spec, files, events and attempts."""
    return answer(await ask.services.runs.details(*ask.run))


async def patch_run(ask: Ask) -> Response:
    """Name, description, tags, properties."""
    return answer(await ask.services.runs.patch(*ask.own_run, await body(ask.request, RunPatch)))


async def end_run(ask: Ask) -> Response:
    """``run.complete()``, ``run.fail()``, ``run.start()``."""
    return answer(await ask.services.runs.end(*ask.own_run, await body(ask.request, Ending), ask.caller))


async def cancel_run(ask: Ask) -> Response:
    """Want a run stopped; asking twice changes nothing."""
    workspace, run = ask.path("ws"), ask.path("id")
    ask.services.callers.check_cancels(ask.caller, workspace, run)
    return answer(await ask.services.runs.cancel(workspace, run, await body(ask.request, CancelAsk), ask.caller), 202)


async def get_metrics(ask: Ask) -> Response:
    """The metrics of a run, and of those below it."""
    metrics = await ask.services.metrics.get(
        *ask.run,
        name=ask.text("name"),
        recursive=ask.flag("recursive"),
        run_type=ask.text("type"),
        detail=ask.flag("detail"),
    )
    return answer(metrics)


async def get_columns(ask: Ask) -> Response:
    """The same values as bytes (contract/columns.py)."""
    body = await ask.services.metrics.columns(
        *ask.run, name=ask.text("name"), recursive=ask.flag("recursive"), run_type=ask.text("type")
    )
    return Response(body, media_type="application/octet-stream")


async def take_spool(ask: Ask) -> Response:
    """Metrics of a run without an agent."""
    workspace, run = ask.own_run
    data = await ask.request.body()
    taken = await ask.services.metrics.take_spool(workspace, run, ask.path("name"), ask.integer("offset", 0), data)
    return answer(taken)
