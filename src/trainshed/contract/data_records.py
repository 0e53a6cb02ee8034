"""What server and SDK tell each other about datastores and datasets."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Mapping, Optional, Tuple

from trainshed.contract.errors import BadValue
from trainshed.contract.frozen import dataclass, field
from trainshed.contract.spec import DataPath, DataStep
from trainshed.contract.status import RunStatus

BLOB_STORE = "workspaceblobstore"
FILE_STORE = "workspacefilestore"
#: The datastores that every workspace has.
OWN_STORES = (BLOB_STORE, FILE_STORE)

#: The kinds of v1 that can be registered; their files lie in a folder that ``data.json`` names.
AZURE_BLOB = "AzureBlob"
AZURE_FILE = "AzureFile"
STORE_TYPES = (
    AZURE_BLOB,
    AZURE_FILE,
    "AzureDataLake",
    "AzureDataLakeGen2",
    "AzureSqlDatabase",
    "AzurePostgreSql",
    "AzureMySql",
)

FILE_DATASET = "file"
_STORE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,254}")
_LONGEST_NAME = 255
_DATASET_NAME = re.compile(r"(?![-.\s])[^/\\:]{0,254}[^/\\:\s]")


@dataclass(frozen=True)
class DatastoreRecord:
    """A datastore of a workspace.

    Args:
        type: v1's word, such as ``AzureBlob``.
        properties: what it was registered with, secrets left out: ``container_name``, ``account_name`` ...
        folder: where its files lie, absolute; None: no folder stands in for it.
        settings: the file where one can be named.
        own: made by us for every workspace.
    """

    name: str
    type: str
    properties: Mapping[str, Any] = field(default_factory=dict)
    folder: Optional[str] = None
    settings: str = ""
    own: bool = False
    is_default: bool = False
    created_at: Optional[datetime] = None


@dataclass(frozen=True)
class DatastoreAsk:
    """Register a datastore. ``overwrite``: one of that name may be replaced."""

    name: str
    type: str
    properties: Mapping[str, Any] = field(default_factory=dict)
    overwrite: bool = False


@dataclass(frozen=True)
class DatastorePage:
    """The datastores of a workspace, the default one marked."""

    datastores: Tuple[DatastoreRecord, ...]


@dataclass(frozen=True)
class DatasetDefinition:
    """What a dataset is: the same definition, the same dataset.

    ``root`` of a path within a datastore is empty: where a datastore lies is looked up when it is read.
    """

    kind: str = FILE_DATASET
    paths: Tuple[DataPath, ...] = ()
    steps: Tuple[DataStep, ...] = ()


@dataclass(frozen=True)
class DatasetRecord:
    """A dataset that is kept; ``name`` and ``version`` are None for one that is not registered.

    Args:
        latest: it is the newest version of its name.
    """

    id: str
    definition: DatasetDefinition
    created_at: datetime
    name: Optional[str] = None
    version: Optional[int] = None
    latest: bool = False
    description: Optional[str] = None
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class DatasetAsk:
    """Keep a dataset; with a name, register it. The same definition under the same name is the same version."""

    definition: DatasetDefinition
    name: Optional[str] = None
    description: Optional[str] = None
    tags: Mapping[str, str] = field(default_factory=dict)
    create_new_version: bool = False


@dataclass(frozen=True)
class DatasetPatch:
    """Change a registered version. None leaves as it is."""

    description: Optional[str] = None
    set_tags: Mapping[str, str] = field(default_factory=dict)
    remove_tags: Tuple[str, ...] = ()


@dataclass(frozen=True)
class DatasetPage:
    """Datasets by name, of each name the newest version (or all of one name, newest first)."""

    datasets: Tuple[DatasetRecord, ...]


@dataclass(frozen=True)
class DatasetUse:
    """A run that was given a dataset. ``name``: of the input; ``mode``: mount, download or direct."""

    run_id: str
    status: RunStatus
    name: str
    mode: str


@dataclass(frozen=True)
class DatasetUses:
    """The runs that were given a dataset, newest first."""

    uses: Tuple[DatasetUse, ...]


def check_store_name(name: Any) -> str:
    """The name, if it can be a datastore's; BadValue."""
    if not isinstance(name, str) or not _STORE_NAME.fullmatch(name):
        raise BadValue(what="datastore name %r" % (name,), why="use 1 to 255 letters, digits and '_'")
    return name


def check_dataset_name(name: Any) -> str:
    """The name, if it can be a dataset's; BadValue."""
    if not isinstance(name, str) or not _DATASET_NAME.fullmatch(name) or not name.isprintable():
        shown = name[:60] + "..." if isinstance(name, str) and len(name) > _LONGEST_NAME else name
        why = "use 1 to %d characters, no /, \\ or :, no blank at an end, no '-' or '.' first" % _LONGEST_NAME
        raise BadValue(what="dataset name %r" % (shown,), why=why)
    return name
