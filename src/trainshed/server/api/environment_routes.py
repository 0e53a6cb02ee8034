"""Registered environments and private wheels."""

from __future__ import annotations

from starlette.responses import Response

from trainshed.contract.environment_records import EnvironmentAsk, LabelAsk, WheelAsk
from trainshed.server.api.answers import answer, body
from trainshed.server.api.asking import Ask


async def list_environments(ask: Ask) -> Response:
    """The newest version of each environment."""
    return answer(await ask.services.environments.page(ask.workspace))


async def register_environment(ask: Ask) -> Response:
    """Register a definition."""
    wanted = await body(ask.request, EnvironmentAsk)
    return answer(await ask.services.environments.register(ask.workspace, wanted), 201)


async def get_environment(ask: Ask) -> Response:
    """A version of an environment."""
    version, label = ask.text("version"), ask.text("label")
    return answer(await ask.services.environments.get(ask.workspace, ask.path("name"), version, label))


async def list_versions(ask: Ask) -> Response:
    """All versions of an environment."""
    return answer(await ask.services.environments.versions(ask.workspace, ask.path("name")))


async def label_environment(ask: Ask) -> Response:
    """Put labels on a version."""
    wanted = await body(ask.request, LabelAsk)
    return answer(await ask.services.environments.label(ask.workspace, ask.path("name"), wanted))


async def add_wheel(ask: Ask) -> Response:
    """Record a private wheel."""
    return answer(await ask.services.environments.add_wheel(ask.workspace, await body(ask.request, WheelAsk)), 201)
