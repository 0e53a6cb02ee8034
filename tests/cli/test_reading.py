"""Verbs that look at records: what they print, as text and as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Shelf, trainshed
from trainshed.cli import show
from trainshed.contract.columns import Column


def test_runs_are_lines_with_tabs_newest_first(shelf: Shelf) -> None:
    typed = trainshed("runs")
    assert typed.code == 0
    rows = [line.split("\t") for line in typed.lines]
    assert [row[0] for row in rows] == [shelf.run.id, "twin-b", "twin-a"]
    assert rows[0][1:3] == ["Running", "digits"]
    assert "\r" not in typed.out and "\x1b" not in typed.out


def test_runs_filters(shelf: Shelf) -> None:
    def found(*words: str) -> list[str]:
        return [run["id"] for run in trainshed("runs", "--json", *words).json["runs"]]

    assert found("--experiment", "twins") == ["twin-b", "twin-a"]
    assert found("-e", "twins", "--limit", "1") == ["twin-b"]
    assert found("--tag", "stage=try") == [shelf.run.id]
    assert found("--tag", "stage", "--tag", "plain") == [shelf.run.id]
    assert found("--tag", "stage=other") == []
    assert found("--status", "Completed") == []
    assert found("--status", "Completed", "--status", "Running") == found() != []
    assert found("--target", "moon") == []
    assert found("--since", "7d") == found() == found("--since", "yesterday", "--until", "now")
    assert found("--until", "yesterday") == [] == found("--since", "2999-01-01T10:00Z")
    assert shelf.child.id in found("--children")


def test_runs_that_match_nothing_say_so_on_standard_error(shelf: Shelf) -> None:
    typed = trainshed("runs", "--experiment", "none")
    assert (typed.code, typed.out, typed.err) == (0, "", "No run matches.\n")


def test_show(shelf: Shelf) -> None:
    typed = trainshed("show", shelf.run.id)
    assert typed.code == 0
    for words in (
        "status      Running",
        "loss = 0.125  (last of 3)",
        "broken = nan",
        "outputs/model.bin  256 B",
        "stage = try",
        "commit = c0ffee",
        "history",
    ):
        assert words in typed.out, typed.out


def test_show_tells_numbers_and_files_of_one_name() -> None:
    address = "aml://artifactId/ExperimentRun/dcid.r_1/a.json"
    both = Column("both", "scalar", "", [address, 1.0, 0.5])
    assert show._last_of(both) == f"0.5  (last of 2), and {address}"
    assert show._course(show._values(both), "ab") == "ba"
    assert show._last_of(Column("document", "scalar", "", [address])) == address
    assert show._last_of(Column("nothing", "scalar", "", [])) == "None"


def test_show_json_holds_the_last_values(shelf: Shelf) -> None:
    shown = trainshed("show", shelf.run.id, "--json").json
    assert shown["metrics"] == {"loss": 0.125, "broken": "nan"}
    assert shown["details"]["run"]["id"] == shelf.run.id
    assert [event["new"] for event in shown["details"]["events"]] == ["Running"]


def test_a_run_is_found_by_its_beginning_and_as_last(shelf: Shelf) -> None:
    assert trainshed("show", "digits", "--json").code == 2  # the run and its child
    assert trainshed("show", shelf.child.id[:-1], "--json").json["details"]["run"]["id"] == shelf.child.id
    assert trainshed("show", "last", "--json").json["details"]["run"]["id"] == shelf.run.id


def test_a_beginning_of_several_names_them(shelf: Shelf) -> None:
    typed = trainshed("show", "twin-")
    assert (typed.code, typed.out) == (2, "")
    assert typed.err == (
        "trainshed: Several runs begin with 'twin-': twin-b, twin-a. Type more of the id.\n  next: trainshed runs\n"
    )


def test_an_unknown_run_says_what_to_type(shelf: Shelf) -> None:
    for verb in ("show", "logs", "cancel", "download", "portal"):
        typed = trainshed(verb, "nothing-like-it")
        assert (typed.code, typed.out) == (3, "")
        assert typed.err == (
            "trainshed: Workspace 'default' has no run whose id is, or begins with, 'nothing-like-it'.\n"
            "  next: trainshed runs\n"
        )


def test_an_error_as_json(shelf: Shelf) -> None:
    typed = trainshed("show", "../x", "--json")
    assert (typed.code, typed.out) == (3, "")
    error = json.loads(typed.err)
    assert error["code"] == "no_such_run" and error["next"] == "trainshed runs" and error["facts"]["run"] == "../x"


def test_logs_are_bytes(shelf: Shelf) -> None:
    import subprocess

    from tests.cli.conftest import COMMAND

    done = subprocess.run([*COMMAND, "logs", shelf.run.id], capture_output=True, check=True, timeout=60)
    assert done.stdout == b"step 1\r\nstep 2 \xff\nlast without end"


def test_logs_json_is_a_document_per_line(shelf: Shelf) -> None:
    typed = trainshed("logs", shelf.run.id, "--json")
    assert [json.loads(line)["line"] for line in typed.lines] == ["step 1\r", "step 2 \ufffd", "last without end"]


def test_the_end_of_a_log(shelf: Shelf) -> None:
    def tail(count: int, *words: str) -> str:
        return trainshed("logs", run.id, "-n", str(count), "--file", name, *words).out

    run = shelf.recorder.run("tails")
    lines = [f"line {number} {'x' * (number % 100)}\n" for number in range(5000)]
    for name, whole in (("logs/ends.txt", "".join(lines)), ("logs/open.txt", "".join(lines)[:-1])):
        shelf.recorder.file(run, name, whole.encode())
        for count in (1, 4999):
            assert tail(count) == "".join(lines[-count:])[: None if name == "logs/ends.txt" else -1]
        assert tail(5000) == whole
    assert len(tail(3, "--json").splitlines()) == 3
    assert trainshed("logs", run.id, "-n", "0").code == 2
    assert trainshed("logs", run.id, "-n", "5").code == 0, "it has printed nothing"


def test_logs_of_a_process_that_is_not_there(shelf: Shelf) -> None:
    typed = trainshed("logs", shelf.run.id, "--rank", "7")
    assert (typed.code, typed.out) == (3, "")
    assert "no process 7: it has 1" in typed.err


def test_logs_of_a_file_that_is_not_there(shelf: Shelf) -> None:
    typed = trainshed("logs", shelf.run.id, "--file", "logs/none.txt")
    assert typed.code == 3
    assert "outputs/model.bin" in typed.err and f"next: trainshed show {shelf.run.id}" in typed.err


def test_download_one_file(shelf: Shelf, tmp_path: Path) -> None:
    typed = trainshed("download", shelf.run.id, "outputs/model.bin", cwd=tmp_path)
    assert (typed.code, typed.out) == (0, "model.bin\n")
    assert (tmp_path / "model.bin").read_bytes() == bytes(range(256))


def test_download_by_prefix_keeps_the_folders(shelf: Shelf, tmp_path: Path) -> None:
    files = trainshed("download", shelf.run.id, "--prefix", "outputs/", "-o", str(tmp_path), "--json").json["files"]
    assert {file["name"]: file["size_bytes"] for file in files} == {"outputs/a/b.txt": 1, "outputs/model.bin": 256}
    assert (tmp_path / "outputs/a/b.txt").read_bytes() == b"b"
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == ["b.txt", "model.bin"]


def test_download_everything_goes_to_a_folder_of_the_runs_name(shelf: Shelf, tmp_path: Path) -> None:
    typed = trainshed("download", shelf.run.id, cwd=tmp_path)
    assert typed.code == 0 and len(typed.lines) == 3
    assert (tmp_path / shelf.run.id / "azureml-logs" / "70_driver_log.txt").exists()


@pytest.mark.parametrize("place", ["/proc/nowhere", "/dev/null/below", "file"])
def test_download_to_a_place_that_cannot_be(shelf: Shelf, tmp_path: Path, place: str) -> None:
    (tmp_path / "file").touch()
    typed = trainshed("download", shelf.run.id, "outputs/model.bin", "-o", place, cwd=tmp_path)
    if place == "file":
        typed = trainshed("download", shelf.run.id, "outputs/model.bin", "-o", "file/below", cwd=tmp_path)
    assert (typed.code, typed.out) == (2, "")
    assert "Nothing can be written to" in typed.err and place in typed.err and "Give another place" in typed.err


def test_download_of_nothing(shelf: Shelf, tmp_path: Path) -> None:
    assert trainshed("download", shelf.run.id, "--prefix", "none/", cwd=tmp_path).code == 3
    assert trainshed("download", shelf.run.id, "none", cwd=tmp_path).code == 3
    assert trainshed("download", shelf.run.id, "../../etc/passwd", cwd=tmp_path).code == 2
    assert trainshed("download", shelf.run.id, "x", "--prefix", "y", cwd=tmp_path).code == 2
    assert not list(tmp_path.iterdir())


def test_the_portal_link_holds_no_token(shelf: Shelf) -> None:
    url = trainshed("portal", "last", "--json").json["url"]
    assert url.startswith("http://127.0.0.1:")
    assert (shelf.home / "token").read_text().strip() not in url


def test_usage(shelf: Shelf) -> None:
    used = trainshed("du", "--json").json
    assert used["database_bytes"] > 0
    pruned = trainshed("prune", "--dry-run", "--older-than", "7d", "--json").json
    assert set(pruned) == {"freed_bytes", "removed"}


def test_doctor_finds_the_server(shelf: Shelf) -> None:
    typed = trainshed("doctor", "--json")
    checks = {check["what"]: check for check in typed.json["checks"]}
    assert checks["server"]["state"] == "ok" and "pid" in checks["server"]["found"]
    assert "Trainshed's" in checks["azureml"]["found"]
    assert all(check["way_out"] for check in checks.values() if check["state"] != "ok")
    assert typed.code == 0


def test_cancel_asks_none_when_one_is_unknown(shelf: Shelf) -> None:
    assert trainshed("cancel", "twin-a", "nothing-like-it").code == 3
    assert trainshed("show", "twin-a", "--json").json["details"]["run"]["status"] == "Running"


def test_cancel(shelf: Shelf) -> None:
    run = shelf.recorder.run("canceled")
    asked = trainshed("cancel", run.id, "--json").json["runs"]
    assert [entry["run_id"] for entry in asked] == [run.id]
    again = trainshed("cancel", run.id)
    assert (again.code, again.out) == (0, f"{run.id}\tCanceled\n")
