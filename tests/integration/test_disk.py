"""Full and read-only disks, on the node and at the server: nothing that was accepted is lost, and the run says so."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from azureml.core import Experiment, Run, Workspace
from azureml.exceptions import ServiceException
from tests.conftest import stop_server
from tests.integration.submitting import (
    Desk,
    by_name,
    content,
    driver_log,
    error_of,
    wait_for_end,
    wait_for_file,
    warnings_of,
)
from tests.support.chaos_disks import MIB, fill, read_only, small_disk
from tests.support.rights import needs_root
from tests.support.waiting import wait_until

pytestmark = [
    pytest.mark.timeout(180),
    needs_root("a small file system"),
]

NODE_FULL = """
    import os, sys, time
    from azureml.core import Run
    run = Run.get_context()
    run.log('before', 1)
    run.flush()
    with open('filler', 'wb', buffering=0) as file:
        for size in (1 << 20, 4096, 1):
            try:
                while True: file.write(b'x' * size)
            except OSError as error:
                full = error
    for i in range({count}): run.log('during', i)
    if {freed}:
        os.remove('filler')
        after = 0
        while not os.path.exists(sys.argv[1]):
            run.log('after', after)
            after += 1
            time.sleep(0.05)
        print('logged after:', after)
"""


def test_a_full_node_that_gets_space_again(lone_desk: Desk) -> None:
    """Points of the bad time are kept in a buffer or counted: each is one of both."""
    count, go = 200_000, lone_desk.folder / "go"
    lone_desk.completed("pass")
    with small_disk(lone_desk.house.layout.runs, 16 * MIB):
        run = lone_desk.submit(NODE_FULL.format(count=count, freed=True), [str(go)])
        wait_until(lambda: isinstance(run.get_metrics().get("after"), list), 60, "points after the bad time")
        go.touch()
        assert wait_for_end(run) == "Completed", driver_log(run)
        metrics = run.get_metrics()
        kept, after = metrics.get("during", []), metrics["after"]
        assert metrics["before"] == 1
        assert len(set(kept)) == len(kept) and len(set(after)) == len(after)
        assert len(kept) < count, "the disk was never full"
        logged = count + int(re.findall(r"logged after: (\d+)", driver_log(run))[0])
        words = warnings_of(run)
        assert str(logged - len(kept) - len(after)) in words.replace(",", ""), (len(kept), words)
        wait_until(lambda: not lone_desk.house.agents(), 60, "the agent to leave")


def test_a_node_that_stays_full(lone_desk: Desk) -> None:
    lone_desk.completed("pass")
    with small_disk(lone_desk.house.layout.runs, 16 * MIB):
        run = lone_desk.submit(NODE_FULL.format(count=50_000, freed=False), ["-"])
        assert wait_for_end(run) in ("Completed", "Failed")
        assert run.get_metrics()["before"] == 1
        assert run.get_status() == "Completed", error_of(run)
        words = warnings_of(run)
        assert "not kept" in words or "disk" in words or "space" in words, words
        wait_until(lambda: not lone_desk.house.agents(), 60, "the agent to leave")


SERVER_FULL = """
    import os, sys, time
    from azureml.core import Run
    run = Run.get_context()
    run.log('before', 1)
    open(sys.argv[1], 'w').close()
    while not os.path.exists(sys.argv[2]): time.sleep(0.02)
    for i in range(20000): run.log('during', i)
    for i in range(200):
        print('line %06d ' % i + 'x' * 5000)
        with open('outputs/f%03d' % i, 'w') as file: file.write('%d ' % i + 'y' * 20000)
    open(sys.argv[3], 'w').close()
"""


def _everything_arrived(desk: Desk, run: Run) -> None:
    assert run.get_metrics() == {"before": 1, "during": list(range(20000))}
    assert by_name(run.get_file_names(), "outputs/") == [f"outputs/f{i:03d}" for i in range(200)]
    assert content(run, "outputs/f199", desk.folder) == b"199 " + b"y" * 20000
    lines = [line for line in driver_log(run).splitlines() if line.startswith("line ")]
    assert lines == [f"line {i:06d} " + "x" * 5000 for i in range(200)]


def test_a_full_server_waits_and_goes_on(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The home is small and gets full; the node folders lie on another file system."""
    monkeypatch.chdir(tmp_path)
    with small_disk(home, 64 * MIB), small_disk(home / "runs", 512 * MIB):
        try:
            workspace = Workspace.from_config()
            desk = Desk(home, tmp_path, workspace, Experiment(workspace, "full"))
            started, go, written = (tmp_path / name for name in ("started", "go", "written"))
            run = desk.submit(SERVER_FULL, [str(started), str(go), str(written)])
            wait_for_file(started)
            filler = fill(home / "filler")
            go.touch()
            wait_for_file(written)
            wait_until(lambda: not desk.house.entries(), 60, "the script to end")
            _still_not_lost(desk)
            filler.unlink()
            assert wait_for_end(run) == "Completed"
            _everything_arrived(desk, run)
        finally:
            _stop(home)


def test_what_a_full_server_is_asked_by_people(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An upload and a submit are refused in words, leave nothing half-made, and work when there is space again."""
    monkeypatch.chdir(tmp_path)
    with small_disk(home, 64 * MIB), small_disk(home / "runs", 64 * MIB):
        try:
            workspace = Workspace.from_config()
            desk = Desk(home, tmp_path, workspace, Experiment(workspace, "full"))
            run = desk.experiment.start_logging(snapshot_directory=None)
            large = tmp_path / "large.bin"
            large.write_bytes(os.urandom(8 * MIB))
            config = desk.config("print('ran')", data_bin="x" * 8 * MIB)
            filler = fill(home / "filler")
            for ask in (lambda: run.upload_file("large.bin", str(large)), lambda: desk.experiment.submit(config)):
                with pytest.raises(ServiceException) as error:
                    ask()
                assert "trainshed du" in error.value.message or "space" in error.value.message
            filler.unlink()
            assert run.get_file_names() == []
            assert [one.id for one in desk.experiment.get_runs()] == [run.id]
            assert not list((home / "store" / "incoming").glob("*"))
            run.upload_file("large.bin", str(large))
            assert content(run, "large.bin", tmp_path) == large.read_bytes()
            assert wait_for_end(desk.experiment.submit(config)) == "Completed"
            run.complete()
        finally:
            _stop(home)


def test_a_store_that_is_read_only_for_a_while(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    workspace = Workspace.from_config()
    desk = Desk(home, tmp_path, workspace, Experiment(workspace, "readonly"))
    started, go, written = (tmp_path / name for name in ("started", "go", "written"))
    run = desk.submit(SERVER_FULL, [str(started), str(go), str(written)])
    wait_for_file(started)
    with read_only(home / "store"), read_only(home / "growing"):
        go.touch()
        wait_for_file(written)
        wait_until(lambda: not desk.house.entries(), 60, "the script to end")
        _still_not_lost(desk)
    assert wait_for_end(run) == "Completed"
    _everything_arrived(desk, run)


def _still_not_lost(desk: Desk) -> None:
    """The agent lives on and keeps what the server could not take."""
    assert desk.house.agents()


def _stop(home: Path) -> None:
    """Before the mount goes: a server cannot be stopped without its home."""
    stop_server(home)
