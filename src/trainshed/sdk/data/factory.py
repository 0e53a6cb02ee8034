"""``Dataset.File``: datasets of files, from paths and URLs.

Follows: azureml.data.dataset_factory.FileDatasetFactory (1.62). Known differences: URLs have no wildcards and are asked
for when the dataset is read or submitted; ``partition_format`` comes later.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Dict, List, NoReturn, Optional, Tuple

from trainshed.contract.data import clean_pattern, has_wildcard
from trainshed.contract.errors import BadValue, ComesLater
from trainshed.contract.spec import DataPath
from trainshed.sdk.data.places import is_url, require_any, with_roots
from trainshed.sdk.data.reference import DataPath as StorePath
from trainshed.sdk.data.reference import DataReference
from trainshed.sdk.data.stores import AbstractDatastore
from trainshed.sdk.data.transfer import folder_in

if TYPE_CHECKING:
    from trainshed.sdk.data.file_dataset import FileDataset


class FileDatasetFactory:
    """What makes file datasets."""

    @staticmethod
    def from_files(
        path: Any, validate: bool = True, partition_format: Optional[str] = None, is_file: bool = False
    ) -> FileDataset:
        """A dataset of files. Nothing is copied.

        Args:
            path: a local path, an http(s) URL, ``(datastore, path)``, a DataPath or DataReference, or a list of
                these. Paths may hold ``*``, ``?`` and ``**``; a folder stands for all that is below it.
            validate: check now that every path has a file; reading and submitting check it anyway, URLs only then.
            partition_format: comes later.
            is_file: kept for v1; what is a file is seen.

        Raises:
            NoFiles: a path matches nothing. BadValue: it is no path.
            DatastoreWithoutFolder: with ``validate``, a datastore in Azure that no folder stands in for.
        """
        from trainshed.sdk.data.file_dataset import FileDataset

        if partition_format is not None:
            raise ComesLater(what="partition_format", instead="Leave it out.")
        stores: Dict[str, Any] = {}
        items = list(path) if isinstance(path, (list, set)) else [path]
        paths = [_data_path(item, stores) for item in items]
        if not paths:
            raise BadValue(what="path []", why="give at least one path")
        workspace = next((store.workspace for store in stores.values()), None)
        if validate:
            require_any(with_roots(paths, stores, workspace))
        return FileDataset._make(paths, (), stores, workspace)

    @staticmethod
    def upload_directory(
        src_dir: str, target: Any, pattern: Optional[str] = None, overwrite: bool = False, show_progress: bool = True
    ) -> FileDataset:
        """Copy a local folder into a datastore, and make a dataset of the copy.

        Args:
            src_dir: the folder.
            target: a datastore, ``(datastore, path)`` or a DataPath.
            pattern: only files whose names below ``src_dir`` fit, such as ``*.csv`` or ``**/*.csv``.
            overwrite: replace files that are there; else they stay as they are.
            show_progress: print a line per file.

        Raises:
            SourceMissing: there is no such folder. NoFiles: no file fits.
        """
        from trainshed.contract.data_files import relative_names, source

        store, folder = _target(target)
        root = os.path.abspath(os.path.expanduser(os.fspath(src_dir)))
        if pattern is None:
            store.upload(root, folder, overwrite, show_progress)
        else:
            wanted = DataPath("folder", root, folder_in("pattern", pattern))
            require_any([wanted])
            files = [source(wanted, name) for name in relative_names(wanted)]
            store.upload_files(files, root, folder, overwrite, show_progress)
        return FileDatasetFactory.from_files((store, folder))


class LaterTabular:
    """``Dataset.Tabular``, until it is there."""

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__"):
            raise AttributeError(name)
        raise ComesLater(
            what="Dataset.Tabular.%s" % name,
            instead="Read the files of a file dataset: pandas.read_csv(path) for path in dataset.download().",
        )

    def __repr__(self) -> str:
        return "<Dataset.Tabular comes in a later release>"


def _data_path(item: Any, stores: Dict[str, Any]) -> DataPath:
    """One path of a dataset; its datastore goes into ``stores``."""
    if isinstance(item, StorePath):
        return _in_store(item._datastore, item.path_on_datastore, stores)
    if isinstance(item, DataReference):
        return _in_store(item.datastore, item.path_on_datastore, stores)
    if isinstance(item, tuple) and len(item) == 2:
        return _in_store(item[0], item[1], stores)
    if isinstance(item, AbstractDatastore):
        return _in_store(item, None, stores)
    if isinstance(item, (str, os.PathLike)) and os.fspath(item):
        text = os.fspath(item)
        return _of_url(str(text)) if "://" in str(text) else _local(str(text))
    raise BadValue(
        what="path %r" % (item,), why="give a local path, a URL, (datastore, 'path'), a DataPath, or a list of these"
    )


def _in_store(store: Any, path: Any, stores: Dict[str, Any]) -> DataPath:
    if not isinstance(store, AbstractDatastore):
        raise BadValue(what="datastore %r" % (store,), why="give a datastore, such as ws.get_default_datastore()")
    if path is not None and not isinstance(path, (str, os.PathLike)):
        raise BadValue(what="path %r" % (path,), why="give a path relative to the datastore")
    stores[store.name] = store
    return DataPath("folder", "", folder_in("path", path), store.name)


def _of_url(url: str) -> DataPath:
    from urllib.parse import urlsplit

    if not is_url(url):
        raise BadValue(
            what="path %r" % url, why="only http and https addresses can be read; use a datastore for others"
        )
    if not urlsplit(url).hostname:
        raise BadValue(what="path %r" % url, why="it names no host")
    if has_wildcard(urlsplit(url).path):
        raise BadValue(what="path %r" % url, why="a web server lists no files: give one URL for each")
    return DataPath("url", url)


def _local(text: str) -> DataPath:
    """A folder, a file, or a pattern: split where the wildcards begin."""
    whole = os.path.abspath(os.path.expanduser(text))
    if os.path.isdir(whole):
        return DataPath("folder", whole)
    root, name = os.path.split(whole)
    if os.path.isfile(whole) or not has_wildcard(whole):
        return DataPath("folder", root, name)
    head, below = _before_wildcards(whole)
    return DataPath("folder", head, clean_pattern("/".join(below)))


def _before_wildcards(path: str) -> Tuple[str, List[str]]:
    head = path
    below: List[str] = []
    while has_wildcard(head):
        head, name = os.path.split(head)
        below.insert(0, name)
    return head, below


def _target(target: Any) -> Tuple[Any, str]:
    stores: Dict[str, Any] = {}
    if isinstance(target, (AbstractDatastore, StorePath, DataReference, tuple)):
        path = _data_path(target, stores)
        return stores[str(path.datastore)], path.pattern
    raise BadValue(what="target %r" % (target,), why="give a datastore, (datastore, 'path') or a DataPath")
