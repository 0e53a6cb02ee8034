"""Events, bells, watchers; and links, which are told once."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import update

from tests.server.lab import Lab, S
from trainshed.contract.wire import now
from trainshed.server.services import news as news_module
from trainshed.server.services.links import ENTRANCE
from trainshed.server.services.news import (
    AttemptHeard,
    FileGrew,
    MetricsGrew,
    News,
    RunChanged,
    RunEnded,
    RunQueued,
    WatchChanged,
    run_key,
)
from trainshed.server.storage import tables as t

pytestmark = pytest.mark.anyio


async def test_what_is_told_and_in_which_order(lab: Lab) -> None:
    heard: list[object] = []
    end = lab.services.news.subscribe(heard.append)
    agent = await lab.agent()
    run = (lab.ws, agent.run.id)
    assert heard[:2] == [RunChanged(*run), RunQueued(*run, "local")]
    heard.clear()
    await agent.log("azureml-logs/a", b"1")
    assert FileGrew(*run, "azureml-logs/a") in heard and AttemptHeard(agent.begun.attempt.id) in heard
    from tests.server.lab import spool_of

    await agent.log("s", spool_of(agent.run.id, [1.0]), "spool")
    assert MetricsGrew(*run) in heard
    heard.clear()
    await agent.say(S.PREPARING, S.FINALIZING, S.COMPLETED)
    assert heard.index(RunEnded(*run, S.COMPLETED, "local")) > heard.index(RunChanged(*run))
    end()
    heard.clear()
    await lab.record()
    assert heard == []


async def test_a_bell_keeps_what_was_rung_before_somebody_waits() -> None:
    news = News()
    with news.listening(run_key("w", "r")) as bell:
        news.publish([RunChanged("w", "other")])
        assert not await bell.heard(0.01)
        news.publish([RunChanged("w", "r")])
        assert await bell.heard(0)
        assert not await bell.heard(0)
    news.publish([RunChanged("w", "r")])
    assert not news._bells


async def test_watching_lingers_and_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(news_module, "LINGER_S", 0.05)
    news, heard = News(), []
    news.subscribe(heard.append)
    with news.watching("w", "r"), news.watching("w", "r"):
        assert news.watched("w", "r")
    assert news.watched("w", "r")
    with news.watching("w", "r"):
        await asyncio.sleep(0.1)
        assert news.watched("w", "r")
    for _ in range(6000):
        if not news.watched("w", "r"):
            break
        await asyncio.sleep(0.01)
    assert heard == [WatchChanged("w", "r"), WatchChanged("w", "r")]


def code_of(url: str) -> str:
    return url.partition(ENTRANCE)[2].partition("?")[0]


async def test_a_link_opens_once_and_for_a_day(lab: Lab) -> None:
    links = lab.services.links
    url = await links.make("/runs/a?b=c")
    code = code_of(url)
    assert url == "http://127.0.0.1:1" + ENTRANCE + code + "?to=/runs/a%3Fb%3Dc"
    assert await links.redeem("wrong") is None
    assert await links.redeem(code) == "/runs/a?b=c"
    assert await links.redeem(code) is None
    late = code_of(await links.make("/"))

    def age(tx: object) -> None:
        tx.execute(update(t.portal_codes).values(expires_at=now() - timedelta(seconds=1)))  # type: ignore[attr-defined]

    await lab.services.ground.database.write(age)
    assert await links.redeem(late) is None


async def test_a_server_that_leaves_lets_long_polls_go(lab: Lab) -> None:
    agent = await lab.agent()
    polls = [
        asyncio.create_task(lab.services.runs.wait(lab.ws, agent.run.id, 99, 30)),
        asyncio.create_task(lab.services.attempts.orders(agent.begun.attempt.id, 0, watched=True, wait_s=30)),
        asyncio.create_task(lab.services.files.open(lab.ws, agent.run.id, "outputs/x", wait_s=30)),
    ]
    await asyncio.sleep(0.01)
    assert not any(poll.done() for poll in polls)
    await lab.services.server.stop()
    await asyncio.wait_for(asyncio.gather(*polls), 25)
    await asyncio.wait_for(lab.services.runs.wait(lab.ws, agent.run.id, 99, 30), 25)


def test_what_rang_lately_is_remembered_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(news_module, "LATELY_S", 0.0)
    news = News()
    news.publish([RunChanged("w", str(number)) for number in range(3000)])
    assert not news.rang_lately(run_key("w", "1"))
    assert len(news._rang_s) <= 1001
    monkeypatch.setattr(news_module, "LATELY_S", 1000.0)
    assert news.rang_lately(run_key("w", "2999")) and news.rang_lately(run_key("w", "before this server"))


def test_who_has_a_number_hears_what_rang_since(monkeypatch: pytest.MonkeyPatch) -> None:
    news, key = News(), run_key("w", "1")
    first = news.number
    assert not news.rang_since(key, first) and news.rang_since(key, first - 1), "an earlier server is not known"
    news.publish([RunChanged("w", "2")])
    assert not news.rang_since(key, first)
    news.publish([RunChanged("w", "1")])
    assert news.rang_since(key, first) and not news.rang_since(key, news.number)
    monkeypatch.setattr(news_module, "LATELY_S", 0.0)
    news.publish([RunChanged("w", str(number)) for number in range(2, 3000)])
    assert news.rang_since(key, first), "what is forgotten may have rung"
    assert not news.rang_since(key, news.number)
    assert len(news._rang_at) <= 1001
