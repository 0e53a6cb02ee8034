"""``trainshed du`` and ``trainshed prune`` know the files that were fetched from URLs."""

from __future__ import annotations

import asyncio
import fcntl
import os
from pathlib import Path
from typing import Iterator

import pytest

from tests.server.lab import Lab
from tests.support.web import Web
from trainshed.client.url_cache import UrlCache
from trainshed.contract.api import Ending, PruneAsk
from trainshed.contract.spec import CommandSpec, DataInput, DataPath, RunSpec
from trainshed.server.services.callers import THE_USER

pytestmark = pytest.mark.anyio

BODY = b"x" * 100_000


@pytest.fixture
def web() -> Iterator[Web]:
    with Web() as web:
        yield web


async def test_what_nobody_asks_for_goes(lab: Lab, web: Web) -> None:
    layout = lab.services.ground.layout
    cache = UrlCache(layout, environ={})
    urls = [web.put(f"/{name}/{name}.bin", BODY) for name in ("old", "new", "used", "mine")]
    files = [Path(one.path) for one in await asyncio.to_thread(cache.fetch_all, urls)]
    files[3].unlink()
    files[3].write_bytes(b"put there by people")
    run = await lab.record(spec=spec_of(urls[2]))
    for record in (layout.url_cache / ".fetched").iterdir():
        os.utime(record, (0, 0))
    await asyncio.to_thread(cache.fetch, urls[1])
    assert (await lab.services.upkeep.usage()).fetched_bytes >= 300_000
    dry = await lab.services.upkeep.prune(PruneAsk(older_than_s=3600, dry_run=True))
    assert all(file.exists() for file in files)
    pruned = await lab.services.upkeep.prune(PruneAsk(older_than_s=3600))
    assert pruned == dry and str(files[0].relative_to(layout.root)) in pruned.removed
    assert [file.exists() for file in files] == [False, True, True, True] and not files[0].parent.exists()
    assert pruned.freed_bytes >= 100_000

    await lab.services.runs.end(lab.ws, run.id, Ending("Failed"), THE_USER)
    await lab.services.upkeep.prune(PruneAsk(older_than_s=3600))
    assert [file.exists() for file in files] == [False, True, False, True]
    assert files[3].read_bytes() == b"put there by people"
    again = await asyncio.to_thread(cache.fetch_all, urls[:3])
    assert [one.how for one in again] == ["fetched", "kept", "fetched"]


async def test_a_broken_download_goes_and_one_on_its_way_stays(lab: Lab, web: Web) -> None:
    layout = lab.services.ground.layout
    records = layout.url_cache / ".fetched"
    records.mkdir(parents=True)
    for name in ("broken", "busy"):
        (records / f"{name}.part").write_bytes(BODY)
        os.utime(records / f"{name}.part", (0, 0))
    with open(records / "busy.lock", "w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        await lab.services.upkeep.prune(PruneAsk(older_than_s=3600))
    assert sorted(path.name for path in records.glob("*.part")) == ["busy.part"]


def spec_of(url: str) -> RunSpec:
    return RunSpec(CommandSpec("train.py"), inputs=(DataInput("web", "mount", (DataPath("url", url),)),))
