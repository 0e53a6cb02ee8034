"""A model's files come to this computer: each whole, with the right hash, under its name only then."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Iterator, List, Sequence, Tuple

from trainshed.contract.errors import CannotWrite, ServerUnreachable
from trainshed.contract.model_errors import ModelExistsHere
from trainshed.contract.names import check_file_name, new_id
from trainshed.sdk.files.places import writable
from trainshed.sdk.snapshot.recording import store_of

if TYPE_CHECKING:
    from trainshed.client.api import Api
    from trainshed.contract.models import ModelFile, ModelRecord
    from trainshed.sdk.workspace import Workspace

_TRIES = 3
_BLOCK_BYTES = 1 << 20


def bring(workspace: Workspace, model: ModelRecord, folder: str, *, replace: bool) -> str:
    """Bring a model into a folder; where its file or folder lies then.

    Raises:
        ModelExistsHere: a file is there and ``replace`` is False; nothing was written.
    """
    api = workspace._api
    target = os.fspath(folder) or "."
    wanted = _targets(api.models.files(workspace._workspace_id, model.name, model.version), target)
    for _, path in wanted:
        if os.path.isdir(path):
            raise CannotWrite(path=path, why="there is a folder of that name")
        if os.path.lexists(path) and not replace:
            raise ModelExistsHere(path=path)
    for file, path in wanted:
        with writable(path):
            _bring(api, file, path)
    return os.path.join(target, check_file_name(model.root))


def _targets(files: Sequence[ModelFile], folder: str) -> List[Tuple[ModelFile, str]]:
    # Names come from outside: each is checked again before it becomes a path here.
    return [(file, os.path.join(folder, *check_file_name(file.path).split("/"))) for file in files]


def _bring(api: Api, file: ModelFile, path: str) -> None:
    folder = os.path.dirname(path)
    os.makedirs(folder or ".", exist_ok=True)
    partial = os.path.join(folder, ".%s.%s.part" % (os.path.basename(path)[:100], new_id()[:8]))
    try:
        for tries in range(1, _TRIES + 1):
            try:
                _copy(api, file, partial)
                break
            except ServerUnreachable:
                if tries == _TRIES:
                    raise
        os.replace(partial, path)
    finally:
        if os.path.exists(partial):
            os.unlink(partial)


@contextmanager
def _content(api: Api, sha256: str) -> Iterator[Iterator[bytes]]:
    """Its bytes, piece by piece: on the server's own computer from the store itself, which saves a request."""
    home = store_of(api)
    path = None if home is None else str(home.content(sha256))
    if path is None or not os.access(path, os.R_OK):
        with api.get_blob(sha256) as stream:
            yield iter(stream)
        return
    with open(path, "rb", buffering=0) as file:
        yield iter(lambda: file.read(_BLOCK_BYTES), b"")


def _copy(api: Api, file: ModelFile, path: str) -> None:
    from hashlib import sha256

    digest = sha256()
    with _content(api, file.sha256) as blocks, open(path, "wb") as target:
        for block in blocks:
            digest.update(block)
            target.write(block)
    if digest.hexdigest() != file.sha256:
        why = "what came of %s has another hash than what was registered" % file.path
        raise ServerUnreachable(address=", ".join(api.client.addresses), why=why)
