"""Files of a run come to this machine: whole or not at all, under their name only when they are whole."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, List, Optional, Sequence

from trainshed.contract.errors import BadValue, FileNotInRun, ServerUnreachable
from trainshed.contract.names import check_file_name
from trainshed.contract.tuples import NamedTuple
from trainshed.sdk.files.places import writable

if TYPE_CHECKING:
    from trainshed.client.api import Api

_TRIES = 5


class Run(NamedTuple):
    """Whose files are meant."""

    api: Api
    workspace_id: str
    id: str

    def names(self, prefix: Optional[str] = None) -> List[str]:
        """The names of the files that begin with ``prefix``, sorted. One request."""
        return [entry.path for entry in self.api.files(self.workspace_id, self.id, prefix or None)]


def one(run: Run, name: str, output: Optional[str]) -> str:
    """Bring one file; of one that is still being written, the bytes so far.

    Args:
        run: whose.
        name: the file's name in the run.
        output: a path, or a folder that exists or ends in a slash; None: the current folder.

    Returns:
        Where it lies now.

    Raises:
        FileNotInRun: there is none of that name; nothing was written.
        CannotWrite: there is no such place, or it is nobody's to write to.
    """
    clean = check_file_name(name)
    path = os.fspath(output) if output is not None else ""
    if not path or path.endswith(("/", os.sep)) or os.path.isdir(path):
        path = os.path.join(path, clean.rsplit("/", 1)[-1])
    _bring(run, clean, path)
    return path


def many(
    run: Run,
    prefix: Optional[str],
    output_directory: Optional[str],
    output_paths: Optional[Sequence[str]],
    *,
    append_prefix: bool,
) -> List[str]:
    """Bring all files whose names begin with ``prefix``; where they lie now.

    Raises:
        BadValue: ``output_paths`` are not as many as the files.
    """
    names = run.names(prefix)
    if output_paths is None:
        outputs = [_below(output_directory, name, prefix, append_prefix=append_prefix) for name in names]
    elif len(output_paths) != len(names):
        why = "%d paths were given for %d files: %s" % (len(output_paths), len(names), ", ".join(names[:20]) or "none")
        raise BadValue(what="output_paths", why=why)
    else:
        outputs = [os.path.join(output_directory or "", path) for path in output_paths]
    for name, path in zip(names, outputs):
        _bring(run, name, path)
    return outputs


def _below(folder: Optional[str], name: str, prefix: Optional[str], *, append_prefix: bool) -> str:
    """``outputs/a/b.txt`` in ``folder``; without the prefix: what follows it (or its last folder)."""
    relative = check_file_name(name)
    if prefix and not append_prefix:
        relative = name[len(prefix) :].lstrip("/") or name.rsplit("/", 1)[-1]
    return os.path.join(folder or "", *check_file_name(relative).split("/"))


def _bring(run: Run, name: str, path: str) -> None:
    from trainshed.contract.names import new_id

    folder = os.path.dirname(path)
    partial = os.path.join(folder, ".%s.%s.part" % (os.path.basename(path)[:100], new_id()[:8]))
    try:
        with run.api.stream_file(run.workspace_id, run.id, name) as stream, writable(path):
            # The server has the file; only now something is made on this side.
            if folder:
                os.makedirs(folder, exist_ok=True)
            with open(partial, "wb") as file:
                offset = _copy(stream, file)
                _check_whole(run, name, stream.headers.get("X-Trainshed-Size"), file, offset)
            os.replace(partial, path)
    finally:
        if os.path.exists(partial):
            os.unlink(partial)


def _copy(stream: object, file: object) -> int:
    """Bytes until the end, or until the connection breaks."""
    total = 0
    try:
        for block in stream:  # type: ignore[attr-defined]
            file.write(block)  # type: ignore[attr-defined]
            total += len(block)
    except ServerUnreachable:
        pass  # what is missing is asked for again
    return total


def _check_whole(run: Run, name: str, size: Optional[str], file: object, offset: int) -> None:
    """Ask for what did not come, as far as the file reached when it was opened."""
    wanted = int(size) if size is not None else offset
    for _ in range(_TRIES):
        if offset >= wanted:
            return
        with run.api.stream_file(run.workspace_id, run.id, name, offset=offset) as stream:
            offset += _copy(stream, file)
    if offset < wanted:
        why = "%d of %d bytes of %s came, in %d tries" % (offset, wanted, name, _TRIES + 1)
        raise ServerUnreachable(address=", ".join(run.api.client.addresses), why=why)


__all__ = ["FileNotInRun", "Run", "many", "one"]
