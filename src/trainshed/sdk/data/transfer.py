"""Files into a datastore, and out of it."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, Iterable, List, Optional, Sequence, Tuple

from trainshed.contract.data import clean_pattern
from trainshed.contract.data_files import PART, relative_names, source
from trainshed.contract.errors import BadValue, SourceMissing
from trainshed.contract.spec import DataPath
from trainshed.sdk.data.places import telling

if TYPE_CHECKING:
    from trainshed.sdk.data.reference import DataReference
    from trainshed.sdk.data.stores import AbstractAzureStorageDatastore


def copy_file(origin: str, target: str) -> None:
    """Copy a file under a name that no dataset sees, then rename it: a target is whole or not there."""
    import shutil

    os.makedirs(os.path.dirname(target), exist_ok=True)
    partial = "%s.%d%s" % (target, os.getpid(), PART)
    try:
        shutil.copyfile(origin, partial)
        os.replace(partial, target)
    except BaseException:
        if os.path.lexists(partial):
            os.unlink(partial)
        raise


def folder_in(what: str, path: Any) -> str:
    """A path within a datastore, clean; BadValue if it would leave it."""
    try:
        return clean_pattern("" if path is None else os.fspath(path))
    except ValueError as error:
        raise BadValue(what="%s %r" % (what, path), why=str(error)) from error


def upload_folder(
    store: AbstractAzureStorageDatastore, folder: str, target: Optional[str], *, overwrite: bool, show: bool
) -> DataReference:
    """See :meth:`AbstractAzureStorageDatastore.upload`."""
    root = os.path.abspath(os.path.expanduser(os.fspath(folder)))
    if not os.path.isdir(root):
        why = "is a file; use upload_files." if os.path.exists(root) else "does not exist."
        raise SourceMissing(what="Folder", path=os.fspath(folder), why=why)
    path = DataPath("folder", root)
    with telling("read"):
        files = [(source(path, name), name) for name in relative_names(path)]
    return _upload(store, files, target, overwrite=overwrite, show=show)


def upload_files(
    store: AbstractAzureStorageDatastore,
    files: Sequence[str],
    relative_root: Optional[str],
    target: Optional[str],
    *,
    overwrite: bool,
    show: bool,
) -> DataReference:
    """See :meth:`AbstractAzureStorageDatastore.upload_files`."""
    if isinstance(files, (str, bytes)) or not isinstance(files, Iterable):
        raise BadValue(what="files %r" % (files,), why="give a list of paths")
    paths = [os.path.abspath(os.path.expanduser(os.fspath(file))) for file in files]
    for path in paths:
        if not os.path.isfile(path):
            raise SourceMissing(
                what="File", path=path, why="is no file." if os.path.exists(path) else "does not exist."
            )
    if relative_root is None:
        root = os.path.commonpath([os.path.dirname(path) for path in paths]) if paths else ""
    else:
        root = os.path.abspath(os.path.expanduser(os.fspath(relative_root)))
    return _upload(store, [(path, _below(path, root)) for path in paths], target, overwrite=overwrite, show=show)


def _below(path: str, root: str) -> str:
    if os.path.commonpath([path, root]) != root:
        raise BadValue(what="files", why="%s lies outside relative_root %s" % (path, root))
    return os.path.relpath(path, root).replace(os.sep, "/")


def _upload(
    store: AbstractAzureStorageDatastore,
    files: List[Tuple[str, str]],
    target: Optional[str],
    *,
    overwrite: bool,
    show: bool,
) -> DataReference:
    folder = folder_in("target_path", target)
    _say(show, "Uploading an estimated of %d files" % len(files))
    done = 0
    root = store._folder
    for origin, name in files:
        to = os.path.join(root, *folder.split("/"), *name.split("/"))
        if os.path.exists(to) and not overwrite:
            _say(show, "Target already exists. Skipping upload for %s" % "/".join(filter(None, (folder, name))))
            continue
        _say(show, "Uploading %s" % origin)
        with telling("copied"):
            copy_file(origin, to)
        done += 1
        _say(show, "Uploaded %s, %d files out of an estimated total of %d" % (origin, done, len(files)))
    _say(show, "Uploaded %d files" % done)
    return store.path(folder)


def download(
    store: AbstractAzureStorageDatastore, target: str, prefix: Optional[str], *, overwrite: bool, show: bool
) -> int:
    """See :meth:`AbstractAzureStorageDatastore.download`."""
    path = DataPath("folder", store._folder)
    begin = (prefix or "").replace("\\", "/").lstrip("/")
    with telling("read"):
        names = [name for name in relative_names(path) if name.startswith(begin)]
    _say(show, "Downloading an estimated of %d files" % len(names) if names else "There is no file to download.")
    done = 0
    for name in names:
        to = os.path.join(os.path.abspath(os.path.expanduser(os.fspath(target))), *name.split("/"))
        if os.path.exists(to) and not overwrite:
            _say(show, "Target already exists. Skipping download for %s" % name)
            continue
        _say(show, "Downloading %s" % name)
        with telling("copied"):
            copy_file(source(path, name), to)
        done += 1
        _say(show, "Downloaded %s, %d files out of an estimated total of %d" % (name, done, len(names)))
    return done


def _say(show: bool, text: str) -> None:
    if show:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
