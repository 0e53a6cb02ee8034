"""Which file system a folder lies on. On a network's, file locks and SQLite are not safe."""

from __future__ import annotations

import os
import re
from typing import Iterable, Optional, Tuple

from trainshed.contract.errors import NetworkHome

_KERNEL = """
nfs nfs4 cifs smb3 smbfs ncpfs 9p afs auristorfs ceph coda glusterfs lustre gpfs beegfs orangefs pvfs2 panfs wekafs
davfs
"""
_FUSE = """
sshfs s3fs rclone glusterfs ceph davfs smbnetfs gcsfuse blobfuse blobfuse2 goofys mfs moosefs juicefs cvmfs2
"""
NETWORK_TYPES = frozenset(_KERNEL.split()) | {"fuse." + name for name in _FUSE.split()}


def check_home(home: str) -> None:
    """Refuse a home on a network file system.

    Raises:
        NetworkHome: names the file system and the way out.
    """
    fs_type = fs_type_of(home)
    if fs_type in NETWORK_TYPES:
        raise NetworkHome(home=home, fs_type=fs_type)


def fs_type_of(path: str) -> Optional[str]:
    """The type of the file system that ``path`` lies, or would come to lie, on; None where nothing tells."""
    try:
        with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as table:
            return find_type(table, os.path.realpath(path))
    except OSError:
        return None  # not Linux


def find_type(mountinfo: Iterable[str], path: str) -> Optional[str]:
    """The type of the mount that ``path``, absolute and without links, lies on.

    Args:
        mountinfo: lines as in /proc/self/mountinfo, in the order of mounting.
        path: need not exist.
    """
    best: Tuple[int, Optional[str]] = (-1, None)
    for line in mountinfo:
        mount, _, rest = line.partition(" - ")
        fields = mount.split(" ")
        if len(fields) < 5 or not rest:
            continue
        point = _unescape(fields[4])
        # A later mount at the same place hides the earlier one.
        if len(point) >= best[0] and _lies_under(path, point):
            best = (len(point), rest.split(" ", 1)[0])
    return best[1]


def _lies_under(path: str, point: str) -> bool:
    return point == "/" or path == point or path.startswith(point + "/")


def _unescape(field: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found.group(1), 8)), field)
