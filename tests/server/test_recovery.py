"""After a power loss the server says what it really has; agents send the rest again."""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import update

from tests.server.lab import Agent, Lab, spool_of
from tests.support.folders import files_below
from trainshed.server.storage import blob_rows
from trainshed.server.storage import tables as t

pytestmark = pytest.mark.anyio

LOG = "azureml-logs/70_driver_log.txt"


async def other_boot(lab: Lab) -> None:
    """As if the machine had been started since."""

    def change(tx: object) -> None:
        tx.execute(update(t.facts).where(t.facts.c.name == "boot").values(value="another"))  # type: ignore[attr-defined]

    await lab.services.ground.database.write(change)


async def test_a_log_goes_on_where_it_was_durable(lab: Lab) -> None:
    agent = await lab.agent()
    await agent.log(LOG, b"durable ")
    await lab.services.durability.flush()
    assert (await agent.send()).durable == {LOG: 8}
    lab.services.durability.close()
    await agent.log(LOG, b"not yet")
    (growing,) = files_below(lab.services.ground.layout.growing)
    os.truncate(growing, 11)
    await other_boot(lab)
    lab = await lab.reopened()
    agent = Agent(lab, agent.begun)
    answer = await agent.send()
    assert (answer.acked, answer.durable) == ({LOG: 8}, {LOG: 8})
    assert (await lab.services.files.list(lab.ws, agent.run.id)).files[0].size_bytes == 8
    assert (await agent.send([(LOG, "log", 8, b"not yet")])).acked == {LOG: 15}
    lab.services.close()


async def test_without_a_power_loss_nothing_is_sent_again(lab: Lab) -> None:
    agent = await lab.agent()
    await agent.log(LOG, b"killed -9 right now")
    lab = await lab.reopened()
    assert (await Agent(lab, agent.begun).send()).acked == {LOG: 19}
    lab.services.close()


async def test_a_content_that_was_lost_is_asked_for_again(lab: Lab) -> None:
    agent = await lab.agent()
    await agent.whole("outputs/kept", b"kept")
    await agent.whole("outputs/lost", b"lost")
    lost = sha256(b"lost").hexdigest()

    def forget(tx: object) -> None:
        tx.execute(update(t.blobs).values(durable=False))  # type: ignore[attr-defined]

    lab.services.durability.close()
    await lab.services.ground.database.write(forget)
    os.truncate(lab.services.ground.contents.path(lost), 0)
    await other_boot(lab)
    lab = await lab.reopened()
    assert [file.path for file in (await lab.services.files.list(lab.ws, agent.run.id)).files] == ["outputs/kept"]
    assert await lab.services.blobs.missing([lost]) == (lost,)
    lab.services.close()


async def test_what_is_called_durable(lab: Lab) -> None:
    agent = await lab.agent()
    await agent.log(LOG, b"text")
    await agent.log("s", spool_of(agent.run.id, [1.0]), "spool")
    await agent.whole("outputs/a", b"a")
    await lab.services.durability.flush()
    answer = await agent.send()
    assert answer.durable == answer.acked == {LOG: 4, "s": agent.sent["s"]}
    assert blob_rows.not_durable(lab.services.ground.database.reader) == []


async def test_many_files_are_synced_together(lab: Lab) -> None:
    agent = await lab.agent()
    files = tuple(agent.incoming("outputs/%d" % i, b"%d" % i) for i in range(100))
    assert len((await agent.send(files=files)).stored) == 100
    await lab.services.durability.flush()
    assert blob_rows.not_durable(lab.services.ground.database.reader) == []
    assert all(Path(lab.services.ground.contents.path(file.sha256)).exists() for file in files)
