"""What all pages share: twins, pieces, static files, events, and who may ask for a change."""

from __future__ import annotations

import http.client
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Dict

import pytest

from tests.portal.conftest import Browser, Site, path_of
from tests.support.waiting import wait_until
from trainshed.contract.api import Ending
from trainshed.contract.layout import HomeLayout
from trainshed.contract.models import ModelAsk
from trainshed.contract.names import new_id

LISTS = ("/runs", "/experiments", "/models", "/datasets", "/environments", "/compute")


def test_every_list_has_a_twin_and_an_empty_state(fresh_site: Site) -> None:
    browser = fresh_site.user()
    for path in LISTS:
        twin = browser.get(path + ".json")
        assert (twin.status, twin.headers["content-type"]) == (200, "application/json"), path
        assert browser.get(path, Accept="application/json").json == twin.json or path == "/compute"
        text = browser.get(path).text
        assert "<pre>" in text, f"{path} says what to do"
    assert browser.get("/home.json").json["running_count"] == 0
    assert fresh_site.stranger().get("/home.json").status == 401


def test_pages_of_one_thing_have_twins(site: Site) -> None:
    run = site.recorder.run("twins")
    site.recorder.file(run, "outputs/a.txt", b"1")
    for name in ("my-net", "net.json"):
        site.recorder.api.models.register(
            run.workspace_id, ModelAsk(new_id(), name, run_id=run.id, run_path="outputs/a.txt")
        )
    browser, workspace = site.user(), run.workspace_id
    assert browser.get(f"/experiments/{workspace}/twins.json").json["experiment"]["name"] == "twins"
    assert browser.get(f"/models/{workspace}/my-net.json").json["models"][0]["version"] == 1
    assert browser.get(f"/models/{workspace}/my-net/1.json").json["lineage"][0]["value"] == run.id
    assert browser.get(f"/models/{workspace}/net.json").headers["content-type"].startswith("text/html")
    assert browser.get(f"/models/{workspace}/net.json.json").json["name"] == "net.json"
    assert browser.get(f"/compute/{workspace}/local.json").json["target"]["places"] is None
    for path in (
        "experiments/{}/none",
        "models/{}/none",
        "models/{}/my-net/2",
        "models/{}/my-net/x",
        "compute/{}/none",
    ):
        page = browser.get("/" + path.format(workspace))
        assert page.status == 404 and "Not here" in page.text, path
    for path in ("datasets/{}/none", "environments/{}/none", "models/{}/my-net/1/files/b.txt"):
        assert browser.get("/" + path.format(workspace)).status == 404, path


def test_a_list_narrows_by_all_that_its_address_says(site: Site) -> None:
    recorder = site.recorder
    kept = recorder.run("narrowing", name="50%_off", tags={"stage": "dev", "seed": None})
    other = recorder.run("narrowing", tags={"stage": "prod"})
    recorder.api.end_run(other.workspace_id, other.id, Ending("Completed"))
    browser = site.user()

    def found(query: str) -> list[str]:
        return [run["id"] for run in browser.get("/runs.json?experiment=narrowing&" + query).json["runs"]]

    assert found("tag=stage%3Ddev") == found("tag=seed") == found("tag=seed&tag=stage") == [kept.id]
    assert found("status=active") == [kept.id] and found("status=ended") == [other.id]
    assert (
        found("find=50%25_") == [kept.id] and found("find=0_o") == [] and found(f"find={other.id[-8:]}") == [other.id]
    )
    assert found("within=1h") == found("from=2020-01-01") == [other.id, kept.id]
    assert found("to=2020-01-01") == found("target=local") == found("from=2999-01-01") == []
    for wrong in ("within=2y", "from=yesterday", "to=2026-13-01", "status=nonsense", "after=x"):
        assert browser.get("/runs?" + wrong).status == 400, wrong


def test_an_experiment_compares_the_last_values_of_its_runs(site: Site) -> None:
    bare, full, part = (site.recorder.run("compared") for _ in range(3))
    site.recorder.log(full, {"loss": [3.0, 1.5], "count": [1, 2], "nan": [1.0, float("nan")]})
    site.recorder.log(part, {"accuracy": [0.25], "loss": [0.5]})
    browser, path = site.user(), f"/experiments/{bare.workspace_id}/compared"
    runs = browser.get(path + ".json").json["runs"]
    assert runs["metrics"] == ["loss", "count", "accuracy", "nan"], "those of most runs first, numbers before others"
    assert [(run["id"], run["values"]) for run in runs["runs"]] == [
        (part.id, ["0.5", "", "0.25", ""]),
        (full.id, ["1.5", "2", "", "nan"]),
        (bare.id, ["", "", "", ""]),
    ]
    runs = browser.get(path + ".json?metric=accuracy&metric=none").json["runs"]
    assert runs["runs"][0]["values"] == ["0.25", ""]
    assert browser.get("/runs.json?experiment=compared").json["metrics"] == []


def test_a_piece_answers_alone(site: Site) -> None:
    run = site.recorder.run("pieces")
    site.recorder.api.end_run(run.workspace_id, run.id, Ending("Completed"))
    browser = site.user()
    piece = browser.get("/runs?experiment=pieces", HX_Target="section#runs", HX_Request_Type="partial").text
    assert piece.startswith('<section id="runs"') and run.id in piece and "<html" not in piece
    assert piece in browser.get("/runs?experiment=pieces").text
    assert browser.get("/runs", HX_Target="main#main", HX_Request_Type="full").text.startswith("<!doctype html>")
    lost = site.stranger().get("/runs", HX_Target="section#runs")
    assert (lost.status, lost.headers["hx-refresh"]) == (401, "true"), "the whole page becomes the login"


def test_static_files_are_kept_for_ever(site: Site) -> None:
    text = site.user().get("/").text
    assets = [part.partition('"')[0] for part in text.split('"/static/')[1:]]
    assert {name.partition("?")[0] for name in assets} >= {"portal.css", "portal.js", "icon.svg"}
    for name in assets:
        page = site.stranger().get("/static/" + name)
        assert (page.status, page.headers["cache-control"]) == (200, "public, max-age=31536000, immutable")
    assert site.stranger().get("/static/portal.css").headers["cache-control"] == "no-cache"
    assert site.stranger().get("/static/../routes.py").status == 404


def test_an_old_address_leads_on(site: Site) -> None:
    page = site.user().get("/?workspace=x&experiment=a%20b")
    assert (page.status, page.headers["location"]) == (303, "/runs?workspace=x&experiment=a%20b")


# --- events


class Stream:
    """Server-sent events, as they come."""

    def __init__(self, browser: Browser, path: str, **headers: str) -> None:
        cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
        self._connection = http.client.HTTPConnection(browser.host, timeout=60)
        sent = {"Cookie": cookies, "Accept": "text/event-stream", **headers}
        self._connection.request("GET", path, headers=sent)
        self.answer = self._connection.getresponse()

    def next(self) -> Dict[str, str]:
        """The next event's fields; empty at the end of the stream."""
        fields: Dict[str, str] = {}
        while line := self.answer.readline().decode().rstrip("\n"):
            name, _, fields[name] = line.partition(": ")
        return fields

    def close(self) -> None:
        self._connection.close()


def test_events_tell_that_a_run_has_changed(site: Site) -> None:
    assert site.stranger().get("/events/runs").status == 401
    stream = Stream(site.user(), "/events/runs")
    assert stream.answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert stream.next() == {"retry": "1000"}
    run = site.recorder.run("told")
    assert stream.next() == {"event": "runs", "data": "null"}
    site.recorder.api.end_run(run.workspace_id, run.id, Ending("Completed"))
    assert stream.next()["event"] == "runs"
    stream.close()


def test_the_server_leaves_though_somebody_looks(fresh_site: Site, home: Path) -> None:
    fresh_site.recorder.run()
    stream = Stream(fresh_site.user(), "/events/runs")
    assert stream.next() == {"retry": "1000"}
    subprocess.run([sys.executable, "-m", "trainshed.cli.main", "server", "stop"], check=True, capture_output=True)
    assert stream.next() == {}, "the stream ends"
    stream.close()
    assert not HomeLayout(home).server_json.exists()


def test_a_server_that_nobody_looks_at_loads_no_templates(fresh_site: Site) -> None:
    pid = fresh_site.recorder.api.server().pid

    def loaded() -> bool:
        return "markupsafe/_speedups" in Path(f"/proc/{pid}/maps").read_text()

    assert not loaded()
    assert fresh_site.stranger().get("/static/portal.css").status == 200
    assert fresh_site.user().get("/").status == 200
    assert wait_until(loaded, what="the first page to load Jinja")


# --- who may change something


@pytest.fixture
def cancel(site: Site) -> str:
    return site.path(site.recorder.run("guarded")) + "/cancel"


FORM = {"Content_Type": "application/x-www-form-urlencoded"}


def test_a_form_of_ours_works(site: Site, cancel: str) -> None:
    page = site.user().get(cancel, method="POST", body="", Origin=f"http://{site.host}", **FORM)
    assert page.status == 303, page.text


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "", "http://127.0.0.1", "https://localhost:1"])
def test_nobody_elses_form_does(site: Site, cancel: str, origin: str) -> None:
    headers = {"Origin": origin} if origin else {}
    page = site.user().get(cancel, method="POST", body="", **FORM, **headers)
    assert page.status in (400, 403), page.text
    assert site.recorder.api.list_runs(site.recorder.workspace.id, experiment="guarded").runs[0].status == "Running"


def test_a_stranger_changes_nothing(site: Site, cancel: str) -> None:
    page = site.stranger().get(cancel, method="POST", body="", Origin=f"http://{site.host}", **FORM)
    assert page.status == 401


def test_a_link_that_is_too_old_is_none(fresh_site: Site, home: Path) -> None:
    link = path_of(fresh_site.recorder.api.link("/"))
    database = sqlite3.connect(HomeLayout(home).database, timeout=60)
    with database:
        assert database.execute("UPDATE portal_codes SET expires_at = expires_at - ?", (86_400_000_001,)).rowcount == 1
    database.close()
    page = fresh_site.stranger().get(link)
    assert page.status == 403 and "older than 24 hours" in page.text and "set-cookie" not in page.headers
