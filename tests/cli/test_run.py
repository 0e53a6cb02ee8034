"""`trainshed run` with real scripts: what comes out, and how it ends."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path
from typing import Iterator

import pytest

from tests.cli.conftest import COMMAND, trainshed
from tests.cli.terminal import CTRL_C, Terminal
from tests.conftest import close_home
from tests.support.waiting import wait_until
from trainshed.cli.piped import PlainLog


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home that the tests of this module share."""
    home = Path(tempfile.mkdtemp(prefix="ts-", dir="/tmp"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRAINSHED_HOME", str(home))
        # Started here and not by a test: what a test starts must be gone at its end.
        assert trainshed("server", "start").code == 0
        yield home
        close_home(home)


@pytest.fixture
def project(house: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    folder = tmp_path / "my project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def write(folder: Path, script: str, name: str = "train.py") -> None:
    (folder / name).write_text(textwrap.dedent(script))


def status_of(run_id: str) -> str:
    return str(trainshed("show", run_id, "--json").json["details"]["run"]["status"])


def wait_for_status(run_id: str, wanted: str) -> None:
    wait_until(lambda: status_of(run_id) == wanted, 60, f"{run_id} to be {wanted}", poll_s=0.1)


def waiting(folder: Path) -> str:
    """A script that tells that it runs, and goes on until it is ended."""
    write(folder, "import signal\nprint('ready', flush=True)\nsignal.pause()\n")
    return "train.py"


def test_standard_output_is_the_scripts_alone(project: Path) -> None:
    write(project, "import sys\nprint('hello', sys.argv[1:])\nprint('to stderr', file=sys.stderr)\n")
    typed = trainshed("run", "train.py", "--tag", "stage=try", "--", "--alpha", "0.5", "two words", "--", "")
    assert (typed.code, typed.out) == (0, "hello ['--alpha', '0.5', 'two words', '--', '']\nto stderr\n")
    first, *meanwhile, last = typed.err.splitlines()
    # On a busy machine it is also told what the run waits for.
    assert all(line.startswith(f"{first} is ") for line in meanwhile)
    run_id = first[len("Run ") :]
    assert run_id.startswith("my-project_") and last == f"Run {run_id}: Completed"
    shown = trainshed("show", run_id, "--json").json["details"]
    assert shown["run"]["tags"] == {"stage": "try"}
    assert shown["spec"]["command"]["arguments"] == ["--alpha", "0.5", "two words", "--", ""]


@pytest.mark.parametrize(
    ("ending", "code"),
    [("sys.exit(3)", 3), ("sys.exit('no')", 1), ("os.kill(os.getpid(), signal.SIGSEGV)", 139), ("raise ValueError", 1)],
)
def test_it_ends_as_the_script_does(project: Path, ending: str, code: int) -> None:
    write(project, f"import os, signal, sys\nprint('begun', flush=True)\n{ending}\n")
    typed = trainshed("run", "train.py")
    assert typed.code == code
    assert typed.out.startswith("begun\n") and ": Failed. " in typed.err


def test_a_pipe_gets_lines_and_logs_the_bytes(project: Path) -> None:
    write(project, r"print('\r 10 %\r100 %'); print('\x1b[31mred\x1b[0m \xe4'); print('\rleft', end='')")
    for shown in (trainshed("run", "train.py").out, trainshed("run", "train.py", "--json").err):
        assert "100 %\nred \xe4\nleft" in shown and "10 %\r" not in shown
        assert "\r" not in shown and "\x1b" not in shown
    assert trainshed("logs", "last").out == "\r 10 %\r100 %\n\x1b[31mred\x1b[0m \xe4\n\rleft"


def test_a_progress_bar_shows_how_far_it_is(project: Path) -> None:
    written = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    log = PlainLog(written, progress_s=0)
    for piece in (b"\r 10 %", b"\r 20 %", b"", b"\r 20 % \xc3\xa4\n", b"next"):
        log.feed(piece)
    log.end()
    written.seek(0)
    assert written.read() == " 10 %\n 20 %\n 20 % \\xe4\nnext"


def test_json_is_one_document(project: Path) -> None:
    write(project, "print('hello')\nraise SystemExit(7)\n")
    typed = trainshed("run", "train.py", "--json")
    assert typed.code == typed.json["exit_code"] == 7
    assert typed.json["status"] == "Failed" and typed.json["error"]["code"] == "exit_code"
    assert "hello\n" in typed.err


def test_variables_experiment_source_interpreter(project: Path) -> None:
    (project / "src").mkdir()
    write(project / "src", "import os, sys, helper\nprint(os.environ['A'], helper.B, sys.executable)\n")
    write(project / "src", "B = 'b'\n", "helper.py")
    typed = trainshed(
        *("run", "train.py", "--source", "src", "--env", "A=x=y", "-e", "other", "--interpreter", sys.executable)
    )
    assert (typed.code, typed.out) == (0, f"x=y b {sys.executable}\n")
    assert typed.err.startswith("Run other_")
    beside = trainshed("run", "src/train.py", "--env", "A=1")
    assert beside.code == 0 and beside.err.startswith("Run src_"), beside.err


def test_out_of_time(project: Path) -> None:
    typed = trainshed("run", waiting(project), "--max-duration", "1s")
    assert typed.code == 124 and typed.out in ("", "ready\n")  # a busy machine may start no Python in a second


def test_detach(project: Path) -> None:
    typed = trainshed("run", waiting(project), "--detach")
    (run_id,) = typed.lines
    assert typed.code == 0 and f"next: trainshed logs -f {run_id}" in typed.err
    assert trainshed("cancel", run_id).code == 0
    wait_for_status(run_id, "Canceled")
    assert trainshed("run", "train.py", "--detach", "--json").json["status"] == "Queued"
    assert trainshed("cancel", "last").code == 0
    wait_for_status("last", "Canceled")


def test_logs_follow_until_the_end(project: Path) -> None:
    write(
        project,
        """
        import os, time
        print('first', flush=True)
        while not os.path.exists(os.environ['GO']):
            time.sleep(0.02)
        print('last')
        raise SystemExit(5)
        """,
    )
    go = project.parent / "go"
    run_id = trainshed("run", "train.py", "--detach", "--env", f"GO={go}").lines[0]
    follower = subprocess.Popen([*COMMAND, "logs", "-f", run_id], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert follower.stdout is not None
    assert follower.stdout.readline() == b"first\n"
    go.touch()
    out, err = follower.communicate(timeout=60)
    assert (follower.returncode, out) == (5, b"last\n")
    assert err.decode().splitlines()[-1].startswith(f"Run {run_id}: Failed. ")
    as_json = trainshed("logs", "-f", run_id, "--json")
    assert [json.loads(line)["line"] for line in as_json.lines] == ["first", "last"] and as_json.code == 5


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["none.py"], "none.py"),
        (["train.py", "--target", "moon"], "Those that exist: local"),
        (["train.py", "-e", "bad name!"], "bad name!"),
        (["train.py", "--source", "nowhere"], "nowhere"),
        (["train.py", "--tag", "x"], "is not KEY=VALUE"),
        (["train.py", "--max-duration", "soon"], "is no duration"),
        (["train.py", "--alpha", "1"], "Arguments for the script go after --"),
        (["../outside.py", "--source", "."], "outside"),
        ([], "SCRIPT"),
    ],
)
def test_what_cannot_run_is_said_and_nothing_is_queued(project: Path, words: list[str], said: str) -> None:
    write(project, "")
    write(project.parent, "", "outside.py")
    before = len(trainshed("runs", "--json", "--limit", "1000").json["runs"])
    typed = trainshed("run", *words)
    assert (typed.code, typed.out) == (125, "")
    assert said in typed.err
    assert len(trainshed("runs", "--json", "--limit", "1000").json["runs"]) == before


def test_ctrl_c_without_a_terminal_leaves_the_run_going(project: Path) -> None:
    command = [*COMMAND, "run", waiting(project)]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    os.kill(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    run_id = err.decode().splitlines()[0][len("Run ") :]
    assert "goes on" in err.decode() and f"trainshed cancel {run_id}" in err.decode()
    assert status_of(run_id) == "Running"
    trainshed("cancel", run_id)
    wait_for_status(run_id, "Canceled")


def test_ctrl_c_while_a_log_is_followed(project: Path) -> None:
    run_id = trainshed("run", waiting(project), "--detach").lines[0]
    process = subprocess.Popen([*COMMAND, "logs", "-f", run_id], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    os.kill(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err.decode().endswith(f"Run {run_id} goes on.\n  next: trainshed cancel {run_id}\n")
    trainshed("cancel", run_id)
    wait_for_status(run_id, "Canceled")


#: The command, to which a Ctrl-C comes just when it has handed on a line and Python runs a finalizer: it is forgotten.
LOSES_ONE = """
import io, os, signal, sys
from trainshed.cli.main import main

class Deaf:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT)
        for _ in range(1000):
            pass

class Raw(io.FileIO):
    def write(self, data):
        count = super().write(data)
        Deaf()
        return count

sys.stdout = io.TextIOWrapper(io.BufferedWriter(Raw(1, "w", closefd=False)))
sys.exit(main(sys.argv[1:]))
"""


def test_a_ctrl_c_that_python_forgets_is_heard_all_the_same(project: Path) -> None:
    typed = subprocess.run(
        [sys.executable, "-c", LOSES_ONE, "run", waiting(project)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (typed.returncode, typed.stdout) == (130, "ready\n")
    run_id = typed.stderr.splitlines()[0][len("Run ") :]
    assert "goes on" in typed.stderr and trainshed("cancel", run_id).code == 0
    wait_for_status(run_id, "Canceled")


def asked(terminal: Terminal) -> str:
    """Ctrl-C, once the script runs; the id of the run that the question is about."""
    terminal.wait_for("ready")
    terminal.press(CTRL_C)
    return terminal.wait_for(r"Cancel run \S+\?")[len("Cancel run ") : -1]


def test_ctrl_c_in_a_terminal_asks_and_cancels(project: Path) -> None:
    with Terminal("run", waiting(project)) as terminal:
        run_id = asked(terminal)
        terminal.press(b"c\n")
        assert terminal.wait() == 130
    assert terminal.lines[-1].startswith(f"Run {run_id}: Canceled")


@pytest.mark.parametrize("answer", [b"d\n", CTRL_C, b"\x04"], ids=["detach", "ctrl-c", "ctrl-d"])
def test_ctrl_c_in_a_terminal_and_the_run_is_left_alone(project: Path, answer: bytes) -> None:
    with Terminal("run", waiting(project)) as terminal:
        run_id = asked(terminal)
        terminal.wait_for("eep following: ")
        terminal.press(answer)
        assert terminal.wait() == 130
    assert "goes on" in terminal.drawn.decode()
    assert status_of(run_id) == "Running"
    trainshed("cancel", run_id)
    wait_for_status(run_id, "Canceled")


@pytest.mark.parametrize("term", ["xterm", "dumb"])
def test_ctrl_c_in_a_terminal_and_second_thoughts(project: Path, term: str) -> None:
    go = project / "go"
    write(
        project,
        f"""
        import os, time
        print('ready', flush=True)
        while not os.path.exists({str(go)!r}):
            time.sleep(0.02)
        print('after')
        raise SystemExit(3)
        """,
    )
    with Terminal("run", "train.py", TERM=term) as terminal:
        asked(terminal)
        terminal.press(b"\n")
        go.touch()
        assert terminal.wait() == 3
    text = "\n".join(terminal.screen())
    assert text.count("ready") == 1 == text.count("after")


def test_a_closed_terminal_ends_no_run(project: Path) -> None:
    with Terminal("run", waiting(project)) as terminal:
        terminal.wait_for("ready")
        run_id = terminal.wait_for(r"Run \S+")[len("Run ") :]
    # The command was killed with its terminal.
    assert status_of(run_id) == "Running"
    trainshed("cancel", run_id)
    wait_for_status(run_id, "Canceled")
