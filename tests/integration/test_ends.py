"""How runs end: exit codes, signals, memory, time, and what they leave running."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Iterator

import psutil
import pytest

from azureml.exceptions import ActivityFailedException
from tests.integration.submitting import Desk, by_name, content, driver_log, error_of, wait_for_end, wait_for_file
from tests.support.rights import needs_root
from tests.support.waiting import wait_until

pytestmark = pytest.mark.timeout(120)


def test_an_exit_code_is_named_and_the_last_lines_are_in_the_exception(desk: Desk) -> None:
    run = desk.submit(
        "import sys\nfor i in range(50): print('line', i)\nprint('to stderr', file=sys.stderr)\nsys.exit(3)\n"
    )
    with pytest.raises(ActivityFailedException) as error:
        run.wait_for_completion()
    assert run.get_status() == "Failed"
    assert "3" in error_of(run) and "exit" in error_of(run).lower()
    assert "line 49" in error.value.message and "to stderr" in error.value.message
    assert "code 3" in error.value.message


def test_no_raise_when_asked_not_to(desk: Desk) -> None:
    run = desk.submit("raise SystemExit(3)")
    assert run.wait_for_completion(raise_on_error=False)["status"] == "Failed"


def test_a_traceback_is_in_the_exception(desk: Desk) -> None:
    run = desk.submit("raise ValueError('this learning rate')")
    with pytest.raises(ActivityFailedException) as error:
        run.wait_for_completion(show_output=True)
    assert "ValueError: this learning rate" in error.value.message


@pytest.mark.parametrize("name", ["SIGSEGV", "SIGKILL", "SIGABRT", "SIGTERM"])
def test_a_signal_is_named(desk: Desk, name: str) -> None:
    run = desk.submit(f"import os, signal; print('about to die', flush=True); os.kill(os.getpid(), signal.{name})")
    with pytest.raises(ActivityFailedException) as error:
        run.wait_for_completion()
    assert run.get_status() == "Failed"
    assert name in error_of(run) and name in error.value.message and "about to die" in error.value.message


def test_a_real_segmentation_fault(desk: Desk) -> None:
    run = desk.submit("import ctypes; ctypes.string_at(0)")
    assert wait_for_end(run) == "Failed"
    assert "SIGSEGV" in error_of(run)


@pytest.fixture
def memory_group() -> Iterator[Path]:
    """A memory cgroup of 100 MiB."""
    group = _new_memory_group(100 << 20)
    yield group
    wait_until(lambda: not (group / "cgroup.procs").read_text(), 60, "the group to be empty")
    group.rmdir()


def _new_memory_group(limit_bytes: int) -> Path:
    name = f"trainshed-test-{os.getpid()}"
    old, new = Path("/sys/fs/cgroup/memory"), Path("/sys/fs/cgroup")
    group = (old if old.is_dir() else new) / name
    if not old.is_dir():
        (new / "cgroup.subtree_control").write_text("+memory")
    group.mkdir()
    for limit in ("memory.limit_in_bytes", "memory.max"):
        if (group / limit).exists():
            (group / limit).write_text(str(limit_bytes))
    return group


@needs_root("a memory control group")
def test_out_of_memory_is_said(desk: Desk, memory_group: Path) -> None:
    run = desk.submit(
        "import os, sys\nopen(sys.argv[1], 'w').write(str(os.getpid()))\n"
        "print('eating', flush=True)\nkept = []\nwhile True: kept.append(bytearray(b'x' * (8 << 20)))\n",
        [str(memory_group / "cgroup.procs")],
    )
    assert wait_for_end(run) == "Failed"
    assert "memory" in error_of(run)


def test_a_limit_of_time(desk: Desk) -> None:
    config = desk.config("import time\nprint('started', flush=True)\ntime.sleep(600)\n")
    config.run_config.max_run_duration_seconds = 5
    run = desk.experiment.submit(config)
    assert wait_for_end(run) == "Failed"
    assert "its limit of 5 seconds (max_run_duration_seconds)" in error_of(run)
    assert "started" in driver_log(run)


def test_left_over_processes_are_ended_and_named(desk: Desk) -> None:
    run = desk.submit(
        """
        import os, subprocess, sys
        marker = 'left-over-by-intention'
        subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)', marker])
        print('bye')
        """
    )
    assert wait_for_end(run) == "Completed"
    (post,) = by_name(run.get_file_names(), "azureml-logs/75_job_post-")
    assert b"left-over-by-intention" in content(run, post, desk.folder)
    assert not [one for one in psutil.process_iter() if "left-over-by-intention" in _words(one)]


def _words(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.Error:
        return []


def test_a_background_helper_that_ends_in_time_is_waited_for(desk: Desk) -> None:
    run = desk.completed(
        """
        import subprocess, sys
        code = "import time; time.sleep(1); open('outputs/late.txt', 'w').write('late')"
        subprocess.Popen([sys.executable, '-c', code])
        """
    )
    assert content(run, "outputs/late.txt", desk.folder) == b"late"


def test_everything_is_there_the_moment_it_has_ended(desk: Desk) -> None:
    run = desk.submit(
        """
        from azureml.core import Run
        run = Run.get_context()
        for i in range(200):
            run.log('point', i)
            print('line', i)
            open('outputs/f%d' % i, 'w').write(str(i))
        """
    )
    run.wait_for_completion()
    assert run.get_metrics()["point"] == list(range(200))
    assert by_name(run.get_file_names(), "outputs/") == sorted(f"outputs/f{i}" for i in range(200))
    assert driver_log(run).count("line ") == 200


def test_output_that_was_not_flushed(desk: Desk) -> None:
    """PYTHONUNBUFFERED=1 is set for the script: what print returned from is in the log, whatever comes then."""
    run = desk.submit("import os\nprint('printed')\nos._exit(9)\n")
    assert wait_for_end(run) == "Failed"
    assert "printed" in driver_log(run)


def test_fail_from_the_notebook_ends_the_processes(desk: Desk) -> None:
    started = desk.folder / "started"
    run = desk.submit("import sys, time\nopen(sys.argv[1], 'w').close()\ntime.sleep(600)\n", [str(started)])
    wait_for_file(started)
    run.fail(error_details="seen enough")
    assert run.get_status() == "Failed"
    assert "seen enough" in error_of(run)
    wait_until(lambda: not desk.house.entries(), 60, "the script to be ended")


def test_complete_from_the_notebook_ends_the_processes(desk: Desk) -> None:
    started = desk.folder / "started"
    run = desk.submit("import sys, time\nopen(sys.argv[1], 'w').close()\ntime.sleep(600)\n", [str(started)])
    wait_for_file(started)
    run.complete()
    assert run.get_status() == "Completed"
    wait_until(lambda: not desk.house.entries(), 60, "the script to be ended")


def test_the_limit_counts_from_the_script_s_start(desk: Desk) -> None:
    """Its process was forked ahead, long before."""
    desk.completed("pass")
    limit_s, idle_since = 6, time.monotonic()
    wait_until(
        lambda: time.monotonic() > idle_since + limit_s + 1, 60, "the processes at hand to be older than the limit"
    )
    config = desk.config("print('there was time')")
    config.run_config.max_run_duration_seconds = limit_s
    run = desk.experiment.submit(config)
    assert wait_for_end(run) == "Completed", error_of(run)
    assert "there was time" in driver_log(run)


def test_times_are_in_order(desk: Desk) -> None:
    before = time.time()
    run = desk.completed("pass")
    found = run.get_details()
    assert found["startTimeUtc"][:4] == time.strftime("%Y", time.gmtime(before))
    assert found["startTimeUtc"] <= found["endTimeUtc"]
