"""Registered models."""

from __future__ import annotations

from typing import Tuple

from starlette.responses import Response

from trainshed.contract.models import ModelAsk, ModelPatch
from trainshed.server.api.answers import answer, body
from trainshed.server.api.asking import Ask
from trainshed.server.services.models import DEFAULT_PAGE
from trainshed.server.storage.model_rows import ModelFilter


async def register_model(ask: Ask) -> Response:
    """Make the next version of a model."""
    return answer(await ask.services.models.register(ask.workspace, await body(ask.request, ModelAsk), ask.caller), 201)


async def list_models(ask: Ask) -> Response:
    """A page of models, newest first."""
    limit, after = ask.integer("limit", DEFAULT_PAGE), ask.text("after")
    return answer(await ask.services.models.page(ask.workspace, _narrowed(ask), limit, after))


async def newest_model(ask: Ask) -> Response:
    """The newest model that fits."""
    return answer(await ask.services.models.newest(ask.workspace, _narrowed(ask)))


async def list_model_files(ask: Ask) -> Response:
    """The files of a version, with their contents' hashes."""
    return answer(await ask.services.models.files(ask.workspace, *_model(ask)))


async def patch_model(ask: Ask) -> Response:
    """Tags, properties, description, lineage."""
    patch = await body(ask.request, ModelPatch)
    return answer(await ask.services.models.patch(ask.workspace, *_model(ask), patch))


async def delete_model(ask: Ask) -> Response:
    """Delete a version."""
    return answer(await ask.services.models.delete(ask.workspace, *_model(ask)))


def _model(ask: Ask) -> Tuple[str, int]:
    version = ask.path("version")
    # No version is 0: what is no number is answered as one that is not there.
    return ask.path("name"), int(version) if version.isascii() and version.isdigit() and len(version) < 19 else 0


def _narrowed(ask: Ask) -> ModelFilter:
    return ModelFilter(
        name=ask.text("name"),
        version=ask.integer("version", 0) if ask.text("version") is not None else None,
        tags=ask.pairs("tag"),
        properties=ask.pairs("property"),
        run_id=ask.text("run"),
        dataset_id=ask.text("dataset"),
        framework=ask.text("framework"),
        latest=ask.flag("latest"),
    )
