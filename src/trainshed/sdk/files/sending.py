"""Files become files of a run. Names are checked and files looked for before anything is sent: all or none."""

from __future__ import annotations

import os
from typing import (
    TYPE_CHECKING,
    Any,
    BinaryIO,
    Callable,
    Dict,
    Iterator,
    List,
    Optional,
    Sequence,
    Tuple,
    TypeVar,
    Union,
)

from trainshed.contract.api import FileAsk
from trainshed.contract.errors import BadFileName, BadValue, SourceMissing, StorageFull
from trainshed.contract.names import check_file_name, new_id
from trainshed.contract.tuples import NamedTuple
from trainshed.sdk.snapshot.recording import incoming_folder

if TYPE_CHECKING:
    from trainshed.client.api import Api

T = TypeVar("T")
_BLOCK_BYTES = 1 << 20
_ASKED_AT_ONCE = 1000


class Outgoing(NamedTuple):
    """What will be the run's file ``name``: a path, or bytes."""

    name: str
    source: Union[str, bytes]


def from_path(name: str, path: Any) -> Outgoing:
    """A file that lies on this machine.

    Raises:
        BadFileName: ``name`` cannot be a file of a run.
        SourceMissing: there is no such file.
    """
    clean = _checked(name)
    try:
        text = os.fspath(path)
    except TypeError as error:
        why = "must be a path or an open binary file, not %s." % type(path).__name__
        raise BadValue(what="path_or_stream", why=why) from error
    text = os.fsdecode(text)
    if not os.path.isfile(text):
        why = "is a folder; use upload_folder." if os.path.isdir(text) else "does not exist. Nothing was uploaded."
        raise SourceMissing(what="File", path=text, why=why)
    return Outgoing(clean, text)


def _checked(name: str) -> str:
    clean = check_file_name(name)
    if name.endswith(("/", "\\")):
        raise BadFileName(path=name, why="it ends like a folder's")
    return clean


def from_path_or_stream(name: str, source: Any) -> Outgoing:
    """The same; whatever has ``read`` is read to its end."""
    if not hasattr(source, "read"):
        return from_path(name, source)
    clean = _checked(name)
    data = source.read()
    return Outgoing(clean, data.encode("utf-8") if isinstance(data, str) else bytes(data))


def from_folder(name: str, folder: Any) -> List[Outgoing]:
    """All files below a folder, named by their paths within it, below ``name``.

    Raises:
        SourceMissing: there is no such folder.
    """
    root = os.fsdecode(os.fspath(folder))
    if not os.path.isdir(root):
        raise SourceMissing(what="Folder", path=root, why="does not exist or is no folder. Nothing was uploaded.")
    prefix = check_file_name(name) if name not in ("", ".", "./") else ""
    found = []
    for path in sorted(_walk(root)):
        relative = os.path.relpath(path, root).replace(os.sep, "/")
        found.append(Outgoing(check_file_name("%s/%s" % (prefix, relative) if prefix else relative), path))
    return found


def _walk(root: str) -> Iterator[str]:
    for folder, _, names in os.walk(root):
        for name in names:
            path = os.path.join(folder, name)
            if os.path.isfile(path):
                yield path


def send(api: Api, workspace_id: str, run_id: str, files: Sequence[Outgoing], *, replace: bool = False) -> None:
    """Make them files of the run, all at once.

    On the server's own machine a content is copied and hashed in one pass into the store's ``incoming`` (1 request in
    all). Elsewhere one that the server has is not sent again (2 requests, plus 1 for each 1,000 files and for each
    content that the server lacks).

    Raises:
        FileExists: a name is taken and ``replace`` is False.
        BadFileName: one name is given twice.
    """
    if files:
        with_contents(api, files, lambda asks: api.post_files(workspace_id, run_id, asks), replace=replace)


def with_contents(
    api: Api, files: Sequence[Outgoing], record: Callable[[List[FileAsk]], T], *, replace: bool = False
) -> T:
    """Have the contents where the server can take them, and call ``record`` with what they are; its result."""
    _check_distinct(files)
    incoming = incoming_folder(api)
    if incoming is None:
        return record(_upload(api, files, replace=replace))
    names: List[str] = []
    try:
        return record([_copy(file, incoming, names, replace=replace) for file in files])
    finally:
        for name in names:
            path = os.path.join(incoming, name)
            if os.path.exists(path):  # refused, or the store had it
                os.unlink(path)


def _copy(file: Outgoing, incoming: str, names: List[str], *, replace: bool) -> FileAsk:
    """Into ``incoming``, under a name that is added to ``names`` before anything is written."""
    name = "sdk-" + new_id()
    names.append(name)
    try:
        with open(os.path.join(incoming, name), "xb", buffering=0) as target:
            sha256, size = _hash(file.source, target)
    except OSError as error:
        import errno

        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS):
            raise StorageFull(why=error.strerror, home=incoming) from error
        raise
    return FileAsk(file.name, sha256, size, incoming=name, replace=replace)


def _upload(api: Api, files: Sequence[Outgoing], *, replace: bool) -> List[FileAsk]:
    hashed = [(file, *_hash(file.source)) for file in files]
    sources: Dict[str, Tuple[Union[str, bytes], int]] = {sha256: (file.source, size) for file, sha256, size in hashed}
    for missing in _missing(api, list(sources)):
        _send_content(api, missing, *sources[missing])
    return [FileAsk(file.name, sha256, size, replace=replace) for file, sha256, size in hashed]


def _check_distinct(files: Sequence[Outgoing]) -> None:
    seen = set()
    for file in files:
        if file.name in seen:
            raise BadFileName(path=file.name, why="it is given twice")
        seen.add(file.name)


def _missing(api: Api, hashes: List[str]) -> Iterator[str]:
    for start in range(0, len(hashes), _ASKED_AT_ONCE):
        yield from api.have(hashes[start : start + _ASKED_AT_ONCE])


def _send_content(api: Api, sha256: str, source: Union[str, bytes], size_bytes: int) -> None:
    if isinstance(source, bytes):
        api.send_blob(sha256, source, size_bytes)
        return
    with open(source, "rb") as file:
        api.send_blob(sha256, file, size_bytes)


def _hash(source: Union[str, bytes], copy_to: Optional[BinaryIO] = None) -> Tuple[str, int]:
    """sha256 and size of a content, copied on the way if ``copy_to`` (an unbuffered file) is given."""
    from hashlib import sha256

    digest, size = sha256(), 0
    for block in (source,) if isinstance(source, bytes) else _blocks(source):
        digest.update(block)
        size += len(block)
        rest = memoryview(block)
        while copy_to is not None and rest:
            rest = rest[copy_to.write(rest) :]
    return digest.hexdigest(), size


def _blocks(path: str) -> Iterator[memoryview]:
    with open(path, "rb", buffering=0) as file:
        # One byte more than a small file has, so that its end is seen at the second read.
        buffer = memoryview(bytearray(min(os.fstat(file.fileno()).st_size + 1, _BLOCK_BYTES)))
        while True:
            count = file.readinto(buffer)
            if not count:
                return
            yield buffer[:count]
