"""kill -9 of the server between and within requests of every kind: what a call returned from is there, once."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable, Dict, List, Tuple

import pytest

from azureml.core import Run
from azureml.exceptions import AzureMLException
from tests.integration.submitting import Desk, by_name, wait_for_end, write
from tests.kill.test_walk import found_by_a_reader, seed_of
from tests.support.chaos import House, Paused, kill_all, send
from tests.support.ledger import SCRIPT, faults, read_ledger
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(280)]


@dataclass
class Load:
    """A user who does one thing after another with runs, and remembers what came back without an error."""

    desk: Desk
    random: random.Random
    run: Run
    points: List[int] = field(default_factory=list)
    tags: Dict[str, str] = field(default_factory=dict)
    properties: Dict[str, str] = field(default_factory=dict)
    files: List[str] = field(default_factory=list)
    children: List[str] = field(default_factory=list)
    submitted: List[Run] = field(default_factory=list)
    completed: List[Run] = field(default_factory=list)
    maybe: Dict[str, int] = field(default_factory=dict)
    errors: List[str] = field(default_factory=list)
    done: int = 0

    def one(self) -> None:
        """One deed. An error of ours is an answer too: then the deed may or may not have been done."""
        deed = self.random.choice(self.deeds())
        self.done += 1
        try:
            deed()
        except AzureMLException as error:
            self.errors.append(f"{deed.__name__}: {type(error).__name__}: {error.message}")
            self.maybe[deed.__name__] = self.maybe.get(deed.__name__, 0) + 1

    def deeds(self) -> List[Callable[[], None]]:
        return [self.log, self.log, self.tag, self.add, self.upload, self.child, self.submit, self.read, self.end]

    def log(self) -> None:
        self.run.log("point", self.done)
        self.points.append(self.done)

    def tag(self) -> None:
        self.run.tag(f"t{self.done}", str(self.done))
        self.tags[f"t{self.done}"] = str(self.done)

    def add(self) -> None:
        self.run.add_properties({f"p{self.done}": str(self.done)})
        self.properties[f"p{self.done}"] = str(self.done)

    def upload(self) -> None:
        path = write(self.desk.folder / "up" / f"{self.done}.txt", f"content {self.done}")
        self.run.upload_file(f"up/{self.done}.txt", str(path))
        self.files.append(f"up/{self.done}.txt")

    def child(self) -> None:
        self.children.append(self.run.child_run(f"child {self.done}").id)

    def submit(self) -> None:
        if len(self.submitted) < 12:
            self.submitted.append(self.desk.submit("from azureml.core import Run; Run.get_context().log('a', 1)"))

    def read(self) -> None:
        self.run.get_metrics()
        self.run.get_details()
        list(self.desk.experiment.get_runs())

    def end(self) -> None:
        run = self.desk.experiment.start_logging(snapshot_directory=None)
        run.log("x", self.done)
        run.complete()
        self.completed.append(run)


class Killer(threading.Thread):
    """Kills the server at seeded random moments."""

    def __init__(self, house: House, seed: int, longest_s: float) -> None:
        super().__init__(daemon=True)
        self.house, self.random, self.longest_s = house, random.Random(seed), longest_s
        self.stop = threading.Event()
        self.kills = 0

    def run(self) -> None:
        while not self.stop.wait(self.random.uniform(0.02, self.longest_s)):
            server = self.house.server()
            if server is not None:
                self.kills += send(server, signal.SIGKILL)


def work_while_it_is_killed(desk: Desk, seed: int, deeds: int, least_kills: int) -> Tuple[Load, Killer]:
    load = Load(desk, random.Random(seed), desk.experiment.start_logging(snapshot_directory=None))
    killer = Killer(desk.house, seed, longest_s=2.0)
    killer.start()
    end = time.monotonic() + 180
    try:
        while load.done < deeds or killer.kills < least_kills:
            assert time.monotonic() < end, f"KILL_SEED={seed}: {load.done} deeds, {killer.kills} kills"
            load.one()
    finally:
        killer.stop.set()
        killer.join()
    return load, killer


def check(load: Load, seed: int) -> None:
    run, words = load.run, f"KILL_SEED={seed}; errors: {load.errors[-20:]}"
    run.flush()
    found = run.get_metrics().get("point", [])
    found = found if isinstance(found, list) else [found]
    assert sorted(found) == sorted(set(found)), words
    assert set(load.points) <= set(found), words
    assert load.tags.items() <= run.get_tags().items(), words
    assert load.properties.items() <= run.get_properties().items(), words
    names = by_name(run.get_file_names(), "up/")
    assert set(load.files) <= set(names) and len(names) == len(set(names)), words
    children = [child.id for child in run.get_children()]
    assert set(load.children) <= set(children), words
    assert len(children) - len(load.children) <= load.maybe.get("child", 0), f"a child twice; {words}"
    for one in load.submitted:
        assert wait_for_end(one) == "Completed", words
        assert one.get_metrics() == {"a": 1}, words
    for one in load.completed:
        assert one.get_status() == "Completed" and len(one.get_metrics()) == 1, words
    for child in run.get_children():
        child.complete()
    run.complete()


def test_a_short_while(lone_desk: Desk) -> None:
    seed = seed_of(31)
    load, killer = work_while_it_is_killed(lone_desk, seed, deeds=60, least_kills=5)
    check(load, seed)
    assert killer.kills >= 5


@pytest.mark.slow
@pytest.mark.parametrize("seed", [41, 42, 43])
def test_a_long_while(lone_desk: Desk, seed: int) -> None:
    load, _ = work_while_it_is_killed(lone_desk, seed_of(seed), deeds=600, least_kills=40)
    check(load, seed_of(seed))


def test_a_new_server_finds_everything(lone_desk: Desk) -> None:
    """Records of before the kill, and a run that ends while no server is there."""
    done = lone_desk.completed("from azureml.core import Run; Run.get_context().log('a', 1)")
    go = lone_desk.folder / "go"
    live = lone_desk.submit(
        "import os, sys, time\nwhile not os.path.exists(sys.argv[1]): time.sleep(0.02)\n", [str(go)]
    )
    wait_until(lambda: live.get_status() == "Running", 60, "the run to be at work")
    server = lone_desk.house.server()
    assert server is not None
    os.kill(server, signal.SIGKILL)
    go.touch()
    wait_until(lambda: not lone_desk.house.entries(), 60, "the script to end")
    assert done.get_metrics() == {"a": 1}
    assert lone_desk.house.server() not in (None, server)
    assert wait_for_end(live) == "Completed"


def test_a_stranger_at_the_port_of_a_killed_server(lone_desk: Desk, tmp_path: Path) -> None:
    """Another home's server has got the port meanwhile: it is told nothing, and ours comes back at another one."""
    run = lone_desk.experiment.start_logging(snapshot_directory=None)
    port = run.get_portal_url().split("/")[2].rpartition(":")[2]
    kill_all(lone_desk.house.named("server"))
    strangers = Path(tempfile.mkdtemp(prefix="ts-", dir="/tmp"))
    command = [sys.executable, "-m", "trainshed.server.app", "--home", str(strangers), "--port", port]
    with open(tmp_path / "stranger.log", "wb") as log:
        stranger = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        wait_until((strangers / "server.json").exists, 60, "the stranger to listen")
        assert run.get_status() == "Running"
        run.complete()
        assert run.get_portal_url().split("/")[2].rpartition(":")[2] != port
        assert lone_desk.completed("pass").get_status() == "Completed"
    finally:
        stranger.terminate()
        stranger.wait(60)
        shutil.rmtree(strangers)


def test_who_follows_a_run_goes_on_following(lone_desk: Desk, capfd: pytest.CaptureFixture[str]) -> None:
    """`wait_for_completion(show_output=True)` survives the server: no line is missed, none is shown twice."""
    run = lone_desk.submit("import time\nfor i in range(300): print('line', i, flush=True); time.sleep(0.01)\n")
    killer = Killer(lone_desk.house, seed_of(51), longest_s=1.2)
    killer.start()
    try:
        run.wait_for_completion(show_output=True)
    finally:
        killer.stop.set()
        killer.join()
    lines = [line for line in capfd.readouterr().out.splitlines() if line.startswith("line ")]
    assert lines == [f"line {i}" for i in range(300)]


@pytest.mark.slow
def test_a_server_that_stands_still_longer_than_an_agent_waits(lone_desk: Desk) -> None:
    """The agent asks again; then the server goes on and finds both messages. Once is enough."""
    ledger, go = lone_desk.folder / "ledger", lone_desk.folder / "go"
    points, lasts_s, agent_waits_s = 20_000, 40, 20
    run = lone_desk.submit(SCRIPT, [str(ledger), points, 8_000, 40, lasts_s * 10, 0.1, str(go)])
    wait_until(lambda: len(read_ledger(ledger).points) > 100, 60, "the script to be at it")
    with Paused(lone_desk.house.named("server")):
        # The script is the clock.
        enough = points * (agent_waits_s + 5) / lasts_s
        wait_until(lambda: len(read_ledger(ledger).points) > enough, 120, "time to pass", poll_s=0.2)
    go.touch()
    assert wait_for_end(run) == "Completed"
    assert faults(read_ledger(ledger), found_by_a_reader(run, lone_desk.folder)) == []
