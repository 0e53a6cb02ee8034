"""Models are registered: from a run's files, or from files of this computer.

Everything is checked before anything is sent. Contents go to the store as files of runs do; a model refers to them.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, List, Mapping, Optional, Sequence, Tuple

from trainshed.contract.api import FileAsk
from trainshed.contract.errors import BadFileName, BadValue
from trainshed.contract.frozen import dataclass
from trainshed.contract.model_errors import ModelSourceMissing
from trainshed.contract.models import ModelAsk, ModelDataset, ModelRecord, ModelResources, check_model_name
from trainshed.contract.names import check_file_name, new_id
from trainshed.sdk.files import sending
from trainshed.sdk.files.sending import Outgoing
from trainshed.sdk.labels import mapping, tag_values

if TYPE_CHECKING:
    from trainshed.sdk.run import Run
    from trainshed.sdk.workspace import Workspace


@dataclass(frozen=True)
class About:
    """What is said about a model, as the user gave it."""

    name: Any
    tags: Optional[Mapping[str, Any]] = None
    properties: Optional[Mapping[str, Any]] = None
    description: Optional[str] = None
    datasets: Optional[Sequence[Tuple[str, Any]]] = None
    framework: Optional[str] = None
    framework_version: Optional[str] = None
    sample_input_dataset: Any = None
    sample_output_dataset: Any = None
    resource_configuration: Any = None

    def ask(self, workspace: Workspace, **source: Any) -> ModelAsk:
        """The request; names and values are checked. Datasets that no server knows yet are kept first."""
        return ModelAsk(
            id=new_id(),
            name=check_model_name(self.name),
            tags=tag_values(self.tags or {}),
            properties=tag_values(mapping("properties", self.properties or {})),
            description=None if self.description is None else str(self.description),
            framework=None if self.framework is None else str(self.framework),
            framework_version=None if self.framework_version is None else str(self.framework_version),
            datasets=datasets(workspace, self.datasets),
            sample_input_dataset_id=dataset_id(workspace, self.sample_input_dataset),
            sample_output_dataset_id=dataset_id(workspace, self.sample_output_dataset),
            resources=resources(self.resource_configuration),
            **source,
        )


def from_here(workspace: Workspace, about: About, model_path: Any, child_paths: Optional[Sequence[str]]) -> ModelRecord:
    """Register a file or folder of this computer; ModelSourceMissing, BadModelName."""
    check_model_name(about.name)
    files = _children(model_path, child_paths) if child_paths else local_files(model_path)
    return _send(workspace, about.ask(workspace), files)


def from_run(run: Run, workspace: Workspace, about: About, model_path: Optional[str]) -> ModelRecord:
    """Register what a run has at ``model_path``; v1's rule where there is none: a file or folder named as the model.

    What the calling script (or notebook run) has just written to its ``./outputs`` counts as it lies there: nobody has
    to wait until it has been shipped.

    Raises:
        ModelPathNotFound: names the run's files.
    """
    check_model_name(about.name)
    path = str(about.name if model_path is None else os.fspath(model_path))
    folder = run._own_outputs()
    here = None if folder is None else _below_outputs(path, folder)
    if here is not None and os.path.exists(here):
        return _send(workspace, about.ask(workspace, run_id=run.id), local_files(here))
    clean = _relative(path, folder)
    return workspace._api.models.register(workspace._workspace_id, about.ask(workspace, run_id=run.id, run_path=clean))


def _relative(path: str, outputs: Optional[str]) -> str:
    """An absolute path in the script's own folder becomes the name that its file has in the run."""
    if outputs is not None and os.path.isabs(path):
        relative = os.path.relpath(os.path.realpath(path), os.path.realpath(os.path.dirname(outputs)))
        return path if relative.startswith("..") else relative
    return path


def _below_outputs(path: str, outputs: str) -> Optional[str]:
    """Where ``outputs/...`` of the run lies here; None for other names."""
    try:
        parts = check_file_name(_relative(path, outputs)).split("/")
    except BadFileName:
        return None
    return os.path.join(outputs, *parts[1:]) if parts[0] == "outputs" else None


def _send(workspace: Workspace, ask: ModelAsk, files: List[Outgoing]) -> ModelRecord:
    from dataclasses import replace

    def register(asks: List[FileAsk]) -> ModelRecord:
        return workspace._api.models.register(workspace._workspace_id, replace(ask, files=tuple(asks)))

    return sending.with_contents(workspace._api, files, register)


def local_files(model_path: Any) -> List[Outgoing]:
    """A file, or all files of a folder, named from its own name on; ModelSourceMissing."""
    try:
        path = os.path.abspath(os.fsdecode(os.fspath(model_path)))
    except TypeError as error:
        raise BadValue(what="model_path", why="a path is needed, not %s." % type(model_path).__name__) from error
    root = os.path.basename(path) or "model"
    if os.path.isdir(path):
        files = sending.from_folder(root, path)
        if not files:
            raise ModelSourceMissing(path=str(model_path), why="is a folder without files")
        return files
    if not os.path.isfile(path):
        raise ModelSourceMissing(path=str(model_path), why="cannot be found: there is no file or folder %s" % path)
    return [sending.from_path(root, path)]


def _children(model_path: Any, child_paths: Sequence[str]) -> List[Outgoing]:
    """Some files and folders of a folder, under the folder's name."""
    folder = os.path.abspath(os.fspath(model_path))
    if not os.path.isdir(folder):
        raise ModelSourceMissing(path=str(model_path), why="is no folder; child_paths are relative to one")
    files: List[Outgoing] = []
    for child in child_paths:
        relative = check_file_name(os.fspath(child))
        name, path = "%s/%s" % (os.path.basename(folder), relative), os.path.join(folder, *relative.split("/"))
        if os.path.isdir(path):
            files += sending.from_folder(name, path)
        elif os.path.isfile(path):
            files.append(sending.from_path(name, path))
        else:
            raise ModelSourceMissing(path=path, why="cannot be found")
    return files


# --- what v1 gives as objects


def datasets(workspace: Workspace, given: Optional[Sequence[Tuple[str, Any]]]) -> Tuple[ModelDataset, ...]:
    """Pairs of purpose and dataset."""
    try:
        pairs = [(str(purpose), dataset) for purpose, dataset in given or ()]
    except (TypeError, ValueError) as error:
        why = "a list of pairs of a purpose and a dataset is needed, not %r." % (given,)
        raise BadValue(what="datasets", why=why) from error
    return tuple(ModelDataset(purpose, str(dataset_id(workspace, dataset))) for purpose, dataset in pairs)


def dataset_id(workspace: Workspace, dataset: Any) -> Optional[str]:
    """The id of a dataset; one that no server knows yet is kept, which gives it one (1 request)."""
    if dataset is None or isinstance(dataset, str):
        return dataset
    dataset = getattr(dataset, "dataset", dataset)  # of one that was named as an input
    known = getattr(dataset, "id", None)
    if known is not None:
        return str(known)
    definition = getattr(dataset, "_definition", None)
    if definition is None:
        raise BadValue(what="dataset", why="a dataset is needed, not %s." % type(dataset).__name__)
    from trainshed.contract.data_records import DatasetAsk

    return workspace._api.data.keep_dataset(workspace._workspace_id, DatasetAsk(definition)).id


def resources(given: Any) -> Optional[ModelResources]:
    """A ResourceConfiguration as it is kept."""
    if given is None:
        return None
    try:
        return ModelResources(
            cpu=None if given.cpu is None else float(given.cpu),
            memory_in_gb=None if given.memory_in_gb is None else float(given.memory_in_gb),
            gpu=None if given.gpu is None else int(given.gpu),
        )
    except (AttributeError, TypeError, ValueError) as error:
        raise BadValue(what="resource_configuration", why="a ResourceConfiguration of numbers is needed.") from error
