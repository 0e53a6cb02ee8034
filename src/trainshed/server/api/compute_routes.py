"""Compute targets that somebody makes."""

from __future__ import annotations

from starlette.responses import Response

from trainshed.contract.compute import ClusterAsk, ClusterPatch
from trainshed.server.api.answers import answer, body
from trainshed.server.api.asking import Ask


async def list_clusters(ask: Ask) -> Response:
    """All of a workspace, and the targets that are always there."""
    return answer(ask.services.clusters.page(ask.workspace))


async def create(ask: Ask) -> Response:
    """Make one."""
    wanted = await body(ask.request, ClusterAsk)
    return answer(await ask.services.clusters.create(ask.workspace, wanted), 201)


async def get(ask: Ask) -> Response:
    """One of them, with who holds its places."""
    return answer(ask.services.clusters.get(ask.workspace, ask.path("name")))


async def update(ask: Ask) -> Response:
    """Change its settings."""
    patch = await body(ask.request, ClusterPatch)
    return answer(await ask.services.clusters.update(ask.workspace, ask.path("name"), patch))


async def delete(ask: Ask) -> Response:
    """Delete it; it is gone when the runs that hold its places have ended."""
    return answer(await ask.services.clusters.delete(ask.workspace, ask.path("name"), ask.caller.actor))
