"""What the pages of a run are made of: phases, families, drawings, previews, trees, diffs, archives."""

from __future__ import annotations

import asyncio
import io
import json
import os
import zipfile
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, List

import pytest

from tests.sdk.test_metric_kinds import DATA, whole
from trainshed.contract.records import FileEntry, RunEvent
from trainshed.contract.status import RunStatus
from trainshed.server.portal import events as page_events
from trainshed.server.portal.archive import zipped
from trainshed.server.portal.run import changing, chart_data, kinds, log_page, previews
from trainshed.server.portal.run.diff_text import diff_lines
from trainshed.server.portal.run.environment_page import installed
from trainshed.server.portal.run.families import families, family
from trainshed.server.portal.run.metric_page import Course, charts, is_drawn, metric_line, other, table
from trainshed.server.portal.run.phases import WIDTH, phases
from trainshed.server.portal.run.trees import TreeFile, tree
from trainshed.server.services.files import Opened
from trainshed.server.services.news import News, RunChanged, runs_key

BEGIN = datetime(2026, 1, 2, tzinfo=timezone.utc)
S = RunStatus


def events(*changes: Any) -> List[RunEvent]:
    at, old, made = BEGIN, S.NOT_STARTED, []
    for seq, (seconds, new) in enumerate(changes, 1):
        at += timedelta(seconds=seconds)
        made.append(RunEvent("r", seq, old, new, "", at, "agent"))
        old = new
    return made


def test_phases_add_up_and_fill_the_bar() -> None:
    life = events(
        (0, S.QUEUED), (2, S.PREPARING), (1, S.STARTING), (1, S.RUNNING), (96, S.FINALIZING), (0, S.COMPLETED)
    )
    found = phases(BEGIN, life, BEGIN + timedelta(days=1))
    assert [(phase.name, phase.seconds) for phase in found] == [
        ("queued", 2),
        ("preparing", 1),
        ("starting", 1),
        ("running", 96),
    ]
    assert abs(found[-1].x + found[-1].width - WIDTH) < 0.5 and not any(phase.now for phase in found)


def test_a_phase_that_goes_on_counts_up_to_now_and_a_silence_to_the_one_before() -> None:
    life = events((0, S.QUEUED), (1, S.RUNNING), (5, S.NOT_RESPONDING), (5, S.RUNNING))
    found = {phase.name: phase for phase in phases(BEGIN, life, BEGIN + timedelta(seconds=21))}
    assert found["running"].seconds == 20 and found["running"].now
    assert phases(BEGIN, [], BEGIN)[0].name == "queued"


def test_a_name_may_have_files_and_numbers() -> None:
    address = "aml://artifactId/ExperimentRun/dcid.r_1/a.json"
    both = Course(1, "both", "scalar", 4, [address, 1.0, 0.5, address], [(0.0, 1.0)])
    assert is_drawn(both)
    line = charts([both])[0][0].lines[0]
    assert (line.last, line.count) == ("0.5", 2)
    assert not is_drawn(Course(2, "one number", "scalar", 2, [address, 1.0]))
    assert not is_drawn(Course(3, "pictures", "scalar", 2, [address, address]))
    assert not is_drawn(Course(4, "text", "scalar", 3, [1.0, 2.0, "x"]))


def test_a_page_is_told_at_once_only_what_came_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_events, "QUIET_S", 0.01)

    async def first(since: int) -> str:
        told = page_events.changes(news, {"runs": runs_key("w")}, 0.0, since=since)
        return await told.__anext__()

    news = News()
    news.publish([RunChanged("w", "1")])
    number = news.number
    assert asyncio.run(first(number)) == "", "nothing has changed, nothing is told"
    news.publish([RunChanged("another", "1")])
    assert asyncio.run(first(number)) == ""
    news.publish([RunChanged("w", "2")])
    assert asyncio.run(first(number)) == "runs"


def test_families() -> None:
    names = ["loss", "val_loss", "train/loss", "gpu_0", "gpu_1", "accuracy", "test", "12"]
    assert families(names) == [["loss", "val_loss", "train/loss"], ["gpu_0", "gpu_1"], ["accuracy"], ["test"], ["12"]]
    assert [len(group) for group in families(f"layer_{number}" for number in range(20))] == [8, 8, 4]
    assert family("Val-Loss") == "loss"


def test_which_metrics_are_charts_tables_and_values() -> None:
    loss = Course(1, "loss", "scalar", 3, [0.5], [(0.0, 1.0), (0.5, 0.6)])
    once = Course(2, "once", "scalar", 1, [3.0])
    text = Course(3, "text", "scalar", 2, ["a", "b"])
    rows = Course(4, "rows", "row", 5, [{"x": 1, "y": 2.0}, {"x": 2, "z": None}])
    columns = Course(5, "columns", "table", 1, [{"a": [1, 2], "b": ["x", "y"]}])
    mixed = Course(6, "mixed", "table", 3, [7, {"a": 1}, {"a": [2, 3]}])
    assert [course.name for course in (loss, once, text, rows) if is_drawn(course)] == ["loss"]
    assert [line.name for line in charts([loss])[0][0].lines] == ["loss"]
    assert (other(text).last, other(once).last, metric_line(rows).last) == ("a, b", "3", "5 rows")
    shown = table(rows)
    assert shown is not None and (shown.columns, shown.rows) == (("x", "y", "z"), (("1", "2", ""), ("2", "", "None")))
    shown = table(columns)
    assert shown is not None and shown.rows == (("1", "x"), ("2", "y"))
    shown = table(mixed)
    assert shown is not None and shown.columns == ("value", "a") and len(shown.rows) == 4
    assert table(loss) is None


@pytest.mark.parametrize("kind", DATA)
def test_documents_are_drawn(kind: str) -> None:
    drawing = kinds.drawn(json.dumps(whole(kind, DATA[kind])).encode())
    assert drawing is not None and drawing.kind == ("matrix" if kind == "confusion_matrix" else "plots")


@pytest.mark.parametrize("kind", DATA)
@pytest.mark.parametrize("data", [None, [], {}, {"class_labels": 3}, {"bin_edges": ["x"]}, {"matrix": [[1e999]]}])
def test_documents_of_another_form_are_no_trouble(kind: str, data: Any) -> None:
    drawing = kinds.drawn(json.dumps(whole(kind, data)).encode())
    assert isinstance(drawing, kinds.NotDrawn) and kind in drawing.why


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"[" * 100_000, b'{"schema_type": 1}', b'{"schema_type": []}'])
def test_other_files_are_no_documents(data: bytes) -> None:
    assert kinds.drawn(data) is None


def test_an_area_under_a_curve() -> None:
    perfect = [[1, 0, 1, 0], [1, 0, 1, 0]]
    data = {**DATA["accuracy_table"], "probability_tables": [perfect, perfect]}
    drawing = kinds.drawn(json.dumps(whole("accuracy_table", data)).encode())
    assert isinstance(drawing, kinds.Plots)
    assert {trace.note for trace in drawing.plots[0].traces} == {"area 1.0000"}


def test_an_address_names_a_file_of_this_run_only() -> None:
    assert kinds.file_of("aml://artifactId/ExperimentRun/dcid.r_1/a b/c.png", "r_1") == "a b/c.png"
    for value in ("aml://artifactId/ExperimentRun/dcid.r_2/c.png", "c.png", 3, None):
        assert kinds.file_of(value, "r_1") is None


@pytest.mark.parametrize(
    ("path", "head", "size", "kind", "cut"),
    [
        ("a.txt", b"one\ntwo", 7, "text", False),
        ("a.txt", "\u00e4".encode()[:1] * 1 + b"", 500, "text", True),
        ("a.json", b'{"a": [1]}', 10, "json", False),
        ("a.json", b'{"a": [1', 8, "text", False),
        ("a.csv", b"a,b\n1,2\n", 8, "table", False),
        ("a.tsv", b"a\tb\n1\t2\n3", 100, "table", True),
        ("a.png", b"\x89PNG\r\n\x1a\n....", 12, "picture", False),
        ("a.txt", b"GIF89a....", 10, "picture", False),
        ("a.svg", b"<svg onload='alert(1)'/>", 24, "text", False),
        ("a.png", b"<script>", 8, "text", False),
        ("a.bin", bytes(range(256)), 256, "binary", False),
        ("a.txt", b"", 0, "empty", False),
    ],
)
def test_previews(path: str, head: bytes, size: int, kind: str, cut: bool) -> None:
    made = previews.preview(path, head, size)
    assert (made.kind, made.cut) == (kind, cut)


def test_a_preview_of_a_table_is_its_head() -> None:
    data = "".join(f"{number},x\n" for number in range(500)).encode()
    made = previews.preview("a.csv", data, len(data))
    assert len(made.rows) == previews.MOST_ROWS + 1 and made.cut


def test_a_tree_joins_lonely_folders() -> None:
    files = [TreeFile(path, path.rpartition("/")[2], "", "", "") for path in ("a/b/c.txt", "a/b/d.txt", "e.txt")]
    root = tree(files)
    assert [(folder.name, folder.count, folder.open) for folder in root.folders] == [("a/b", 2, True)]
    assert [file.name for file in root.files] == ["e.txt"] and root.count == 3
    many = tree([TreeFile(f"d/{number}", str(number), "", "", "", chosen=False) for number in range(300)])
    assert not many.folders[0].open
    chosen = tree([TreeFile(f"d/{number}", str(number), "", "", "", chosen=number == 7) for number in range(300)])
    assert chosen.folders[0].open


def test_a_diff_by_lines() -> None:
    text = b"diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-old\n+new\n same\n"
    assert [line.kind for line in diff_lines(text)] == ["file", "file", "file", "hunk", "removed", "added", "same"]


def test_a_zip_is_made_while_it_is_sent(tmp_path: Path) -> None:
    contents = {"a.txt": b"one", "d/\u00e4 b.bin": os.urandom(3 * 2**20 + 5), "empty": b""}

    async def open_file(name: str) -> Opened:
        if not contents[name]:
            return Opened(None, 0, final=False)
        path = tmp_path / str(len(name))
        path.write_bytes(contents[name])
        return Opened(os.open(path, os.O_RDONLY), len(contents[name]), final=True)

    async def gathered() -> List[bytes]:
        files = [(name, datetime(1970, 1, 1, tzinfo=timezone.utc)) for name in contents]
        return [block async for block in zipped(files, open_file)]

    blocks = asyncio.run(gathered())
    assert max(map(len, blocks)) < 2**20 + 2**12
    with zipfile.ZipFile(io.BytesIO(b"".join(blocks))) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == contents


def test_what_a_chart_may_ask_for() -> None:
    assert chart_data.wanted(["3", "4,10,20"]) == [chart_data.Wanted(3), chart_data.Wanted(4, 10, 20)]
    for texts in ([], ["x"], ["1,2"], ["1,2,3,4"], ["-1"], ["1" * 30], ["1"] * 17):
        with pytest.raises(Exception, match=r"chart|NUMBER"):
            chart_data.wanted(texts)
    for text in ("0", "x", "99999", "-5"):
        with pytest.raises(Exception, match="pixels"):
            chart_data.width(text)


def test_what_a_tag_form_asks_for() -> None:
    patch = changing.tag_patch({"name": " stage ", "value": "x", "old": "phase"})
    assert (patch.set_tags, patch.remove_tags) == ({"stage": "x"}, ("phase",))
    assert changing.tag_patch({"remove": "a"}).remove_tags == ("a",)
    assert changing.tag_patch({"name": "a", "value": "", "old": "a"}).remove_tags == ()
    for form in ({}, {"name": "  "}, {"name": "x" * 300}, {"name": "a\nb"}, {"name": "a", "value": "x" * 5000}):
        with pytest.raises(Exception, match="tag "):
            changing.tag_patch(form)


def test_a_lock_names_what_was_installed() -> None:
    lock = (
        "# Locked\ncertifi==2026.1 \\\n    --hash=sha256:00\n    # via requests\nsix==1.17.0 ; python_version < '4'\n"
    )
    assert [(package.name, package.version) for package in installed(lock)] == [
        ("certifi", "2026.1"),
        ("six", "1.17.0"),
    ]
    assert installed("") == ()


def test_logs_are_offered_by_rank_then_by_name() -> None:
    names = [
        "azureml-logs/20_image_build_log.txt",
        "azureml-logs/70_driver_log_10.txt",
        "azureml-logs/70_driver_log_2.txt",
        "logs/mine.txt",
        "outputs/model.bin",
        "azureml-logs/75_job_post-node0.txt",
    ]
    logs = log_page.logs_of(FileEntry(name, 1, None, True, BEGIN) for name in names)
    offered = [file.text for file in log_page.log_files(logs, "logs/mine.txt", "/runs/w/r")]
    assert offered == ["rank 2", "rank 10", "20_image_build_log.txt", "75_job_post-node0.txt", "logs/mine.txt"]
    assert log_page.to_come(1, BEGIN).path == "azureml-logs/70_driver_log.txt"
    assert log_page.to_come(4, BEGIN).path == "azureml-logs/70_driver_log_0.txt"
