"""Bytes of a run's files and code: saved and never shown, but for pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.responses import Response

from trainshed.contract.errors import FileNotInRun
from trainshed.contract.wire import now
from trainshed.server.portal.archive import zipped
from trainshed.server.portal.downloads import attachment, sent, streamed_zip
from trainshed.server.portal.run.previews import PICTURE_BYTES, picture_type
from trainshed.server.services.files import Opened

if TYPE_CHECKING:
    from trainshed.server.portal.run.reading import Reader


def picture_href(href: str, path: str) -> str:
    """The path that gives a file's bytes as a picture."""
    return f"{href}/pictures/{quote(path)}"


class Sender:
    """Answers bytes."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def file(self, workspace_id: str, run_id: str, path: str) -> Response:
        """The bytes that a file has now, to be saved; RunNotFound, FileNotInRun, BadFileName."""
        opened = await self._reader.services.files.open(workspace_id, run_id, path)
        return sent(opened, {"Content-Disposition": attachment(path.rpartition("/")[2])}, "application/octet-stream")

    async def picture(self, workspace_id: str, run_id: str, path: str) -> Response:
        """A file as a picture, if its first bytes are those of one; else as :meth:`file`."""
        beginning = await self._reader.beginning(workspace_id, run_id, path, 16)
        kind = picture_type(beginning)
        opened = await self._reader.services.files.open(workspace_id, run_id, path)
        if kind is None or opened.size_bytes > PICTURE_BYTES:
            return sent(
                opened, {"Content-Disposition": attachment(path.rpartition("/")[2])}, "application/octet-stream"
            )
        return sent(opened, {"Content-Disposition": "inline", "Cache-Control": "private, no-cache"}, kind)

    async def code(self, workspace_id: str, run_id: str, path: str) -> Response:
        """A file of the run's snapshot, to be saved; FileNotInRun."""
        run = self._reader.services.runs.get(workspace_id, run_id)
        manifest = await self._reader.snapshot(run)
        found = [file for file in manifest.files if file.path == path and not file.link] if manifest else []
        if not found:
            raise FileNotInRun(run_id=run_id, path=path, known="see the page of its code")
        opened = await self._content(found[0].sha256)
        return sent(opened, {"Content-Disposition": attachment(path.rpartition("/")[2])}, "application/octet-stream")

    async def all_files(self, workspace_id: str, run_id: str, prefix: str) -> Response:
        """The run's files whose names begin with ``prefix``, as one zip."""
        services = self._reader.services
        entries = (await services.files.list(workspace_id, run_id, prefix)).files
        blocks = zipped(
            [(entry.path, entry.updated_at) for entry in entries],
            lambda path: services.files.open(workspace_id, run_id, path),
        )
        return streamed_zip(blocks, f"{run_id}.zip")

    async def all_code(self, workspace_id: str, run_id: str) -> Response:
        """The run's snapshot as one zip; symbolic links are left out."""
        run = self._reader.services.runs.get(workspace_id, run_id)
        manifest = await self._reader.snapshot(run)
        contents = {file.path: file.sha256 for file in manifest.files if not file.link} if manifest else {}
        at = run.created_at if contents else now()
        blocks = zipped([(path, at) for path in contents], lambda path: self._content(contents[path]))
        return streamed_zip(blocks, f"{run_id}-code.zip")

    async def _content(self, sha256: str) -> Opened:
        descriptor, size = await self._reader.services.blobs.open(sha256)
        return Opened(descriptor, size, final=True)
