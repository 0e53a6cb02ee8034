"""Files become files of a run. Names are checked and files looked for before anything is sent: all or none."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, BinaryIO, Dict, Iterator, List, NamedTuple, Sequence, Tuple, Union

from trainshed.contract.api import FileAsk
from trainshed.contract.errors import BadFileName, BadValue, SourceMissing
from trainshed.contract.names import check_file_name

if TYPE_CHECKING:
    from trainshed.client.api import Api

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
    clean = check_file_name(name)
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


def from_path_or_stream(name: str, source: Any) -> Outgoing:
    """The same; whatever has ``read`` is read to its end."""
    if not hasattr(source, "read"):
        return from_path(name, source)
    clean = check_file_name(name)
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
    """Make them files of the run, all at once; a content that the server has is not sent again.

    Requests: 2, plus 1 for each 1,000 files and for each content that the server lacks.

    Raises:
        FileExists: a name is taken and ``replace`` is False.
        BadFileName: one name is given twice.
    """
    if not files:
        return
    _check_distinct(files)
    hashed = [(file, *_hash(file.source)) for file in files]
    sources: Dict[str, Tuple[Union[str, bytes], int]] = {sha256: (file.source, size) for file, sha256, size in hashed}
    for missing in _missing(api, list(sources)):
        _send_content(api, missing, *sources[missing])
    asks = [FileAsk(file.name, sha256, size, replace=replace) for file, sha256, size in hashed]
    api.post_files(workspace_id, run_id, asks)


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


def _hash(source: Union[str, bytes]) -> Tuple[str, int]:
    from hashlib import sha256

    if isinstance(source, bytes):
        return sha256(source).hexdigest(), len(source)
    digest, size = sha256(), 0
    with open(source, "rb", buffering=0) as file:
        for block in _blocks(file):
            digest.update(block)
            size += len(block)
    return digest.hexdigest(), size


def _blocks(file: Any) -> Iterator[memoryview]:
    buffer = memoryview(bytearray(_BLOCK_BYTES))
    stream: BinaryIO = file
    while True:
        count = stream.readinto(buffer)  # type: ignore[attr-defined]
        if not count:
            return
        yield buffer[:count]
