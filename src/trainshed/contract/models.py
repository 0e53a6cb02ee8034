"""Registered models on the wire: what is kept about one, how one is registered, found and changed.

Follows: azureml.core.model.Model (1.11): the fields, their names and which of them may change.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Mapping, Optional, Tuple

from trainshed.contract.api import FileAsk
from trainshed.contract.frozen import dataclass, field
from trainshed.contract.model_errors import BadModelName

_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9\-._]{0,254}")


def check_model_name(name: object) -> str:
    """Return ``name`` if v1 would take it; else BadModelName. One that passes is safe in a path and a URL."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise BadModelName(name=name)
    return name


@dataclass(frozen=True)
class ModelDataset:
    """A dataset that a model was made from: ``purpose`` in the user's words, such as ``training data``."""

    purpose: str
    dataset_id: str
    name: Optional[str] = None
    version: Optional[int] = None


@dataclass(frozen=True)
class ModelResources:
    """What a service of the model shall get: cores, GiB, graphics cards."""

    cpu: Optional[float] = None
    memory_in_gb: Optional[float] = None
    gpu: Optional[int] = None


@dataclass(frozen=True)
class ModelFile:
    """A file of a model. ``path``: below the model's root, which is its first segment: ``model.pkl``,
    ``my_model/variables/index``.
    """

    path: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True)
class ModelRecord:
    """One version of a model.

    Args:
        id: 24 hex digits, never used again; people say ``name:version``.
        version: from 1 within the name; a deleted one's number is not given again.
        root: the name of the file or folder that the model is.
        is_folder: whether it is a folder.
        run_id, experiment: the run it came from, None for a model of the notebook's.
    """

    id: str
    workspace_id: str
    name: str
    version: int
    root: str
    is_folder: bool
    size_bytes: int
    file_count: int
    created_at: datetime
    updated_at: datetime
    created_by: str
    description: Optional[str] = None
    framework: Optional[str] = None
    framework_version: Optional[str] = None
    run_id: Optional[str] = None
    experiment: Optional[str] = None
    sample_input_dataset_id: Optional[str] = None
    sample_output_dataset_id: Optional[str] = None
    resources: Optional[ModelResources] = None
    tags: Mapping[str, Optional[str]] = field(default_factory=dict)
    properties: Mapping[str, Optional[str]] = field(default_factory=dict)
    datasets: Tuple[ModelDataset, ...] = ()

    @property
    def label(self) -> str:
        """``name:version``, v1's id of a model."""
        return "%s:%d" % (self.name, self.version)


@dataclass(frozen=True)
class ModelAsk:
    """Body of ``POST /workspaces/{ws}/models``.

    The model is what the run ``run_id`` has at ``run_path`` (a file, or a folder with all below it), or, without
    ``run_path``, the ``files``, whose paths begin with the model's root. ``id`` is made up by whoever asks, so that a
    repetition finds the model.
    """

    id: str
    name: str
    run_id: Optional[str] = None
    run_path: Optional[str] = None
    files: Tuple[FileAsk, ...] = ()
    tags: Mapping[str, Optional[str]] = field(default_factory=dict)
    properties: Mapping[str, Optional[str]] = field(default_factory=dict)
    description: Optional[str] = None
    framework: Optional[str] = None
    framework_version: Optional[str] = None
    datasets: Tuple[ModelDataset, ...] = ()
    sample_input_dataset_id: Optional[str] = None
    sample_output_dataset_id: Optional[str] = None
    resources: Optional[ModelResources] = None


@dataclass(frozen=True)
class ModelPatch:
    """Body of ``PATCH /workspaces/{ws}/models/{name}/{version}``; None leaves a value as it is.

    ``tags``: replaces all of them; then ``remove_tags`` and ``set_tags``. A property that has another value already is
    ModelPropertyExists, and nothing is changed.
    """

    tags: Optional[Mapping[str, Optional[str]]] = None
    set_tags: Mapping[str, Optional[str]] = field(default_factory=dict)
    remove_tags: Tuple[str, ...] = ()
    add_properties: Mapping[str, Optional[str]] = field(default_factory=dict)
    description: Optional[str] = None
    add_datasets: Tuple[ModelDataset, ...] = ()
    sample_input_dataset_id: Optional[str] = None
    sample_output_dataset_id: Optional[str] = None
    resources: Optional[ModelResources] = None


@dataclass(frozen=True)
class ModelPage:
    """Answer of ``GET /workspaces/{ws}/models``: newest first; ``next`` goes into ``?after=``, None at the end."""

    models: Tuple[ModelRecord, ...]
    next: Optional[str] = None


@dataclass(frozen=True)
class ModelFiles:
    """Answer of ``GET /workspaces/{ws}/models/{name}/{version}/files``, by path."""

    files: Tuple[ModelFile, ...]
