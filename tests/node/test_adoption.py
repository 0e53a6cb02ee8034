"""Agents, shims and forkers are killed at any moment; another agent goes on, and nothing happens twice."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from pathlib import Path
from typing import Callable

import psutil
import pytest

from tests.node.nodes import Forker, Node, make_node, python_argv
from tests.node.server import MiniServer
from tests.support.folders import named
from tests.support.interpreters import find_python
from tests.support.waiting import wait_until
from trainshed.contract.layout import HomeLayout
from trainshed.contract.messages import ShimCommand
from trainshed.contract.records import ExitReport
from trainshed.contract.wire import dumps, loads
from trainshed.node import locks

# Says that it ran, in a file that two runs of it would make longer; ends when it is told to.
SCRIPT = """
import os, sys, time
os.write(os.open('ran', os.O_CREAT | os.O_APPEND | os.O_WRONLY), b'once;')
for number in range(100):
    print(number, flush=True)
while not os.path.exists('go'):
    time.sleep(0.01)
open('outputs/result.txt', 'w').write('result')
print('end', flush=True)
sys.exit(int(open('go').read()))
"""
LINES = "".join(f"{number}\n" for number in range(100)) + "end\n"


def let_go(node: Node, code: int = 0) -> None:
    new = node.layout.code / "go.new"
    new.write_text(str(code))
    new.rename(node.layout.code / "go")


def ran_once(node: Node) -> bool:
    return (node.layout.code / "ran").read_text() == "once;"


@pytest.mark.parametrize("phase", ["agent.lock", "state.json", "code", "command.json", "started.json"])
def test_an_agent_is_killed_while_it_starts_a_run(home: Path, server: MiniServer, phase: str) -> None:
    """At the moment when a file appears; the adopter may find more or less of it done."""
    files = {f"data/{number}.txt": b"x" * 1000 for number in range(300)}
    node = make_node(home, server, SCRIPT, files=files)
    agent = node.start_agent()
    wait_until(lambda: named(node.layout.root, phase), what=phase, poll_s=0.0002)
    os.kill(agent.pid, signal.SIGKILL)
    agent.wait()
    node.start_agent()
    node.wait_for_status("Running")
    let_go(node)
    node.wait_until_done()
    assert server.phases[-3:] == ["Running", "Finalizing", "Completed"]
    assert server.driver_log == LINES
    assert server.content("outputs/result.txt") == b"result"
    assert ran_once(node)


@pytest.mark.parametrize(("code", "status"), [(0, "Completed"), (3, "Failed")])
@pytest.mark.parametrize("up", [True, False], ids=["server up", "server down"])
def test_the_script_ends_without_an_agent(home: Path, server: MiniServer, code: int, status: str, up: bool) -> None:
    node = make_node(home, server, SCRIPT)
    node.start_agent()
    node.wait_for_output("99")
    node.kill_agent()
    if not up:
        server.stop()
    let_go(node, code)
    exited = wait_until(lambda: node.rank_exit, what="exit.json").at
    node.start_agent()
    if not up:
        server.start()
    node.wait_until_done()
    assert server.status == status
    report = server.records.report
    assert report is not None and [phase.at for phase in report.phases[-2:]] == [exited, exited]
    assert server.driver_log == LINES
    assert server.content("outputs/result.txt") == b"result"


def test_an_agent_is_killed_again_and_again(home: Path, server: MiniServer, new_forker: Callable[..., Forker]) -> None:
    forker = new_forker()
    node = make_node(home, server, SCRIPT, forker=forker.socket)
    for _ in range(10):
        pid = forker.ask("agent", node.layout.root).pid
        seen = server.records.syncs
        wait_until(lambda seen=seen: server.records.syncs > seen, 60, "a sync")  # type: ignore[misc]
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not locks.is_held(node.layout.agent_lock), 60, "the agent's end")
    assert forker.ask("agent", node.layout.root).ok
    node.wait_for_output("99")
    let_go(node)
    node.wait_until_done()
    assert server.driver_log == LINES and server.status == "Completed" and ran_once(node)


def test_an_agent_is_killed_while_it_finalizes(home: Path, server: MiniServer) -> None:
    script = "for n in range(300): open(f'outputs/{n}.txt', 'w').write(str(n))"
    node = make_node(home, server, script)
    server.full = True  # so that it stays in Finalizing
    node.start_agent()
    wait_until(node.layout.rank(0).exit.exists, 60, "exit.json")
    wait_until(lambda: b"Finalizing" in node.layout.state.read_bytes(), 60, "Finalizing")
    node.kill_agent()
    server.full = False
    node.start_agent()
    node.wait_until_done()
    assert server.status == "Completed"
    assert all(server.content(f"outputs/{n}.txt") == str(n).encode() for n in range(300))
    assert list((server.store / "incoming").iterdir()) == []


def test_a_cancel_outlives_the_agent_that_heard_it(home: Path, server: MiniServer) -> None:
    node = make_node(
        home, server, "import signal, time\nsignal.signal(15, signal.SIG_IGN)\nprint('on', flush=True)\ntime.sleep(600)"
    )
    node.start_agent()
    node.wait_for_output("on")
    server.order("cancel", grace_s=1.0)
    wait_until(node.layout.rank(0).stop.exists, 60, "stop.json")
    node.kill_agent()
    node.start_agent()
    node.wait_until_done()
    assert server.status == "Canceled"


def test_two_agents_for_one_folder(home: Path, server: MiniServer, new_forker: Callable[..., Forker]) -> None:
    forker = new_forker()
    node = make_node(home, server, SCRIPT, forker=forker.socket)
    barrier = threading.Barrier(8)

    def start() -> None:
        barrier.wait()
        forker.ask("agent", node.layout.root)

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    node.wait_for_output("99")
    wait_until(lambda: len(forker.ask("status").children) == 2, 60, "one agent and one shim")
    let_go(node)
    node.wait_until_done()
    assert ran_once(node)


def test_two_shims_for_one_rank(home: Path, server: MiniServer) -> None:
    rank = HomeLayout(home).node("w", "r", 1, 0).rank(0)
    rank.root.mkdir(parents=True)
    log = home / "log.txt"
    argv = ("/bin/sh", "-c", "echo ran; sleep 0.3")
    rank.command.write_bytes(dumps(ShimCommand(argv, dict(os.environ), str(home), str(log), "mark-of-two", 1.0)))
    shims = [subprocess.Popen(python_argv("shim", str(rank.root))) for _ in range(5)]
    assert [shim.wait(60) for shim in shims] == [0] * 5
    late = subprocess.Popen(python_argv("shim", str(rank.root)))
    assert late.wait(60) == 0
    assert log.read_text() == "ran\n"
    assert loads(ExitReport, rank.exit.read_bytes()).code == 0


def test_a_shim_killed_before_its_command_starts_leaves_nothing(home: Path, server: MiniServer) -> None:
    """Until ``started.json`` is there the child waits; it goes with its shim, and another shim may start."""
    rank = HomeLayout(home).node("w", "r", 1, 0).rank(0)
    rank.root.mkdir(parents=True)
    log = home / "log.txt"
    argv = ("/bin/sh", "-c", "echo ran")
    rank.command.write_bytes(dumps(ShimCommand(argv, dict(os.environ), str(home), str(log), "mark-of-one", 1.0)))
    os.mkfifo(str(rank.started) + ".new")  # opening it for writing blocks: the shim gets no further
    shim = subprocess.Popen(python_argv("shim", str(rank.root)))
    children = Path(f"/proc/{shim.pid}/task/{shim.pid}/children")
    wait_until(lambda: children.exists() and children.read_text(), 60, "the child")
    shim.kill()
    shim.wait()
    Path(str(rank.started) + ".new").unlink()
    wait_until(lambda: not locks.is_held(rank.shim_lock), 60, "the child's end")
    assert not log.exists() or log.read_text() == ""
    assert subprocess.Popen(python_argv("shim", str(rank.root))).wait(60) == 0
    assert log.read_text() == "ran\n"


def test_the_forker_is_killed_and_started_again(
    home: Path, server: MiniServer, new_forker: Callable[..., Forker]
) -> None:
    forker = new_forker()
    node = make_node(home, server, SCRIPT, forker=forker.socket)
    forker.ask("agent", node.layout.root)
    node.wait_for_output("99")
    forker.kill()
    second = new_forker()
    assert second.ask("status").children == ()
    other = make_node(home, server, "print('two')", forker=second.socket, run_id="run_2")
    let_go(node)
    node.wait_until_done()
    assert server.driver_log == LINES
    assert other.layout.root.exists()


def test_without_a_forker_the_agent_starts_its_shim(home: Path, server: MiniServer) -> None:
    node = make_node(home, server, SCRIPT, forker=home / "nobody.sock")
    node.start_agent()
    node.wait_for_output("99")
    let_go(node)
    node.wait_until_done()
    assert ran_once(node)


def waiting_children(forker: Forker) -> list[psutil.Process]:
    """The agent and the shim at hand, and the shim's child."""
    return psutil.Process(forker.process.pid).children(recursive=True)


def test_an_agent_and_a_shim_are_at_hand(home: Path, server: MiniServer, new_forker: Callable[..., Forker]) -> None:
    forker = new_forker()
    wait_until(lambda: len(waiting_children(forker)) == 3, 60, "an agent, a shim, its child")
    waiting = {process.pid for process in waiting_children(forker)}
    assert forker.ask("status").children == ()
    node = make_node(home, server, SCRIPT, forker=forker.socket)
    assert forker.ask("agent", node.layout.root).pid in waiting
    node.wait_for_output("99")
    assert {node.started.shim_pid, node.started.pid} < waiting
    wait_until(lambda: len(waiting_children(forker)) == 6, 60, "new ones")
    let_go(node)
    node.wait_until_done()
    assert server.driver_log == LINES and ran_once(node)


def test_who_was_at_hand_is_killed(home: Path, server: MiniServer, new_forker: Callable[..., Forker]) -> None:
    forker = new_forker()
    wait_until(lambda: len(waiting_children(forker)) == 3, 60, "an agent, a shim, its child")
    killed = waiting_children(forker)
    for process in killed:
        process.kill()
    # One that takes its command and dies then is an agent that was killed: somebody else's matter.
    assert not psutil.wait_procs(killed, timeout=60)[1]
    node = make_node(home, server, SCRIPT, forker=forker.socket)
    assert forker.ask("agent", node.layout.root).ok
    node.wait_for_output("99")
    let_go(node)
    node.wait_until_done()
    assert ran_once(node)


def test_the_child_of_the_shim_at_hand_is_killed(
    home: Path, server: MiniServer, new_forker: Callable[..., Forker]
) -> None:
    """Found dead when the command comes: another shim starts it."""
    forker = new_forker()
    wait_until(lambda: len(waiting_children(forker)) == 3, 60, "an agent, a shim, its child")
    (child,) = (process for process in waiting_children(forker) if process.ppid() != forker.process.pid)
    child.kill()
    node = make_node(home, server, SCRIPT, forker=forker.socket)
    assert forker.ask("agent", node.layout.root).ok
    node.wait_for_output("99")
    let_go(node)
    node.wait_until_done()
    assert ran_once(node) and server.status == "Completed"


def test_one_forker_per_runtime(home: Path, new_forker: Callable[..., Forker]) -> None:
    first = new_forker()
    argv = python_argv("forker", str(home), str(HomeLayout(home).runtimes / first.socket.name[7:-5]))
    argv[-1] = first.ask("status").runtime
    assert subprocess.run(argv, timeout=60, check=False).returncode == 0
    assert first.answers()


def test_a_forker_retires_when_its_last_child_has_ended(
    home: Path, server: MiniServer, new_forker: Callable[..., Forker]
) -> None:
    forker = new_forker()
    node = make_node(home, server, SCRIPT, forker=forker.socket)
    forker.ask("agent", node.layout.root)
    node.wait_for_output("99")
    assert forker.ask("retire").ok
    assert len(forker.ask("status").children) == 2
    let_go(node)
    node.wait_until_done()
    assert forker.process.wait(60) == 0
    assert not forker.socket.exists()


def test_a_forker_leaves_when_nobody_needs_it(home: Path, new_forker: Callable[..., Forker]) -> None:
    """With a short time in place of 60 s: no server holds its lock, and there is no child."""
    runtime = str(HomeLayout(home).runtimes / "feedfeedfeed")
    lock = locks.take(HomeLayout(home).server_lock)
    assert lock is not None
    code = python_argv("forker")[4].replace("main(*sys.argv[1:])", "main(*sys.argv[1:], idle_s=0.2)")
    forker = subprocess.Popen([*python_argv("forker")[:4], code, str(home), runtime])
    with pytest.raises(subprocess.TimeoutExpired):
        forker.wait(1.5)
    os.close(lock)
    assert forker.wait(60) == 0


def test_a_forker_answers_nonsense_with_words(home: Path, new_forker: Callable[..., Forker]) -> None:
    forker = new_forker()
    assert "no folder" in forker.ask("agent", "/nonexistent/folder").error
    assert "bake" in forker.ask("bake").error


def test_a_home_with_a_long_name(home: Path, server: MiniServer) -> None:
    long = home / ("x" * 120)
    long.mkdir()
    forker = Forker(long)
    try:
        assert forker.answers()
    finally:
        forker.kill()


def test_the_oldest_python_runs_the_whole_node(
    home: Path, server: MiniServer, new_forker: Callable[..., Forker]
) -> None:
    oldest = find_python("3.8")
    forker = new_forker(oldest)
    node = make_node(home, server, SCRIPT, forker=forker.socket, interpreter=oldest)
    forker.ask("agent", node.layout.root)
    node.wait_for_output("99")
    let_go(node, 3)
    node.wait_until_done()
    assert server.status == "Failed" and server.driver_log == LINES
    assert "Python 3.8" in server.log("65_job_prep-node0.txt")


def test_a_given_up_attempt_ends_and_is_put_away(home: Path, server: MiniServer) -> None:
    node = make_node(home, server, SCRIPT)
    agent = node.start_agent()
    node.wait_for_output("99")
    pid = node.started.pid
    with server.changed:
        server.fenced = True
        server.changed.notify_all()
    assert agent.wait(60) == 0
    assert not Path(f"/proc/{pid}").exists()
    assert not node.layout.root.exists()
    assert (node.layout.stale / "azureml-logs" / "70_driver_log.txt").exists()


def test_a_dropped_attempt_ends_and_is_put_away(home: Path, server: MiniServer) -> None:
    node = make_node(home, server, SCRIPT)
    agent = node.start_agent()
    node.wait_for_output("99")
    server.order("drop", grace_s=0.5)
    assert agent.wait(60) == 0
    assert not node.layout.root.exists() and (node.layout.stale / "code" / "ran").exists()
    assert server.status == "Running"  # it says nothing any more
