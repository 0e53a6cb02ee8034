"""What the pages show, and that nothing which a script wrote becomes part of them."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from tests.portal.conftest import Site
from tests.support.waiting import wait_until
from trainshed.contract.api import Ending
from trainshed.contract.records import RunError

HOSTILE = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>"


def test_an_empty_portal_says_what_to_do(fresh_site: Site) -> None:
    page = fresh_site.user().get("/")
    assert page.status == 200 and "There is no run yet" in page.text and "trainshed run train.py" in page.text


def test_the_list_is_newest_first_and_narrows(site: Site) -> None:
    older, newer = site.recorder.run("narrow"), site.recorder.run("narrow")
    browser = site.user()
    text = browser.get("/").text
    assert 0 < text.index(newer.id) < text.index(older.id)
    assert [run["id"] for run in browser.get("/runs?experiment=narrow", Accept="application/json").json["runs"]] == [
        newer.id,
        older.id,
    ]
    assert browser.get("/runs.json?experiment=narrow&status=Completed").json["runs"] == []
    assert "No run matches" in browser.get("/runs?experiment=narrow&status=Completed").text
    assert browser.get("/runs?status=Nonsense").status == 400
    assert browser.get("/runs?workspace=nonsense").status == 404


def test_the_list_has_pages(site: Site) -> None:
    runs = [site.recorder.run("many").id for _ in range(51)]
    browser = site.user()
    first = browser.get("/runs.json?experiment=many").json
    second = browser.get(first["older"], Accept="application/json").json
    assert [run["id"] for page in (first, second) for run in page["runs"]] == runs[::-1]
    assert second["older"] == ""


def test_a_run(site: Site) -> None:
    parent = site.recorder.run("whole")
    run = site.recorder.run(
        "whole", parent_id=parent.id, tags={"stage": "try"}, properties={"azureml.git.commit": "c0ffee"}
    )
    site.recorder.log(run, {"loss": [1.0, 0.5, 0.25], "once": [3.0]})
    site.recorder.file(run, "azureml-logs/70_driver_log.txt", b"\x1b[31mred\x1b[0m\r\n10%\r 50%\r100%\nbye")
    site.recorder.file(run, "outputs/model.bin", bytes(2048))
    child = site.recorder.run("whole", parent_id=run.id)
    site.recorder.api.end_run(
        run.workspace_id, run.id, Ending("Failed", RunError("user", "It broke.", {}, ("the last line",)))
    )
    browser = site.user()
    text = browser.get(site.path(run)).text
    for words in ("Failed", "It broke.", "the last line", "stage", "outputs/model.bin", "2.0 KiB", child.id):
        assert words in text
    assert parent.id in text and len(re.findall("<polyline", text)) == 1
    assert re.findall(r'<span class="l" data-at="\d+">(.*?)\n</span>', text) == [
        "the last line",
        '<span class="t-fg-red">red</span>',
        "100%",
        "bye",
    ]
    assert "c0ffee" in browser.get(site.path(run) + "/code").text

    shown = browser.get(site.path(run) + ".json").json
    assert browser.get(site.path(run), Accept="application/json").json["id"] == shown["id"] == run.id
    assert [(metric["name"], metric["last"], metric["count"]) for metric in shown["metrics"]] == [
        ("loss", "0.25", 3),
        ("once", "3", 1),
    ]
    assert [line["status"] for line in shown["history"]] == ["Running", "Failed"]


def test_nothing_stands_twice(site: Site) -> None:
    run, canceled = site.recorder.run("short"), site.recorder.run("short")
    site.recorder.file(run, "azureml-logs/70_driver_log.txt", b"\x1b[31mred\x1b[0m\nbye\n")
    error = RunError("user", "it failed", {}, ("\x1b[31mred\x1b[0m", "bye"))
    site.recorder.api.end_run(run.workspace_id, run.id, Ending("Failed", error))
    text = site.user().get(site.path(run)).text
    assert "it failed" in text and text.count("bye\n") == 1 and "problem-tail" not in text
    api = site.recorder.api
    api.cancel_run(canceled.workspace_id, canceled.id)
    wait_until(lambda: api.get_run(canceled.workspace_id, canceled.id).status == "Canceled", what="the run to end")
    text = site.user().get(site.path(canceled)).text
    assert "Canceled" in text and not re.search(r">\s*canceled\s*<", text)


def test_an_experiment_compares_by_numbers_first(site: Site) -> None:
    values: Any = {"note": ["x"], "flag": [True], "gone": [math.nan], "loss": [2.0], "epoch": [3]}
    more: Any
    for more in ({}, {"rare": [1.0]}):
        run = site.recorder.run("columns")
        site.recorder.log(run, {**values, **more})
    page = f"/experiments/{run.workspace_id}/columns"
    assert site.user().get(page + ".json").json["runs"]["metrics"] == ["loss", "epoch", "rare", "note"]
    site.recorder.run("columns", parent_id=run.id)
    assert "3 runs, children counted" in site.user().get(page).text


def test_a_name_with_a_document_and_numbers_shows_both(site: Site) -> None:
    run = site.recorder.run("both")
    matrix = {"class_labels": ["a", "b"], "matrix": [[1, 2], [3, 4]]}
    document = {"schema_type": "confusion_matrix", "schema_version": "1.0.0", "data": matrix}
    site.recorder.file(run, "outputs/m.json", json.dumps(document).encode())
    address = f"aml://artifactId/ExperimentRun/dcid.{run.id}/outputs/m.json"
    values: Any = {"drawn": [address, 1.0, 0.5], "once": [0.25, address]}
    site.recorder.log(run, values)
    page = site.user().get(site.path(run) + "/metrics.json").json
    assert [chart["title"] for chart in page["charts"]] == ["drawn"]
    assert [(made["name"], made["drawing"]["kind"]) for made in page["documents"]] == [
        ("drawn", "matrix"),
        ("once", "matrix"),
    ]
    assert [(line["name"], line["last"]) for line in page["others"]] == [("once", "0.25")]


def test_what_is_not_there(site: Site) -> None:
    run = site.recorder.run()
    browser = site.user()
    page = browser.get(f"/runs/{run.workspace_id}/no-such-run")
    assert page.status == 404 and "no-such-run" in page.text and "trainshed runs" in page.text
    assert browser.get(f"/runs/nowhere/{run.id}").status == 404
    assert browser.get(site.path(run) + "/files/none").status == 404
    assert browser.get(site.path(run) + "/files/..%2f..%2fetc%2fpasswd").status == 400
    assert browser.get("/nothing/here").status == 404


def test_a_runs_own_name_may_end_in_json(site: Site) -> None:
    run = site.recorder.run(run_id="odd.json")
    assert "<h1>odd.json" in site.user().get(site.path(run)).text
    assert site.user().get(site.path(run) + ".json").json["id"] == "odd.json"


def test_everything_from_outside_is_text(site: Site) -> None:
    run = site.recorder.run("hostile", tags={HOSTILE: HOSTILE}, properties={HOSTILE: HOSTILE}, name=HOSTILE)
    site.recorder.log(run, {HOSTILE: [1.0, 2.0]})
    site.recorder.file(run, "azureml-logs/70_driver_log.txt", f"</pre>{HOSTILE}\n".encode())
    site.recorder.file(run, f"outputs/{HOSTILE.replace('/', '')}.html", b"<script>alert(1)</script>")
    error = RunError(HOSTILE, HOSTILE, {}, (HOSTILE,))
    site.recorder.api.end_run(run.workspace_id, run.id, Ending("Failed", error))
    browser = site.user()
    for path in (site.path(run), "/runs?experiment=hostile", "/runs?experiment=%3Cscript%3E", "/runs/x/%3Cscript%3E"):
        text = browser.get(path).text
        assert "<script>" not in text and "<img" not in text
    assert "&lt;script&gt;" in browser.get(site.path(run)).text


def test_every_answer_carries_the_headers(site: Site) -> None:
    run = site.recorder.run()
    browser = site.user()
    for path in ("/", site.path(run), "/login", "/static/portal.css", "/static/icon.svg", "/runs/x/y"):
        page = browser.get(path)
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy and "http" not in policy
        assert page.headers["x-content-type-options"] == "nosniff"
    text = browser.get(site.path(run)).text
    assert "style=" not in text and "<script>" not in text
    assert not re.findall(r"(?:src|href)=[\"'](?:https?:)?//", text), "nothing is loaded from elsewhere"


def test_a_file_is_saved_and_never_shown(site: Site) -> None:
    run = site.recorder.run()
    name = 'outputs/a "b" \u00fc.html'
    site.recorder.file(run, name, b"<script>alert(1)</script>")
    browser = site.user()
    (file,) = browser.get(site.path(run) + ".json").json["files"]
    page = browser.get(file["href"])
    assert (page.status, page.body) == (200, b"<script>alert(1)</script>")
    assert page.headers["content-type"] == "application/octet-stream"
    assert page.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in page.headers["content-security-policy"]
    disposition = page.headers["content-disposition"]
    assert disposition == "attachment; filename*=UTF-8''a%20%22b%22%20%C3%BC.html"


def test_a_big_file_comes_whole(site: Site) -> None:
    run = site.recorder.run()
    content = bytes(range(256)) * 8192
    site.recorder.file(run, "outputs/big.bin", content)
    page = site.user().get(site.path(run) + "/files/outputs/big.bin")
    assert page.body == content and page.headers["content-length"] == str(len(content))


def test_a_run_shows_its_models(site: Site) -> None:
    from trainshed.contract.models import ModelAsk
    from trainshed.contract.names import new_id

    run = site.recorder.run("models")
    site.recorder.file(run, "outputs/model.bin", b"1")
    for _ in range(2):
        ask = ModelAsk(new_id(), "my-net", run_id=run.id, run_path="outputs/model.bin")
        site.recorder.api.models.register(run.workspace_id, ask)
    browser = site.user()
    assert re.findall(">(my-net:.)</a>", browser.get(site.path(run)).text) == ["my-net:2", "my-net:1"]
