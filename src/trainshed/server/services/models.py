"""Registered models: made from what a run has or what was sent, found, changed, deleted."""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches
from typing import Dict, List, Optional, Sequence, Tuple

from trainshed.contract.api import FileAsk
from trainshed.contract.errors import BadValue
from trainshed.contract.model_errors import ModelNotFound, ModelPropertyExists
from trainshed.contract.models import (
    ModelAsk,
    ModelDataset,
    ModelFile,
    ModelFiles,
    ModelPage,
    ModelPatch,
    ModelRecord,
    check_model_name,
)
from trainshed.contract.names import check_file_name
from trainshed.contract.wire import now
from trainshed.server.services import runs, workspaces
from trainshed.server.services.callers import RUN, Caller, Callers
from trainshed.server.services.files import Files
from trainshed.server.services.ground import Ground
from trainshed.server.services.model_sources import ModelSources
from trainshed.server.storage import blob_rows, data_rows, model_rows
from trainshed.server.storage.model_rows import ModelFilter, ModelRow
from trainshed.server.storage.writer import Reading, Transaction

DEFAULT_PAGE, LARGEST_PAGE = 100, 1000
_NAMED = 20  # names in the error for a missing one


class Models:
    """The models of each workspace. Registering copies no content: a model refers to those of the store."""

    def __init__(self, ground: Ground, callers: Callers, files: Files, sources: ModelSources) -> None:
        self._ground = ground
        self._callers = callers
        self._files = files
        self._sources = sources

    async def register(self, workspace_id: str, ask: ModelAsk, caller: Caller) -> ModelRecord:
        """Make the next version of a name. Asked again with the same ``id``: the model that was made.

        Raises:
            BadModelName, BadFileName, BadValue; WorkspaceNotFound, RunNotFound; BlobMissing: upload it first.
            ModelPathNotFound: the run has no such file. ModelFileStillWritten: it grows.
            NotAllowed: a run registers what it or its family wrote.
        """
        check_model_name(ask.name)
        run_id = ask.run_id or (caller.run_id if caller.kind == RUN else None)
        if run_id is not None:
            self._callers.check_writes(caller, workspace_id, run_id)
        known = model_rows.by_id(self._ground.database.reader, workspace_id, ask.id)
        if known is not None:
            return known.model
        if ask.run_path is not None and run_id is not None:
            asks = await self._sources.of_run(workspace_id, run_id, ask.run_path)
        else:
            asks = [replace(file, path=check_file_name(file.path)) for file in ask.files]
        root, is_folder = _root(asks)
        begun = ModelRecord(
            id=ask.id,
            workspace_id=workspace_id,
            name=ask.name,
            version=0,
            root=root,
            is_folder=is_folder,
            size_bytes=sum(file.size for file in asks),
            file_count=len(asks),
            created_at=now(),
            updated_at=now(),
            created_by=caller.actor,
            description=ask.description,
            framework=ask.framework,
            framework_version=ask.framework_version,
            run_id=run_id,
            sample_input_dataset_id=ask.sample_input_dataset_id,
            sample_output_dataset_id=ask.sample_output_dataset_id,
            resources=ask.resources,
            tags=ask.tags,
            properties=ask.properties,
            datasets=ask.datasets,
        )
        return await self._ground.database.write(lambda tx: self._add(tx, begun, asks))

    def _add(self, tx: Transaction, begun: ModelRecord, asks: Sequence[FileAsk]) -> ModelRecord:
        known = model_rows.by_id(tx, begun.workspace_id, begun.id)
        if known is not None:  # the same request came twice
            return known.model
        workspaces.record(tx, begun.workspace_id)
        experiment = None
        if begun.run_id is not None:
            experiment = runs.find(tx, begun.workspace_id, begun.run_id).run.experiment
        self._files.adopt(tx, asks)
        blob_rows.touch(tx, [file.sha256 for file in asks], now())
        _check_dataset(tx, begun.workspace_id, begun.sample_input_dataset_id)
        _check_dataset(tx, begun.workspace_id, begun.sample_output_dataset_id)
        model = replace(
            begun,
            version=model_rows.next_version(tx, begun.workspace_id, begun.name),
            experiment=experiment,
            datasets=_named(tx, begun.workspace_id, begun.datasets),
        )
        model_rows.add(tx, model, [ModelFile(file.path, file.sha256, file.size) for file in asks])
        found = model_rows.by_id(tx, begun.workspace_id, begun.id)
        assert found is not None
        return found.model

    # --- found

    async def page(
        self, workspace_id: str, narrowed: ModelFilter, limit: int, after: Optional[str] = None
    ) -> ModelPage:
        """Models, newest first, at most ``limit``; those after the model of id ``after``."""
        connection = self._ground.database.reader
        workspaces.record(connection, workspace_id)
        below = None
        if after is not None:
            last = model_rows.by_id(connection, workspace_id, after)
            if last is None:
                raise BadValue(what="after=%s" % after, why="there is no such model (any more); begin again without it")
            below = last.uid
        count = max(1, min(limit, LARGEST_PAGE))
        found = model_rows.page(connection, workspace_id, narrowed, count + 1, below)
        more = len(found) > count
        return ModelPage(tuple(row.model for row in found[:count]), found[count - 1].model.id if more else None)

    async def newest(self, workspace_id: str, narrowed: ModelFilter) -> ModelRecord:
        """The newest model that fits; ModelNotFound says what there is."""
        connection = self._ground.database.reader
        workspaces.record(connection, workspace_id)
        found = model_rows.page(connection, workspace_id, narrowed, 1)
        if not found:
            raise _not_found(connection, workspace_id, narrowed)
        return found[0].model

    async def files(self, workspace_id: str, name: str, version: int) -> ModelFiles:
        """The files of a version; ModelNotFound."""
        connection = self._ground.database.reader
        return ModelFiles(tuple(model_rows.files(connection, _find(connection, workspace_id, name, version).uid)))

    def of_run(self, workspace_id: str, run_id: str) -> List[ModelRecord]:
        """The models that were registered from a run, newest first."""
        found = model_rows.page(self._ground.database.reader, workspace_id, ModelFilter(run_id=run_id), LARGEST_PAGE)
        return [row.model for row in found]

    def frameworks(self, workspace_id: str) -> List[str]:
        """The frameworks that models of a workspace name, sorted."""
        return model_rows.frameworks(self._ground.database.reader, workspace_id)

    # --- changed

    async def patch(self, workspace_id: str, name: str, version: int, patch: ModelPatch) -> ModelRecord:
        """Change what may change of a version; ModelNotFound, ModelPropertyExists, BadValue (an unknown dataset)."""

        def change(tx: Transaction) -> ModelRecord:
            row = _find(tx, workspace_id, name, version)
            _check_properties(row.model, patch)
            _change(tx, workspace_id, row, patch)
            return _find(tx, workspace_id, name, version).model

        return await self._ground.database.write(change)

    async def delete(self, workspace_id: str, name: str, version: int) -> ModelRecord:
        """Delete a version; its number is not given again. ModelNotFound."""

        def delete(tx: Transaction) -> ModelRecord:
            row = _find(tx, workspace_id, name, version)
            model_rows.remove(tx, row)
            return row.model

        return await self._ground.database.write(delete)


def _root(files: Sequence[FileAsk]) -> Tuple[str, bool]:
    """The name of the file or folder that the files make up; BadValue."""
    roots = {file.path.split("/", 1)[0] for file in files}
    if len(roots) != 1:
        raise BadValue(what="model", why="it holds no file" if not files else "its files lie in several folders")
    if len({file.path for file in files}) < len(files):
        raise BadValue(what="model", why="a file is given twice")
    root = roots.pop()
    is_folder = any("/" in file.path for file in files)
    if is_folder and any(file.path == root for file in files):
        raise BadValue(what="model", why="%r is given as a file and as a folder" % root)
    return root, is_folder


def _check_dataset(connection: Reading, workspace_id: str, dataset_id: Optional[str]) -> None:
    if dataset_id is not None:
        _named(connection, workspace_id, [ModelDataset("", dataset_id)])


def _named(connection: Reading, workspace_id: str, datasets: Sequence[ModelDataset]) -> Tuple[ModelDataset, ...]:
    """The same with the names and versions under which they are registered."""
    named = []
    for dataset in datasets:
        record = data_rows.dataset(connection, workspace_id, dataset.dataset_id)
        if record is None:
            raise BadValue(what="dataset %s" % dataset.dataset_id, why="it is unknown here; register it first")
        named.append(replace(dataset, name=record.name, version=record.version))
    return tuple(named)


def _check_properties(model: ModelRecord, patch: ModelPatch) -> None:
    for name, value in patch.add_properties.items():
        if name in model.properties and model.properties[name] != value:
            raise ModelPropertyExists(name=name, model=model.label, old=model.properties[name])


def _change(tx: Transaction, workspace_id: str, row: ModelRow, patch: ModelPatch) -> None:
    kept: Dict[str, object] = {}
    for name in ("description", "sample_input_dataset_id", "sample_output_dataset_id", "resources"):
        if getattr(patch, name) is not None:
            kept[name] = getattr(patch, name)
    _check_dataset(tx, workspace_id, patch.sample_input_dataset_id)
    _check_dataset(tx, workspace_id, patch.sample_output_dataset_id)
    model_rows.put(tx, row.uid, replace(row.model, updated_at=now(), **kept))  # type: ignore[arg-type]
    if patch.tags is not None:
        model_rows.remove_tags(tx, row.uid)
        model_rows.set_tags(tx, row.uid, patch.tags)
    model_rows.remove_tags(tx, row.uid, patch.remove_tags)
    model_rows.set_tags(tx, row.uid, patch.set_tags)
    model_rows.add_properties(tx, row.uid, patch.add_properties)
    model_rows.add_datasets(tx, row.uid, _named(tx, workspace_id, patch.add_datasets))


def _find(connection: Reading, workspace_id: str, name: str, version: int) -> ModelRow:
    row = model_rows.find(connection, workspace_id, name, version)
    if row is None:
        raise _not_found(connection, workspace_id, ModelFilter(name=name, version=version))
    return row


def _not_found(connection: Reading, workspace_id: str, narrowed: ModelFilter) -> ModelNotFound:
    parts = [("name", narrowed.name), ("version", narrowed.version), ("run id", narrowed.run_id)]
    parts += [("framework", narrowed.framework), ("dataset", narrowed.dataset_id)]
    wanted = ["%s %s" % pair for pair in parts if pair[1] is not None]
    for what, pairs in (("tag", narrowed.tags), ("property", narrowed.properties)):
        wanted += ["%s %s" % (what, name if value is None else "%s=%s" % (name, value)) for name, value in pairs]
    return ModelNotFound(wanted=", ".join(wanted) or "any name", known=_known(connection, workspace_id, narrowed.name))


def _known(connection: Reading, workspace_id: str, name: Optional[str]) -> str:
    names = model_rows.names(connection, workspace_id)
    if not names:
        return "It has no models yet."
    if name in names:
        rows = model_rows.page(connection, workspace_id, ModelFilter(name=name), _NAMED)
        return "Versions of %s: %s." % (name, ", ".join(str(row.model.version) for row in rows))
    near = get_close_matches(name or "", names, 3)
    did = " Did you mean %s?" % " or ".join(near) if near else ""
    more = " and %d more" % (len(names) - _NAMED) if len(names) > _NAMED else ""
    return "Its models: %s%s.%s" % (", ".join(names[:_NAMED]), more, did)
