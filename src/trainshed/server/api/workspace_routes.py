"""Workspaces, targets, snapshots."""

from __future__ import annotations

from starlette.responses import Response

from trainshed.contract.api import SnapshotAnswer, TargetPage, WorkspaceAsk
from trainshed.contract.history import WorkspacePatch
from trainshed.contract.snapshot import Manifest
from trainshed.server.api.answers import answer, body
from trainshed.server.api.asking import Ask


async def get_or_create_workspace(ask: Ask) -> Response:
    """Find a workspace by its names, or make it."""
    return answer(await ask.services.workspaces.get_or_create(await body(ask.request, WorkspaceAsk), ask.caller))


async def list_workspaces(ask: Ask) -> Response:
    """All workspaces."""
    return answer(await ask.services.workspaces.list())


async def get_notes(ask: Ask) -> Response:
    """What people say about a workspace."""
    return answer(await ask.services.workspaces.notes(ask.workspace))


async def patch_notes(ask: Ask) -> Response:
    """Say something else about a workspace."""
    patch = await body(ask.request, WorkspacePatch)
    return answer(await ask.services.workspaces.change_notes(ask.workspace, patch))


async def list_targets(ask: Ask) -> Response:
    """The compute targets."""
    await ask.services.workspaces.get(ask.workspace)
    return answer(TargetPage(ask.services.targets.views(ask.workspace)))


async def put_snapshot(ask: Ask) -> Response:
    """Record a snapshot, or say which contents are missing."""
    manifest = await body(ask.request, Manifest)
    return answer(SnapshotAnswer(await ask.services.snapshots.put(ask.workspace, ask.path("snapshot"), manifest)))


async def get_snapshot(ask: Ask) -> Response:
    """The files of a snapshot."""
    return answer(await ask.services.snapshots.get(ask.workspace, ask.path("snapshot")))
