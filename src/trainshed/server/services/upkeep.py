"""What lies on the disk, and what of it may go."""

from __future__ import annotations

import os
import shutil
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Callable, Dict, Iterator, List, Set, Tuple

from sqlalchemy import select

from trainshed.contract.api import PruneAnswer, PruneAsk, Usage
from trainshed.contract.wire import now
from trainshed.server.services import built, fetched_urls
from trainshed.server.services.durability import wal_size
from trainshed.server.services.ground import Ground
from trainshed.server.storage import blob_rows
from trainshed.server.storage import tables as t
from trainshed.server.storage.run_rows import ENDED_WORDS
from trainshed.server.storage.writer import Transaction

#: A content that nobody refers to or asks for stays this long: it may be half of an upload.
SWEEP_AGE_S = 86400.0


class Upkeep:
    """Counts, sweeps, prunes."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        #: Hashes of the runtimes that a living forker or agent uses, and the present one; set by the application.
        self.runtimes_in_use: Callable[[], Set[str]] = lambda: set()
        self.knows_runtimes = False

    async def usage(self) -> Usage:
        """Bytes on the disk by what holds them."""
        return await self._ground.database.aside(self._usage)

    def _usage(self) -> Usage:
        layout, reader = self._ground.layout, self._ground.database.reader
        return Usage(
            database_bytes=_size(layout.database) + wal_size(layout.database),
            store_bytes=_tree_bytes(layout.store),
            growing_bytes=_tree_bytes(layout.growing),
            node_folders_bytes=_tree_bytes(layout.runs) + _tree_bytes(layout.spares),
            runtimes_bytes=_tree_bytes(layout.runtimes),
            backups_bytes=_tree_bytes(layout.backups),
            environments_bytes=_tree_bytes(layout.environments.root),
            fetched_bytes=_tree_bytes(layout.url_cache),
            datastores_bytes=_tree_bytes(layout.datastores),
            unreferenced_bytes=blob_rows.unreferenced_bytes(reader),
        )

    async def prune(self, ask: PruneAsk) -> PruneAnswer:
        """Remove node folders of ended runs, unreferenced contents, environments, runtimes and fetched files not in
        use, all older than asked.

        ``dry_run``: only say what would go.
        """
        folders = await self._ground.database.aside(lambda: list(self._prunable_folders(ask.older_than_s)))
        sizes = await self._ground.database.aside(lambda: [_tree_bytes(folder) for folder in folders])
        if not ask.dry_run:
            await self._ground.database.aside(lambda: self._remove_folders(folders))
        files = await self._ground.database.aside(lambda: self._prune_fetched(ask))
        names, freed = await self.sweep(ask.older_than_s, dry_run=ask.dry_run)
        root = self._ground.layout.root
        removed = [str(path.relative_to(root)) for path in (*folders, *(file for file, _ in files))] + [
            "store/%s/%s" % (n[:2], n[2:]) for n in names
        ]
        return PruneAnswer(sum(sizes) + sum(size for _, size in files) + freed, tuple(removed))

    def _prune_fetched(self, ask: PruneAsk) -> List[Tuple[Path, int]]:
        r, s = t.runs.c, t.run_specs.c
        going = select(s.spec).join(t.runs, r.uid == s.run_uid).where(r.status.not_in(ENDED_WORDS))
        specs = [row[0] for row in self._ground.database.reader.execute(going)]
        layout = self._ground.layout
        in_use = fetched_urls.stems_of(specs, layout)
        return fetched_urls.prune(layout, ask.older_than_s, in_use, dry_run=ask.dry_run)

    async def sweep(self, older_than_s: float = SWEEP_AGE_S, *, dry_run: bool = False) -> Tuple[List[str], int]:
        """Delete contents that nobody refers to and nobody asked for lately.

        Returns their hashes and the bytes freed.
        """
        before = now() - timedelta(seconds=older_than_s)
        swept: List[str] = []
        freed = 0
        while True:
            found = blob_rows.unreferenced(self._ground.database.reader, before, limit=1_000_000 if dry_run else 1000)
            if dry_run or not found:
                break
            gone = await self._forget([name for name, _ in found], before)
            swept += gone
            freed += sum(size for name, size in found if name in set(gone))
        if dry_run:
            return [name for name, _ in found], sum(size for _, size in found)
        freed += await self._ground.database.aside(lambda: self._clear_incoming(older_than_s))
        return swept, freed + await self._clear_orphans()

    async def _clear_orphans(self) -> int:
        """Files in the store without a row: a server was killed when they had just come, or were just to go."""
        store = self._ground.layout.store
        folders = await self._ground.database.aside(lambda: sorted(store.glob("[0-9a-f][0-9a-f]")))
        return sum([await self._clear_orphans_of(folder) for folder in folders])

    async def _clear_orphans_of(self, folder: Path) -> int:
        old = await self._ground.database.aside(lambda: _old_contents(folder))
        present = blob_rows.present(self._ground.database.reader, list(old))
        orphans = [name for name in old if name not in present]
        if orphans:
            await self._ground.database.write(lambda tx: self._remove_contents(tx, orphans))
        return sum(old[name] for name in orphans)

    async def _forget(self, names: List[str], before: datetime) -> List[str]:
        """First the rows, then, once that is committed, the files. Returns the contents that are gone."""
        gone = await self._ground.database.write(lambda tx: blob_rows.forget(tx, names, before))
        await self._ground.database.write(lambda tx: self._remove_contents(tx, gone))
        return gone

    def _remove_contents(self, tx: Transaction, names: List[str]) -> None:
        """On the writer's thread, where contents also enter the store: one that came back has a row again and stays."""
        back = blob_rows.present(tx, names)
        for name in names:
            if name not in back:
                self._ground.contents.remove(name)

    def _clear_incoming(self, older_than_s: float) -> int:
        """Uploads that nobody went on with."""
        freed = 0
        for path in self._ground.layout.incoming.iterdir():
            if _age_s(path) > max(older_than_s, SWEEP_AGE_S):
                freed += _size(path)
                path.unlink(missing_ok=True)
        return freed

    def _prunable_folders(self, older_than_s: float) -> Iterator[Path]:
        layout = self._ground.layout
        for run in _folders(layout.runs, depth=2):
            if self._has_ended(run.parent.name, run.name) and _age_s(run) > older_than_s:
                yield run
        for spare in _folders(layout.spares, depth=1):
            if _age_s(spare) > older_than_s:
                yield spare
        yield from built.prunable(layout.environments, older_than_s)
        if self.knows_runtimes:
            in_use = self.runtimes_in_use()
            for runtime in _folders(layout.runtimes, depth=1):
                if runtime.name not in in_use and _age_s(runtime) > older_than_s:
                    yield runtime

    def _remove_folders(self, folders: List[Path]) -> None:
        environments = self._ground.layout.environments
        for folder in folders:
            if environments.root in folder.parents:
                built.remove(environments, folder)
            else:
                shutil.rmtree(folder, ignore_errors=True)

    def _has_ended(self, workspace_id: str, run_id: str) -> bool:
        """Whether a run has ended and all its nodes have handed over what they had."""
        r = t.runs.c
        reader = self._ground.database.reader
        row = reader.execute(select(r.uid, r.status).where(r.workspace_id == workspace_id, r.id == run_id)).first()
        return row is None or row[1] in ENDED_WORDS


def _old_contents(folder: Path) -> Dict[str, int]:
    """Names and sizes of the contents in one of the store's folders that nobody has just brought."""
    return {folder.name + path.name: _size(path) for path in folder.iterdir() if _age_s(path) > SWEEP_AGE_S}


def _folders(root: Path, depth: int) -> Iterator[Path]:
    if not root.is_dir():
        return
    for path in sorted(root.iterdir()):
        if path.is_dir() and not path.is_symlink():
            if depth == 1:
                yield path
            else:
                yield from _folders(path, depth - 1)


def _age_s(path: Path) -> float:
    try:
        return time.time() - path.lstat().st_mtime
    except FileNotFoundError:
        return 0.0


def _size(path: Path) -> int:
    try:
        return path.lstat().st_size
    except FileNotFoundError:
        return 0


def _tree_bytes(root: Path) -> int:
    """The disk's blocks that a folder's files take; a file with several names counts once for each."""
    total = 0
    for folder, _, names in os.walk(root):
        for name in names:
            try:
                total += os.lstat(os.path.join(folder, name)).st_blocks * 512  # noqa: PTH118
            except FileNotFoundError:
                pass
    return total
