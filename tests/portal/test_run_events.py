"""The stream of a run's page."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Iterator, List

import pytest

from tests.portal.conftest import Site
from tests.portal.test_frame import Stream
from trainshed.contract.api import Ending
from trainshed.contract.layout import HomeLayout


@pytest.fixture
def streams() -> Iterator[List[Stream]]:
    opened: List[Stream] = []
    yield opened
    for stream in opened:
        stream.close()


def heard(stream: Stream, name: str) -> None:
    """Read on until an event of that name."""
    while (event := stream.next()).get("event") != name:
        assert event, f"the stream ended before it said {name}"


def test_it_tells_of_status_files_and_metrics(site: Site, streams: List[Stream]) -> None:
    run = site.recorder.run("told")
    assert site.stranger().get(site.path(run) + "/events").status == 401
    assert site.user().get(f"/runs/{run.workspace_id}/none/events").status == 404
    streams.append(Stream(site.user(), site.path(run) + "/events?known=1"))
    stream = streams[0]
    assert stream.next() == {"retry": "1000"}
    site.recorder.log(run, {"loss": [1.0]})
    heard(stream, "metrics")
    site.recorder.file(run, "outputs/a", b"x")
    heard(stream, "files")
    site.recorder.api.end_run(run.workspace_id, run.id, Ending("Completed"))
    heard(stream, "run")


def test_it_tells_what_happened_before_it_began(site: Site, streams: List[Stream]) -> None:
    run = site.recorder.run("told")
    site.recorder.api.end_run(run.workspace_id, run.id, Ending("Completed"))
    streams.append(Stream(site.user(), site.path(run) + "/events?known=1"))
    heard(streams[0], "run")


def test_it_begins_with_what_the_page_may_have_missed(site: Site, streams: List[Stream]) -> None:
    run = site.recorder.run("told")
    site.recorder.log(run, {"loss": [1.0]})
    site.recorder.file(run, "outputs/a", b"x")
    for name in ("metrics", "files"):
        streams.append(Stream(site.user(), site.path(run) + "/events?known=1"))
        heard(streams[-1], name)


@pytest.mark.parametrize("path", ["/home.json", "/runs.json", "/experiments.json", "/compute.json"])
def test_a_list_hears_what_changed_since_it_was_made(site: Site, streams: List[Stream], path: str) -> None:
    run = site.recorder.run("listed")
    user = site.user()
    address = user.get(f"{path}?workspace={run.workspace_id}").json["events"]
    streams.append(Stream(user, address))
    assert streams[-1].next() == {"retry": "1000"}
    site.recorder.api.end_run(run.workspace_id, run.id, Ending("Completed"))
    for asked in (address, address.partition("&since=")[0] + "&since=1"):
        streams.append(Stream(user, asked))
        heard(streams[-1], "runs")


def test_it_tells_lines_from_where_the_page_is(site: Site, streams: List[Stream]) -> None:
    run = site.recorder.run("told")
    site.recorder.file(run, "logs/a.txt", b"one\n<b>two</b>\nthr")
    for at, last, words in ((0, None, "one"), (4, None, "&lt;b&gt;two"), (0, "15", "thr")):
        path = site.path(run) + f"/events?known=1&log=logs/a.txt&at={at}"
        streams.append(Stream(site.user(), path, **({"Last-Event-ID": last} if last else {})))
        while (event := streams[-1].next()).get("event") != "log":
            assert event
        news = json.loads(event["data"])
        assert words in news["html"] and "<b>" not in news["html"]
        assert (news["since"], news["next"], news["end"], news["final"]) == (int(last or at), 15, 18, True)
        assert event["id"] == "15"


def test_it_ends_when_the_server_leaves(fresh_site: Site, home: Path, streams: List[Stream]) -> None:
    run = fresh_site.recorder.run()
    streams.append(Stream(fresh_site.user(), fresh_site.path(run) + "/events?known=1&log=logs/none.txt"))
    assert streams[0].next() == {"retry": "1000"}
    subprocess.run([sys.executable, "-m", "trainshed.cli.main", "server", "stop"], check=True, capture_output=True)
    while event := streams[0].next():
        assert event["event"] in ("metrics", "files"), "the stream ends"
    assert not HomeLayout(home).server_json.exists()
