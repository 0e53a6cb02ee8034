"""Take a snapshot of a source folder: list it, hash what is not known, give the whole a name."""

from __future__ import annotations

import os
import threading
import time
from typing import Dict, FrozenSet, List, Optional, Tuple

from trainshed.contract.errors import SourceChanging
from trainshed.contract.snapshot import Manifest, SnapshotFile
from trainshed.contract.tuples import NamedTuple
from trainshed.sdk.snapshot.hash_cache import HashCache, Known
from trainshed.sdk.snapshot.ignoring import AMLIGNORE
from trainshed.sdk.snapshot.reading import Changed, read
from trainshed.sdk.snapshot.walk import Found, Listing, walk

_TRIES = 5
_MEMORY_MOST = 20


class Copy(NamedTuple):
    """A content that lies in the server's ``store/incoming`` already; ``name`` within that folder."""

    name: str
    sha256: str
    size_bytes: int


class Snapshot(NamedTuple):
    """A source folder at a moment.

    Attributes:
        id: of the manifest.
        root: of the folder, absolute.
        manifest: its files.
        listing: their stamps.
        copies: contents that were copied while they were hashed.
        cache: to be saved once the run is on its way.
        is_new: some file was not known before, so the server hardly knows the snapshot.
    """

    id: str
    root: str
    manifest: Manifest
    listing: Listing
    copies: Tuple[Copy, ...]
    cache: HashCache
    is_new: bool


class _Last(NamedTuple):
    listing: Listing
    manifest: Manifest
    id: str
    cache: HashCache


_LOCK = threading.Lock()
#: The last snapshot of each folder, by folder and cache folder: an unchanged one is recognised by comparing lists.
_LAST: Dict[Tuple[str, Optional[str]], _Last] = {}


def take(
    root: str,
    *,
    cache_folder: Optional[str] = None,
    incoming: Optional[str] = None,
    left_out: FrozenSet[str] = frozenset(),
) -> Snapshot:
    """Take a snapshot.

    Args:
        root: the source folder, absolute.
        cache_folder: where hashes are remembered; None: in memory only.
        incoming: the store's folder for new contents, if it is on this machine: files that are not known are copied
            there while they are hashed.
        left_out: real paths of folders that never belong to a snapshot.

    Raises:
        SourceMissing, SourceUnreadable, SourceNameBad: see :func:`walk`.
        SourceChanging: a file changed at each of several tries.
    """
    for tries in range(1, _TRIES + 1):
        try:
            with _LOCK:
                return _take_once(root, cache_folder, incoming, left_out)
        except Changed as error:
            if tries == _TRIES:
                raise SourceChanging(path=error.path, tries=tries, ignore_file=AMLIGNORE) from error
    raise AssertionError("not reached")


def _take_once(root: str, cache_folder: Optional[str], incoming: Optional[str], left_out: FrozenSet[str]) -> Snapshot:
    listing = walk(root, left_out)
    key = (root, cache_folder)
    last = _LAST.get(key)
    if last is not None and last.listing == listing and _all_settled(listing, last.cache):
        return Snapshot(last.id, root, last.manifest, listing, (), last.cache, is_new=False)
    cache = last.cache if last is not None else HashCache(root, cache_folder)
    copies: List[Copy] = []
    try:
        fresh = _hash_unknown(root, listing, cache, incoming, copies)
    except BaseException:
        drop_copies(incoming, copies)
        raise
    cache.keep_only({file.path for file in listing.files})
    manifest = _manifest(listing, cache)
    snapshot_id = manifest.id()
    if len(_LAST) >= _MEMORY_MOST:
        _LAST.clear()
    _LAST[key] = _Last(listing, manifest, snapshot_id, cache)
    return Snapshot(snapshot_id, root, manifest, listing, tuple(copies), cache, is_new=fresh)


def _all_settled(listing: Listing, cache: HashCache) -> bool:
    known = cache.known
    return all(known[file.path].is_settled for file in listing.files)


def _hash_unknown(root: str, listing: Listing, cache: HashCache, incoming: Optional[str], copies: List[Copy]) -> bool:
    """Read the files that the cache cannot vouch for; True when one has a content that was not known."""
    fresh = False
    now_ns = time.time_ns()
    for file in listing.files:
        known = cache.known.get(file.path)
        same_stamp = known is not None and known.stamp == file.stamp
        if same_stamp and known is not None and known.is_settled:
            continue
        # One that was read a moment ago has most likely not changed since: no copy of it.
        sha256 = _read(root, file, None if same_stamp else incoming, copies)
        fresh = fresh or known is None or known.sha256 != sha256
        cache.put(file.path, Known(file.stamp, now_ns, sha256))
    return fresh


def _read(root: str, file: Found, incoming: Optional[str], copies: List[Copy]) -> str:
    path = os.path.join(root, file.path)
    if incoming is None:
        return read(path, file.stamp)
    name = "sdk-%s" % os.urandom(12).hex()
    sha256 = read(path, file.stamp, os.path.join(incoming, name))
    copies.append(Copy(name, sha256, file.size_bytes))
    return sha256


def drop_copies(incoming: Optional[str], copies: List[Copy]) -> None:
    """Remove copies that nobody will adopt."""
    for copy in copies:
        if incoming is not None and os.path.exists(os.path.join(incoming, copy.name)):
            os.unlink(os.path.join(incoming, copy.name))


def _manifest(listing: Listing, cache: HashCache) -> Manifest:
    files = [
        SnapshotFile(file.path, cache.known[file.path].sha256, file.size_bytes, file.is_executable)
        for file in listing.files
    ]
    files += [SnapshotFile(link.path, "", 0, link=link.target) for link in listing.links]
    return Manifest(tuple(sorted(files, key=lambda file: file.path)), listing.empty_folders)
