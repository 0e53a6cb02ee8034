"""Send a snapshot to the server: only the contents that it lacks, each once.

On the server's own file system a content is copied and hashed in one pass into ``store/incoming`` and adopted by name;
elsewhere it goes over HTTP, where a broken upload goes on where it stopped.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Dict, List, Optional, Sequence

from trainshed.contract.api import AdoptAsk, Adopted
from trainshed.contract.errors import ContentMismatch, SourceChanging
from trainshed.sdk.snapshot.ignoring import AMLIGNORE
from trainshed.sdk.snapshot.reading import Changed, read
from trainshed.sdk.snapshot.taking import Copy, Snapshot, drop_copies
from trainshed.sdk.snapshot.walk import Found

if TYPE_CHECKING:
    from trainshed.client.api import Api

_ADOPTED_AT_ONCE = 1000


def send(api: Api, workspace: str, snapshot: Snapshot, incoming: Optional[str]) -> int:
    """Make the server know the snapshot.

    Requests: 1 when it has all contents; otherwise 2, plus 1 for each 1,000 contents adopted or each one uploaded.

    Args:
        incoming: the store's folder for new contents, None when it is not on this machine.

    Returns:
        How many bytes were sent.

    Raises:
        Changed: a file is no longer as it was listed; take the snapshot again.
    """
    copies = list(snapshot.copies)
    try:
        sent_bytes = _adopt(api, copies)
        missing = api.put_snapshot(workspace, snapshot.id, snapshot.manifest)
        if missing:
            sent_bytes += _send_missing(api, snapshot, missing, incoming)
            missing = api.put_snapshot(workspace, snapshot.id, snapshot.manifest)
        if missing:
            raise SourceChanging(path=snapshot.root, tries=1, ignore_file=AMLIGNORE)
        return sent_bytes
    finally:
        drop_copies(incoming, copies)


def _adopt(api: Api, copies: Sequence[Copy]) -> int:
    for start in range(0, len(copies), _ADOPTED_AT_ONCE):
        some = copies[start : start + _ADOPTED_AT_ONCE]
        api.adopt(AdoptAsk(tuple(Adopted(copy.name, copy.sha256, copy.size_bytes) for copy in some)))
    return sum(copy.size_bytes for copy in copies)


def _send_missing(api: Api, snapshot: Snapshot, missing: Sequence[str], incoming: Optional[str]) -> int:
    by_content: Dict[str, Found] = {}
    stamps = {file.path: file for file in snapshot.listing.files}
    for row in snapshot.manifest.files:
        if not row.link:
            by_content.setdefault(row.sha256, stamps[row.path])
    copies: List[Copy] = []
    try:
        for sha256 in missing:
            file = by_content[sha256]
            path = os.path.join(snapshot.root, file.path)
            if incoming is None:
                _upload(api, path, file, sha256)
                continue
            name = "sdk-%s" % os.urandom(12).hex()
            found = read(path, file.stamp, os.path.join(incoming, name))
            copies.append(Copy(name, found, file.size_bytes))
            if found != sha256:
                raise Changed(path)
        _adopt(api, copies)
    finally:
        drop_copies(incoming, copies)
    return sum(by_content[sha256].size_bytes for sha256 in missing)


def _upload(api: Api, path: str, file: Found, sha256: str) -> None:
    try:
        with open(path, "rb") as source:
            api.send_blob(sha256, source, file.size_bytes)
    except (ContentMismatch, FileNotFoundError) as error:
        raise Changed(path) from error
