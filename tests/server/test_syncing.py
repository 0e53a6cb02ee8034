"""Bytes, points and files of an agent: each once, whatever is repeated, cut, reordered or interrupted."""

from __future__ import annotations

import asyncio
import random
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.server.lab import Agent, Lab, S, spool_of
from tests.support.folders import files_below
from trainshed.contract import spool
from trainshed.contract.api import RunCreate
from trainshed.contract.errors import AttemptFenced, AttemptNotFound, BadValue
from trainshed.server.services.callers import Caller
from trainshed.server.storage import tables as t

pytestmark = pytest.mark.anyio

LOG = "azureml-logs/70_driver_log.txt"


async def read(lab: Lab, agent: Agent, path: str) -> bytes:
    opened = await lab.services.files.open(lab.ws, agent.run.id, path)
    if opened.descriptor is None:
        return b""
    with open(opened.descriptor, "rb") as file:
        return file.read(opened.size_bytes)


async def values(lab: Lab, run_id: str, name: str = "loss") -> list[object]:
    answer = await lab.services.metrics.get(lab.ws, run_id, name=name)
    return [value for series in answer.runs[0].series for value in series.values]


async def test_a_log_grows_and_is_sealed_at_the_end(lab: Lab) -> None:
    agent = await lab.agent()
    await agent.say(S.PREPARING, S.STARTING, S.RUNNING)
    await agent.log(LOG, b"first\n")
    answer = await agent.log(LOG, b"second\n")
    assert answer.acked == {LOG: 13}
    (entry,) = (await lab.services.files.list(lab.ws, agent.run.id)).files
    assert (entry.path, entry.size_bytes, entry.sha256, entry.provisional) == (LOG, 13, None, True)
    assert await read(lab, agent, LOG) == b"first\nsecond\n"
    answer = await agent.say(S.FINALIZING, S.COMPLETED, final=True)
    assert answer.finished and answer.durable == {LOG: 13}
    (entry,) = (await lab.services.files.list(lab.ws, agent.run.id)).files
    assert (entry.sha256, entry.provisional) == (sha256(b"first\nsecond\n").hexdigest(), False)
    assert await read(lab, agent, LOG) == b"first\nsecond\n"
    assert list(lab.services.ground.layout.growing.iterdir()) == []
    again = await agent.send(final=True)
    assert again.finished and again.durable == {LOG: 13}


async def test_an_empty_log_is_a_file_too(lab: Lab) -> None:
    agent = await lab.agent()
    await agent.send([(LOG, "log", 0, b"")])
    assert [file.path for file in (await lab.services.files.list(lab.ws, agent.run.id)).files] == [LOG]
    await agent.say(S.PREPARING, S.FINALIZING, S.COMPLETED, final=True)
    opened = await lab.services.files.open(lab.ws, agent.run.id, LOG, wait_s=5)
    assert (opened.size_bytes, opened.final) == (0, True)


async def test_repetitions_overlaps_and_gaps(lab: Lab) -> None:
    agent = await lab.agent()
    for offset, data, have in (
        (0, b"abc", 3),
        (0, b"abc", 3),
        (1, b"bcde", 5),
        (9, b"x", 5),
        (2, b"c", 5),
        (5, b"f", 6),
    ):
        answer = await agent.send([(LOG, "log", offset, data)])
        assert answer.acked == {LOG: have}
    assert await read(lab, agent, LOG) == b"abcdef"


async def test_several_pieces_of_one_stream_in_a_message(lab: Lab) -> None:
    agent = await lab.agent()
    data = spool_of(agent.run.id, [1.0, 2.0])
    pieces = [
        ("s", "spool", 0, data[:50]),
        (LOG, "log", 0, b"ab"),
        ("s", "spool", 50, data[50:]),
        (LOG, "log", 2, b"c"),
    ]
    assert (await agent.send(pieces)).acked == {"s": len(data), LOG: 3}
    assert await values(lab, agent.run.id) == [1.0, 2.0]
    assert await read(lab, agent, LOG) == b"abc"


@pytest.mark.parametrize("seed", range(10))
async def test_every_point_and_byte_once_in_a_storm(lab: Lab, seed: int) -> None:
    """Messages are cut anywhere, repeated, sent late and at once; the server is stopped and started in between."""
    chance = random.Random(seed)
    agent = await lab.agent()
    logged = [chance.random() for _ in range(300)]
    spooled, log = spool_of(agent.run.id, logged), bytes(chance.randrange(256) for _ in range(5000))
    have = {"s": 0, LOG: 0}
    old: list[list[tuple[str, str, int, bytes]]] = []
    while have != {"s": len(spooled), LOG: len(log)}:
        pieces = []
        for path, kind, data in (("s", "spool", spooled), (LOG, "log", log)):
            start = max(0, have[path] + chance.randrange(-200, 50))
            pieces.append((path, kind, start, data[start : start + chance.randrange(700)]))
        old.append(pieces)
        messages = [agent.send(pieces), *(agent.send(chance.choice(old)) for _ in range(chance.randrange(3)))]
        for answer in await asyncio.gather(*messages):
            for path, count in answer.acked.items():
                assert count >= have[path] or chance is None
                have[path] = max(have[path], count)
        if chance.random() < 0.05:
            lab = await lab.reopened()
            agent.lab = lab
    assert await values(lab, agent.run.id) == logged
    assert await read(lab, agent, LOG) == log
    assert (await lab.services.runs.details(lab.ws, agent.run.id)).torn_lines == 0
    lab.services.close()


async def test_torn_and_dropped_are_counted(lab: Lab) -> None:
    agent = await lab.agent()
    lines = [
        spool.head(agent.run.id, 1, 0, 1.0),
        spool.encode(1, 1.0, "s", "loss", 1.5)[:-10] + b"\n",
        spool.encode(2, 2.0, "d", "", 7),
        spool.encode(3, 3.0, "s", "loss", 2.5),
        b"0000",
    ]
    await agent.log("s", b"".join(lines), "spool")
    await agent.say(S.PREPARING, S.FINALIZING, S.COMPLETED, final=True)
    details = await lab.services.runs.details(lab.ws, agent.run.id)
    assert (details.metrics_dropped, details.torn_lines) == (7, 2)  # the last line had no end when the run ended
    assert await values(lab, agent.run.id) == [2.5]


async def test_a_spool_speaks_for_the_run_its_head_names(lab: Lab) -> None:
    agent, stranger = await lab.agent(), await lab.record()
    caller = Caller("run", lab.ws, agent.run.id)
    child = await lab.services.runs.create(lab.ws, RunCreate("exp", parent_id=agent.run.id), caller)
    await agent.log("s", spool_of(agent.run.id, [1.0]), "spool")
    await agent.log("s", spool_of(child.id, [2.0]), "spool")
    await agent.log("s", spool_of(child.id, [3.0], first=2), "spool")
    await agent.log("t", spool_of(stranger.id, [4.0]), "spool")
    assert await values(lab, agent.run.id) == [1.0, 4.0]
    assert await values(lab, child.id) == [2.0, 3.0]
    assert await values(lab, stranger.id) == []
    recursive = await lab.services.metrics.get(lab.ws, agent.run.id, recursive=True)
    assert [run.run_id for run in recursive.runs] == [agent.run.id, child.id]


async def test_whole_files(lab: Lab) -> None:
    agent = await lab.agent()
    answer = await agent.whole("outputs/a.bin", b"content", provisional=True)
    assert (answer.stored, answer.missing) == (("outputs/a.bin",), ())
    assert (await lab.services.files.list(lab.ws, agent.run.id)).files[0].provisional
    answer = await agent.whole("outputs/a.bin", b"newer")
    assert await read(lab, agent, "outputs/a.bin") == b"newer"
    same = agent.incoming("logs/b.bin", b"newer")
    assert (await agent.send(files=(same,))).stored == ("logs/b.bin",)
    assert list(lab.services.ground.layout.incoming.iterdir()) == []
    answer = await agent.send(removed=("outputs/a.bin",))
    assert [file.path for file in (await lab.services.files.list(lab.ws, agent.run.id)).files] == ["logs/b.bin"]


async def test_a_content_that_is_not_there_is_asked_for(lab: Lab) -> None:
    agent = await lab.agent()
    file = agent.incoming("outputs/a", b"abc")
    assert file.incoming is not None
    path = lab.services.ground.layout.incoming / file.incoming
    path.write_bytes(b"ab")  # cut short
    answer = await agent.send(files=(file,))
    assert (answer.stored, answer.missing) == ((), ("outputs/a",))
    assert not path.exists()
    assert (await agent.send(files=(file,))).missing == ("outputs/a",)
    with pytest.raises(BadValue):
        from dataclasses import replace

        await agent.send(files=(replace(file, incoming="../trainshed.db"),))


async def test_a_file_that_grew_and_was_then_rewritten(lab: Lab) -> None:
    agent = await lab.agent()
    await agent.log("outputs/x", b"old old old", "file")
    await agent.whole("outputs/x", b"new", provisional=True)
    assert await read(lab, agent, "outputs/x") == b"new"
    answer = await agent.send([("outputs/x", "file", 0, b"new, and it grows")])  # again one that only grows
    assert answer.acked == {"outputs/x": 17}
    assert await read(lab, agent, "outputs/x") == b"new, and it grows"
    await agent.whole("outputs/x", b"the end")
    late = await agent.send([("outputs/x", "file", 0, b"old old old")])
    assert late.acked == {}
    assert await read(lab, agent, "outputs/x") == b"the end"
    lab.services.ground.database.reader.execute(select(t.streams)).all()
    assert not files_below(lab.services.ground.layout.growing)


async def test_an_old_message_does_not_bring_back_an_old_file(lab: Lab) -> None:
    agent = await lab.agent()
    agent.reach(S.PREPARING)
    late = agent.request(files=(agent.incoming("outputs/x", b"old"),))
    agent.reach(S.STARTING)
    await agent.whole("outputs/x", b"new")
    answer = await lab.services.syncing.sync(agent.begun.attempt.id, late, memoryview(b""))
    assert answer.stored == answer.missing == ()
    assert await read(lab, agent, "outputs/x") == b"new"


async def test_names_that_a_url_cannot_carry(lab: Lab) -> None:
    agent = await lab.agent()
    answer = await agent.whole("outputs/a\nb", b"x")
    assert answer.stored == ("outputs/a\nb",)
    answer = await agent.send([("logs/c\td", "file", 0, b"y")])
    assert answer.acked == {"logs/c\td": 1}
    assert [f.path for f in (await lab.services.files.list(lab.ws, agent.run.id)).files] == ["logs/c_d", "outputs/a_b"]


async def test_an_agent_that_begins_anew_hears_what_the_server_has(lab: Lab) -> None:
    agent = await lab.agent()
    await agent.log(LOG, b"12345")
    await agent.log("s", spool_of(agent.run.id, [1.0]), "spool")
    lab = await lab.reopened()
    adopter = Agent(lab, agent.begun, seq=agent.seq, phases=agent.phases)
    assert (await adopter.send()).acked == {LOG: 5, "s": agent.sent["s"]}
    lab.services.close()


async def test_who_is_refused(lab: Lab) -> None:
    agent = await lab.agent()
    with pytest.raises(AttemptNotFound):
        await lab.services.syncing.sync("nobody", agent.request(), memoryview(b""))
    for wrong in ({"attempt": 2}, {"node": 1}):
        with pytest.raises(BadValue):
            await agent.send(**wrong)
    await lab.services.attempts.give_up(agent.begun.attempt.id, reason="lost")
    with pytest.raises(AttemptFenced) as error:
        await agent.log(LOG, b"x")
    assert error.value.facts["why"] == "lost"


async def test_what_an_attempt_wrote_before_it_was_given_up_is_sealed(lab: Lab) -> None:
    from tests.support.waiting import wait_until

    agent = await lab.agent()
    await agent.log(LOG, b"before\n")
    await lab.services.attempts.give_up(agent.begun.attempt.id, reason="retry")

    async def sealed() -> bool:
        return (await lab.services.files.list(lab.ws, agent.run.id)).files[0].sha256 is not None

    for _ in range(1000):
        if await sealed():
            break
        await asyncio.sleep(0.01)
    assert await read(lab, agent, LOG) == b"before\n"
    second = await lab.agent(agent.run)
    await second.log(LOG, b"second\n")
    assert await read(lab, second, LOG) == b"second\n"
    assert callable(wait_until)


async def test_closed_logs_are_sealed_by_the_next_server(lab: Lab) -> None:
    agent = await lab.agent()
    await agent.log(LOG, b"text")

    def close(tx: object) -> None:
        tx.execute(t.streams.update().values(closed=True))  # type: ignore[attr-defined]

    await lab.services.ground.database.write(close)
    path = files_below(lab.services.ground.layout.growing)[0]
    path.write_bytes(b"text and what a crash left unrecorded")
    lab = await lab.reopened()
    await lab.services.sealing.seal()
    (entry,) = (await lab.services.files.list(lab.ws, agent.run.id)).files
    assert entry.sha256 == sha256(b"text").hexdigest()
    assert Path(lab.services.ground.contents.path(entry.sha256)).read_bytes() == b"text"
    lab.services.close()


async def test_a_heartbeat_writes_nothing(lab: Lab) -> None:
    agent = await lab.agent()
    await agent.say(S.PREPARING)
    wal = Path(str(lab.services.ground.layout.database) + "-wal")
    size = wal.stat().st_size
    before = (await lab.services.attempts.get(agent.begun.attempt.id)).last_sync_at
    for _ in range(10):
        await agent.send()
    assert wal.stat().st_size == size
    after = (await lab.services.attempts.get(agent.begun.attempt.id)).last_sync_at
    assert before is not None and after is not None and after > before


async def test_names_of_broken_bytes(lab: Lab) -> None:
    agent = await lab.agent()
    answer = await agent.whole("outputs/a\udcff", b"x")
    assert answer.stored == ("outputs/a\udcff",)
    assert [f.path for f in (await lab.services.files.list(lab.ws, agent.run.id)).files] == ["outputs/a%DCFF"]
    await agent.log("s", spool_of(agent.run.id, ["\ud800"], name="\udcff"), "spool")
    assert await values(lab, agent.run.id, "%DCFF") == ["\ud800"]


@pytest.mark.parametrize("sealed", [False, True])
async def test_the_next_attempt_keeps_the_logs_of_the_one_before(lab: Lab, sealed: bool) -> None:
    first = await lab.agent()
    await first.log(LOG, b"first\n")
    await first.whole("outputs/m", b"m")
    await lab.services.attempts.give_up(first.begun.attempt.id, reason="retry")
    if sealed:
        await lab.services.sealing.seal()
    second = await lab.agent(first.run)
    await second.log(LOG, b"second\n")
    await lab.services.sealing.seal()
    earlier = "azureml-logs/attempt_1/70_driver_log.txt"
    files = (await lab.services.files.list(lab.ws, first.run.id)).files
    assert [(f.path, f.provisional) for f in files] == [(LOG, True), (earlier, False), ("outputs/m", False)]
    assert await read(lab, second, earlier) == b"first\n" and await read(lab, second, LOG) == b"second\n"
    from datetime import timedelta

    from trainshed.contract.wire import now

    def age(tx: object) -> None:
        tx.execute(t.blobs.update().values(touched_at=now() - timedelta(days=2)))  # type: ignore[attr-defined]

    await lab.services.ground.database.write(age)
    assert await lab.services.upkeep.sweep() == ([], 0)


async def test_a_stream_whose_name_another_file_has_is_not_kept(lab: Lab) -> None:
    agent = await lab.agent()
    await agent.log("outputs/x", b"growing", "file")
    data = agent.incoming("outputs/x", b"from outside")
    from trainshed.contract.api import FileAsk

    ask = FileAsk("outputs/x", data.sha256, data.size, data.incoming, replace=True)
    await lab.services.files.add(lab.ws, agent.run.id, [ask])
    await lab.services.attempts.give_up(agent.begun.attempt.id, reason="lost", ending=S.FAILED)
    await lab.services.sealing.seal()
    assert await read(lab, agent, "outputs/x") == b"from outside"
    assert len(lab.services.ground.database.reader.execute(select(t.blobs)).all()) == 1
    assert list(lab.services.ground.layout.growing.iterdir()) == []


async def test_a_name_that_grows_too_long_when_it_is_written_down_is_cut(lab: Lab) -> None:
    """255 broken bytes are a name on the node; what stands for them takes more."""
    agent = await lab.agent()
    await agent.say(S.PREPARING, S.RUNNING)
    for byte in ("\udcff", "\udcfe"):
        await agent.whole("outputs/%s.bin" % (byte * 200), b"x")
    names = [file.path for file in (await lab.services.files.list(lab.ws, agent.run.id)).files]
    assert len(set(names)) == 2 and all(len(name) < 255 for name in names)
