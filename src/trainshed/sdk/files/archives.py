"""A snapshot as a ZIP file."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Optional

from trainshed.contract.names import check_file_name, new_id
from trainshed.sdk.files.places import writable

if TYPE_CHECKING:
    from zipfile import ZipFile

    from trainshed.client.api import Api
    from trainshed.contract.snapshot import SnapshotFile

_LINK, _FILE = 0o120777, 0o100644


def snapshot(api: Api, workspace_id: str, snapshot_id: str, folder: Optional[str]) -> str:
    """Write ``<folder>/<snapshot id>.zip``; where it is. SnapshotMissing: the server has none of that id."""
    from zipfile import ZIP_DEFLATED, ZipFile

    manifest = api.get_snapshot(workspace_id, snapshot_id)
    folder = os.fspath(folder) if folder is not None else os.getcwd()
    path = os.path.join(folder, snapshot_id + ".zip")
    partial = "%s.%s.part" % (path, new_id()[:8])
    try:
        with writable(path):
            os.makedirs(folder, exist_ok=True)
        with writable(path), ZipFile(partial, "w", ZIP_DEFLATED) as archive:
            for empty in manifest.folders:
                archive.writestr(check_file_name(empty) + "/", b"")
            for file in manifest.files:
                _add(api, archive, file)
        os.replace(partial, path)
    finally:
        if os.path.exists(partial):
            os.unlink(partial)
    return path


def _add(api: Api, archive: ZipFile, file: SnapshotFile) -> None:
    from zipfile import ZIP_DEFLATED, ZipInfo

    info = ZipInfo(check_file_name(file.path))
    info.compress_type = ZIP_DEFLATED
    info.external_attr = (_LINK if file.link else _FILE | (0o111 if file.executable else 0)) << 16
    if file.link:
        archive.writestr(info, file.link)
        return
    info.file_size = file.size_bytes
    with api.get_blob(file.sha256) as stream, archive.open(info, "w") as target:
        for block in stream:
            target.write(block)
