"""Experiments: listed, made, changed, removed."""

from __future__ import annotations

from starlette.responses import Response

from trainshed.contract.api import ExperimentAsk
from trainshed.contract.history import ACTIVE_ONLY, ExperimentPatch
from trainshed.server.api.answers import answer, body
from trainshed.server.api.asking import Ask


async def list_experiments(ask: Ask) -> Response:
    """The experiments of a workspace, by name."""
    view, name, tags = ask.text("view") or ACTIVE_ONLY, ask.text("name"), ask.pairs("tag")
    return answer(await ask.services.experiments.list(ask.workspace, view, name=name, tags=tags))


async def ensure_experiment(ask: Ask) -> Response:
    """An experiment, made if it is missing."""
    wanted = await body(ask.request, ExperimentAsk)
    return answer(await ask.services.experiments.ensure(ask.workspace, wanted.name))


async def get_experiment(ask: Ask) -> Response:
    """An experiment."""
    return answer(await ask.services.experiments.get(ask.workspace, ask.path("name")))


async def patch_experiment(ask: Ask) -> Response:
    """Tags, name, archived or not."""
    patch = await body(ask.request, ExperimentPatch)
    return answer(await ask.services.experiments.patch(ask.workspace, ask.path("name"), patch, ask.caller))


async def remove_experiment(ask: Ask) -> Response:
    """Forget an experiment that has no runs."""
    return answer(await ask.services.experiments.remove(ask.workspace, ask.path("name")))
