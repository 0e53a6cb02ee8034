"""How a script ends is what its run says: exit codes, signals, cancel, limits."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Callable

import psutil
import pytest

from tests.node.nodes import Forker, make_node
from tests.node.server import MiniServer
from tests.support.waiting import wait_until
from trainshed.contract.spec import LimitsSpec


def alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    """A zombie is dead: whoever has inherited it takes its time."""
    return [process for process in processes if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]


ALL = ["Preparing", "Starting", "Running", "Finalizing"]


def test_a_script_that_works(home: Path, server: MiniServer, new_forker: Callable[..., Forker]) -> None:
    forker = new_forker()
    node = make_node(home, server, "print('hello')", forker=forker.socket)
    assert forker.ask("agent", node.layout.root).ok
    node.wait_until_done()
    assert server.phases == [*ALL, "Completed"]
    assert server.driver_log == "hello\n"
    assert server.records.report is not None and server.records.report.ranks[0].exit is not None


@pytest.mark.parametrize(
    ("script", "code", "facts"),
    [
        ("import sys; print('bye'); sys.exit(3)", "exit_code", {"exit_code": 3}),
        ("import os; print('bye', flush=True); os.kill(os.getpid(), 11)", "signal", {"signal": "SIGSEGV"}),
        ("import os; print('bye', flush=True); os.kill(os.getpid(), 9)", "signal", {"signal": "SIGKILL"}),
        ("print('bye'); raise ValueError('no')", "exit_code", {"exit_code": 1}),
    ],
)
def test_a_script_that_fails(home: Path, server: MiniServer, script: str, code: str, facts: dict[str, object]) -> None:
    node = make_node(home, server, script)
    node.start_agent()
    node.wait_until_done()
    assert server.phases == [*ALL, "Failed"]
    report = server.records.report
    assert report is not None and report.error is not None
    assert report.error.code == code
    assert facts.items() <= report.error.facts.items()
    assert str(next(iter(facts.values()))) in report.error.message
    assert report.error.log_tail[0] == "bye"


def test_the_tail_of_the_log_is_readable(home: Path, server: MiniServer) -> None:
    script = "import os\nos.write(1, b'\\xff\\n' + b'x' * 5000 + b'\\n' + b'1%\\r2%\\r3%\\n')\nos._exit(4)"
    node = make_node(home, server, script)
    node.start_agent()
    node.wait_until_done()
    assert server.records.report is not None and server.records.report.error is not None
    first, second, third = server.records.report.error.log_tail
    assert first == "\ufffd"
    assert second.startswith("xxx") and len(second) < 3000
    assert third == "3%"


STUBBORN = """
import os, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = (
    'import signal,time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print("stubborn", flush=True); time.sleep(600)'
)
subprocess.Popen([sys.executable, '-c', child])
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        print('daemon', os.getpid(), flush=True)
        time.sleep(600)
    os._exit(0)
time.sleep(600)
"""


def test_cancel_ends_the_whole_tree(home: Path, server: MiniServer) -> None:
    node = make_node(home, server, STUBBORN)
    node.start_agent()
    node.wait_for_output("stubborn")
    node.wait_for_output("daemon")
    processes = [psutil.Process(node.started.pid), *psutil.Process(node.started.shim_pid).children(recursive=True)]
    assert len(processes) >= 4
    server.order("cancel", grace_s=0.3)
    node.wait_until_done()
    assert server.phases == [*ALL, "Canceled"]
    assert not alive(processes)


def test_cancel_leaves_time_to_save(home: Path, server: MiniServer) -> None:
    script = """
import signal, sys, time
def save(*_):
    open('outputs/saved.txt', 'w').write('in time')
    sys.exit(0)
signal.signal(signal.SIGTERM, save)
print('ready', flush=True)
time.sleep(600)
"""
    node = make_node(home, server, script)
    node.start_agent()
    node.wait_for_output("ready")
    began = time.monotonic()
    server.order("cancel", grace_s=60)
    server.order("cancel", grace_s=60)
    node.wait_until_done()
    assert time.monotonic() - began < 50, "the whole grace time was waited for"
    assert server.phases == [*ALL, "Canceled"]
    assert server.content("outputs/saved.txt") == b"in time"


def test_cancel_before_the_script_starts(home: Path, server: MiniServer) -> None:
    node = make_node(home, server, "open('ran', 'w')")
    server.order("cancel")
    server.hold_snapshots = True
    node.start_agent()
    node.wait_until_done()
    assert server.phases == ["Preparing", "Finalizing", "Canceled"]
    assert not (node.layout.code / "ran").exists()


def test_a_script_that_ended_by_itself_was_not_cancelled(home: Path, server: MiniServer) -> None:
    node = make_node(home, server, "import sys; sys.exit(3)")
    node.start_agent()
    node.wait_for_status("Failed")
    server.order("cancel")
    node.wait_until_done()
    assert server.status == "Failed"


def test_max_duration(home: Path, server: MiniServer) -> None:
    limits = LimitsSpec(max_duration_s=1.0, grace_s=0.5)
    node = make_node(home, server, "import time\nprint('on', flush=True)\ntime.sleep(600)", limits=limits)
    node.start_agent()
    node.wait_until_done()
    assert server.phases == [*ALL, "Failed"]
    assert server.records.report is not None and server.records.report.error is not None
    assert server.records.report.error.code == "max_duration"
    assert "its limit of 1 seconds (max_run_duration_seconds)" in server.records.report.error.message
    assert server.records.report.error.facts == {"max_duration_s": 1.0}


def test_what_the_script_leaves_running_is_ended_and_named(home: Path, server: MiniServer) -> None:
    script = """
import subprocess, sys
subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)', 'left-over-worker'], start_new_session=True)
subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(0.1)', 'quick-worker'], start_new_session=True)
"""
    node = make_node(home, server, script, limits=LimitsSpec(grace_s=4.0))  # enough for the quick one on a busy machine
    node.start_agent()
    node.wait_until_done()
    assert server.status == "Completed"
    post = server.log("75_job_post-node0.txt")
    assert "left-over-worker" in post
    assert "quick-worker" not in post
    report = server.records.report
    assert report is not None and report.ranks[0].exit is not None
    (left,) = report.ranks[0].exit.left_over
    assert "left-over-worker" in left.command and not psutil.pid_exists(left.pid)
    ended, running = report.phases[-1].at, report.phases[-3].at
    assert (ended - running).total_seconds() >= 4.0  # the end is that of the last process, not of the script


def test_processes_that_fork_and_exit_all_the_time_are_caught(home: Path, server: MiniServer) -> None:
    script = """
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
for _ in range(3):
    if os.fork() == 0:
        while True:
            if os.fork():
                os._exit(0)
            os.setsid()
            os.write(os.open('generations', os.O_CREAT | os.O_APPEND | os.O_WRONLY), b'.')
print('running', flush=True)
time.sleep(600)
"""
    node = make_node(home, server, script)
    node.start_agent()
    node.wait_for_output("running")
    generations = node.layout.code / "generations"
    wait_until(lambda: generations.exists() and generations.stat().st_size > 100, 60, "generations")
    server.order("cancel", grace_s=0.1)
    node.wait_until_done()
    assert server.status == "Canceled"


def test_out_of_memory_is_said(home: Path, server: MiniServer, memory_group: Path) -> None:
    script = f"""
import os
open({str(memory_group / "cgroup.procs")!r}, 'w').write(str(os.getpid()))
print('limited', flush=True)
kept = [bytearray(1 << 20) for _ in range(4000)]
"""
    node = make_node(home, server, script)
    node.start_agent()
    node.wait_until_done()
    assert server.records.report is not None and server.records.report.error is not None
    assert server.records.report.error.code == "out_of_memory"


def test_the_shim_is_killed(home: Path, server: MiniServer) -> None:
    node = make_node(home, server, STUBBORN)
    node.start_agent()
    node.wait_for_output("daemon")
    node.wait_for_output("stubborn")
    processes = [psutil.Process(node.started.pid), *psutil.Process(node.started.shim_pid).children(recursive=True)]
    os.kill(node.started.shim_pid, signal.SIGKILL)
    node.wait_until_done()
    assert server.phases == [*ALL, "Failed"]
    assert server.records.report is not None and server.records.report.error is not None
    assert server.records.report.error.code == "supervisor_killed"
    assert not alive(processes)


def test_the_machine_shuts_down(home: Path, server: MiniServer) -> None:
    node = make_node(home, server, "import time\nprint('on', flush=True)\ntime.sleep(600)")
    node.start_agent()
    node.wait_for_output("on")
    os.kill(node.started.shim_pid, signal.SIGTERM)
    node.wait_until_done()
    assert server.status == "Failed"
    assert server.records.report is not None and server.records.report.error is not None
    assert "shuts down" in server.records.report.error.message


@pytest.mark.parametrize("size", [10, 3_000_000, 20_000_000])
def test_the_last_words_come_with_the_ending_or_before_it(home: Path, server: MiniServer, size: int) -> None:
    node = make_node(home, server, f"print('x' * {size}, end='')")
    node.start_agent()
    node.wait_until_done()
    assert server.status == "Completed", node.agent_log
    assert server.phases == ["Preparing", "Starting", "Running", "Finalizing", "Completed"]
    assert server.driver_log == "x" * size
    assert "rank 0: exit code 0" in server.log("75_job_post-node0.txt")
    assert server.records.finals == 1
