"""Where a notebook's metrics lie on their way, and what a notebook that was killed has left there.

Each folder has a lock that its process (and what it forked) holds while it lives. A folder that nobody holds is sent
by the next process that works with the same server.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Dict, List, Optional

from trainshed.contract import variables
from trainshed.contract.exceptions import AzureMLException
from trainshed.contract.layout import HomeLayout, default_home

if TYPE_CHECKING:
    from trainshed.client.api import Api

_OWNER, _LOCK, _ACKED = "owner.json", "owner.lock", "acked"
_SEND_S = 10.0

#: The locks of this process, by folder; held until it ends.
_held: Dict[str, int] = {}


def make(api: Api, workspace_id: str) -> str:
    """A new folder, held by this process. Where the home cannot be written to: a temporary one."""
    from trainshed.contract.names import new_id

    folder = str(HomeLayout(default_home()).notebooks / new_id())
    try:
        os.makedirs(folder, mode=0o700)
    except OSError:
        import tempfile

        return tempfile.mkdtemp(prefix="trainshed-metrics-")
    _hold(folder)
    with open(os.path.join(folder, _OWNER), "w", encoding="utf-8") as file:
        json.dump({"workspace": workspace_id, "server": _server()}, file)
    return folder


def remove(folder: str) -> None:
    """Remove a folder whose spools are gone; one that still holds some stays."""
    try:
        if any(name.endswith(".spool") for name in os.listdir(folder)):
            return
        for name in (_ACKED, _OWNER, _LOCK):
            if os.path.exists(os.path.join(folder, name)):
                os.unlink(os.path.join(folder, name))
        os.rmdir(folder)
    except OSError:
        return  # somebody else is removing it, or the disk does not let us
    file = _held.pop(folder, None)
    if file is not None:
        os.close(file)


def send(api: Api) -> None:
    """Send what killed notebooks have left for this server. What cannot be sent now stays for the next time."""
    root = str(HomeLayout(default_home()).notebooks)
    try:
        folders: List[str] = [os.path.join(root, name) for name in os.listdir(root)]
    except OSError:
        return
    for folder in folders:
        if folder not in _held and _hold(folder):
            _send(api, folder)


def _send(api: Api, folder: str) -> None:
    from trainshed.sdk.metrics.shipping import Shipper

    try:
        with open(os.path.join(folder, _OWNER), encoding="utf-8") as file:
            owner = json.load(file)
        if owner["server"] == _server():
            Shipper(api, owner["workspace"], folder).finish(_SEND_S, all_files=True)
            remove(folder)
    except (OSError, ValueError, KeyError, TypeError):
        remove(folder)  # killed before it had written anything
    except AzureMLException:
        pass
    file_held: Optional[int] = _held.pop(folder, None)
    if file_held is not None:
        os.close(file_held)


def _hold(folder: str) -> bool:
    """Take the folder's lock; False: its process lives, or there are no such locks here."""
    try:
        import fcntl
    except ImportError:
        return False
    try:
        file = os.open(os.path.join(folder, _LOCK), os.O_RDWR | os.O_CREAT, 0o600)
    except OSError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(file)
        return False
    _held[folder] = file
    return True


def _server() -> str:
    return os.environ.get(variables.SERVER, "")
