"""Datastores and datasets."""

from __future__ import annotations

from starlette.responses import Response

from trainshed.contract.data_records import DatasetAsk, DatasetPatch, DatastoreAsk
from trainshed.contract.errors import BadValue
from trainshed.server.api.answers import answer, body
from trainshed.server.api.asking import Ask


async def list_datastores(ask: Ask) -> Response:
    """The datastores of a workspace."""
    return answer(await ask.services.datastores.page(ask.workspace))


async def register_datastore(ask: Ask) -> Response:
    """Record a datastore."""
    wanted = await body(ask.request, DatastoreAsk)
    return answer(await ask.services.datastores.register(ask.workspace, wanted), 201)


async def get_datastore(ask: Ask) -> Response:
    """A datastore."""
    return answer(await ask.services.datastores.get(ask.workspace, ask.path("name")))


async def remove_datastore(ask: Ask) -> Response:
    """Forget a datastore."""
    return answer(await ask.services.datastores.remove(ask.workspace, ask.path("name")))


async def set_default_datastore(ask: Ask) -> Response:
    """Make a datastore the default one."""
    return answer(await ask.services.datastores.set_default(ask.workspace, ask.path("name")))


async def list_datasets(ask: Ask) -> Response:
    """The newest version of each registered dataset, or all versions of one name."""
    return answer(await ask.services.datasets.page(ask.workspace, ask.text("name")))


async def keep_dataset(ask: Ask) -> Response:
    """Keep a dataset, or register it."""
    wanted = await body(ask.request, DatasetAsk)
    return answer(await ask.services.datasets.keep(ask.workspace, wanted), 201)


async def unregister_dataset(ask: Ask) -> Response:
    """Take back all versions of a name."""
    name = ask.text("name")
    if name is None:
        raise BadValue(what="name", why="say which dataset")
    return answer(await ask.services.datasets.unregister(ask.workspace, name))


async def find_dataset(ask: Ask) -> Response:
    """A registered dataset by its name, and version if one is said."""
    version = ask.integer("version", 0) if ask.text("version") is not None else None
    return answer(await ask.services.datasets.by_name(ask.workspace, ask.text("name") or "", version))


async def get_dataset(ask: Ask) -> Response:
    """A dataset by its id."""
    return answer(await ask.services.datasets.get(ask.workspace, ask.path("id")))


async def patch_dataset(ask: Ask) -> Response:
    """Change description and tags."""
    patch = await body(ask.request, DatasetPatch)
    return answer(await ask.services.datasets.patch(ask.workspace, ask.path("id"), patch))


async def list_dataset_runs(ask: Ask) -> Response:
    """The runs that were given a dataset."""
    return answer(await ask.services.datasets.uses(ask.workspace, ask.path("id")))
