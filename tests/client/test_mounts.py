"""Which file system a path lies on, told from a mount table."""

from __future__ import annotations

from pathlib import Path

import pytest

from trainshed.client import mounts
from trainshed.contract.errors import NetworkHome

TABLE = """\
21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
22 21 0:20 / /proc rw - proc proc rw
30 21 0:40 / /home rw shared:5 - nfs4 server:/home rw,vers=4.2
31 30 0:41 / /home/ann/local rw - xfs /dev/sdb1 rw
32 21 0:42 / /mnt/my\\040share rw - cifs //nas/share rw
33 21 0:43 / /data rw - ext4 /dev/sdc1 rw
34 33 0:44 / /data rw master:2 - fuse.sshfs me@host: rw
35 21 0:45 / /mnt/c rw - 9p C:\\134 rw
broken line
"""


@pytest.mark.parametrize(
    ("path", "fs_type"),
    [
        ("/root/.trainshed", "ext4"),
        ("/", "ext4"),
        ("/home", "nfs4"),
        ("/home/bob/.trainshed", "nfs4"),
        ("/home/ann/local/x", "xfs"),
        ("/home/ann/localx", "nfs4"),
        ("/homes/x", "ext4"),
        ("/mnt/my share/x", "cifs"),
        ("/data/x", "fuse.sshfs"),
        ("/mnt/c/Users", "9p"),
    ],
)
def test_the_innermost_and_newest_mount_counts(path: str, fs_type: str) -> None:
    assert mounts.find_type(TABLE.splitlines(), path) == fs_type


def test_this_machine_tells() -> None:
    assert mounts.fs_type_of("/proc/self") == "proc"
    assert mounts.fs_type_of("/no/such/folder/yet")


@pytest.mark.parametrize("fs_type", ["nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "lustre", "gpfs", "beegfs"])
def test_those_of_a_network_are_known(fs_type: str) -> None:
    assert fs_type in mounts.NETWORK_TYPES


@pytest.mark.parametrize("fs_type", ["ext4", "xfs", "btrfs", "zfs", "tmpfs", "overlay", "fuseblk", "apfs"])
def test_those_of_a_disk_are_let_pass(fs_type: str) -> None:
    assert fs_type not in mounts.NETWORK_TYPES


def test_a_local_home_passes(tmp_path: Path) -> None:
    mounts.check_home(str(tmp_path))


def test_the_words_name_the_way_out() -> None:
    error = NetworkHome(home="/home/bob/.trainshed", fs_type="nfs4")
    assert "TRAINSHED_HOME" in str(error) and "TRAINSHED_SERVER" in str(error)
