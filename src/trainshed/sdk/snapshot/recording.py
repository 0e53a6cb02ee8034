"""Make a server know a source folder: take the snapshot, send what is missing, again if a file changed meanwhile."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Optional, Set, Tuple

from trainshed.contract import variables
from trainshed.contract.errors import SourceChanging
from trainshed.contract.layout import HomeLayout, default_home
from trainshed.sdk.notices import warn_once
from trainshed.sdk.snapshot.ignoring import AMLIGNORE, our_folders
from trainshed.sdk.snapshot.reading import Changed
from trainshed.sdk.snapshot.sending import send
from trainshed.sdk.snapshot.taking import Snapshot, drop_copies, take

if TYPE_CHECKING:
    from trainshed.client.api import Api

_TRIES = 5
_LARGE_BYTES = 300 * 2**20
_MANY_FILES = 10_000

#: What a server has recorded already in this process: (its addresses, workspace, snapshot).
_RECORDED: Set[Tuple[Tuple[str, ...], str, str]] = set()


class Recorder:
    """Snapshots for one workspace.

    Args:
        api: of the server.
        workspace: its id.
    """

    def __init__(self, api: Api, workspace: str) -> None:
        self._api = api
        self._workspace = workspace
        self._incoming = incoming_folder(api)

    def take(self, root: str) -> Snapshot:
        """The folder as it is now; no request. See :func:`~trainshed.sdk.snapshot.taking.take` for its errors."""
        return take(root, cache_folder=_cache_folder(), incoming=self._incoming, left_out=our_folders())

    def hardly_knows(self, snapshot: Snapshot) -> bool:
        """Whether it is better to send the snapshot than to try whether the server has it."""
        return snapshot.is_new and self._key(snapshot) not in _RECORDED

    def send(self, snapshot: Snapshot) -> Snapshot:
        """Have the snapshot recorded; taken anew when a file changed since. Gives the one that was recorded.

        Raises:
            SourceChanging: a file changed at each of several tries.
        """
        _tell_if_large(snapshot)
        for tries in range(1, _TRIES + 1):
            try:
                send(self._api, self._workspace, snapshot, self._incoming)
                break
            except Changed as error:
                if tries == _TRIES:
                    raise SourceChanging(path=error.path, tries=tries, ignore_file=AMLIGNORE) from error
                snapshot.cache.forget()
                snapshot = self.take(snapshot.root)
        _RECORDED.add(self._key(snapshot))
        return snapshot

    def record(self, root: str) -> str:
        """Take a folder's snapshot and have it recorded; its id. Requests: 1 when the server has all contents."""
        snapshot = self.send(self.take(root))
        snapshot.cache.save()
        return snapshot.id

    def drop(self, snapshot: Snapshot) -> None:
        """Remove copies that were made for nothing: the server had the contents."""
        drop_copies(self._incoming, list(snapshot.copies))

    def _key(self, snapshot: Snapshot) -> Tuple[Tuple[str, ...], str, str]:
        return self._api.client.addresses, self._workspace, snapshot.id


def _tell_if_large(snapshot: Snapshot) -> None:
    from trainshed.contract import words

    files, size_bytes = snapshot.listing.files, snapshot.manifest.size_bytes
    if size_bytes < _LARGE_BYTES and len(files) < _MANY_FILES:
        return
    largest = sorted(files, key=lambda file: -file.size_bytes)[:3]
    names = ", ".join("%s (%s)" % (file.path, words.size(file.size_bytes)) for file in largest)
    warn_once(
        "The snapshot of %s holds %d files, %s; the largest: %s. Leave out what the script does not need by lines in "
        ".amlignore (see: trainshed snapshot explain)." % (snapshot.root, len(files), words.size(size_bytes), names)
    )


def incoming_folder(api: Api) -> Optional[str]:
    """The server's folder for new contents, when the server is this computer's and we may write there."""
    if os.environ.get(variables.RUN_ID):
        return None  # a run's token may not adopt
    for address in api.client.addresses:
        if address.startswith("unix://"):
            folder = str(_layout(os.path.dirname(address[7:])).incoming)
            return folder if os.access(folder, os.W_OK | os.X_OK) else None
    return None


def store_of(api: Api) -> Optional[HomeLayout]:
    """The home of the server, when it is this computer's and we may read its store; not from within a run."""
    incoming = incoming_folder(api)
    return None if incoming is None else _layout(os.path.dirname(os.path.dirname(incoming)))


def _cache_folder() -> Optional[str]:
    if os.environ.get(variables.RUN_ID):
        return None  # a node keeps nothing of ours
    return str(HomeLayout(default_home()).hash_cache)


def _layout(home: str) -> HomeLayout:
    from pathlib import Path

    return HomeLayout(Path(home))
