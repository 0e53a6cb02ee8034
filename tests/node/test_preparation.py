"""What a script finds when it starts: code, interpreter, variables; and what is refused in words."""

from __future__ import annotations

import json
import os
import stat
import sys
from pathlib import Path
from typing import Callable

import pytest

from tests.node.nodes import Forker, Node, make_node
from tests.node.server import MiniServer
from tests.support.folders import named
from tests.support.interpreters import find_python
from trainshed.contract.records import RunError
from trainshed.contract.spec import CommandSpec

SHOW = """
import json, os, signal, sys
json.dump({
    'environ': dict(os.environ), 'argv': sys.argv[1:], 'cwd': os.getcwd(), 'path': sys.path[:2],
    'stdin': os.read(0, 1).decode(), 'pipe': signal.getsignal(signal.SIGPIPE) is not None,
    'ignored': open('/proc/self/status').read().split('SigIgn:')[1].split()[0],
    'blocked': open('/proc/self/status').read().split('SigBlk:')[1].split()[0],
    'oom': int(open('/proc/self/oom_score_adj').read()),
    'fds': sorted(int(name) for name in os.listdir('/proc/self/fd')),
    'session': os.getsid(0) == os.getpid(), 'listing': sorted(os.listdir('.')),
}, open('outputs/shown.json', 'w'))
"""


def shown(node: Node) -> dict[str, object]:
    node.start_agent()
    node.wait_until_done()
    assert node.server.status == "Completed", (node.server.driver_log, node.server.records.report)
    answer: dict[str, object] = json.loads(node.server.content("outputs/shown.json"))
    return answer


def failed(node: Node) -> RunError:
    node.start_agent()
    node.wait_until_done()
    report = node.server.records.report
    assert report is not None and report.error is not None and node.server.status == "Failed"
    return report.error


def test_the_environment_is_built_not_inherited(
    home: Path, server: MiniServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_OF_THE_SHELL", "x")
    node = make_node(home, server, SHOW, variables={"MINE": "yes", "PYTHONPATH": "/my/libs"})
    environ = shown(node)["environ"]
    assert isinstance(environ, dict)
    assert "SECRET_OF_THE_SHELL" not in environ
    assert environ["MINE"] == "yes"
    assert environ["PYTHONUNBUFFERED"] == "1"
    assert environ["PATH"].split(":")[0] == str(Path(sys.executable).parent)
    assert environ["PYTHONPATH"] == f"{node.config.runtime}:/my/libs"
    assert environ["TRAINSHED_RUNTIME"] == node.config.runtime
    assert environ["TRAINSHED_SPOOL"] == str(node.layout.spool)
    assert environ["TRAINSHED_ATTEMPT"] == node.config.attempt_id
    assert environ["TRAINSHED_WORKSPACE_ID"] == "ws1" and environ["TRAINSHED_RANK"] == "0"
    assert environ["AZUREML_RUN_ID"] == "run_1" and environ["AZUREML_RUN_TOKEN"] == "run-token"
    assert environ["AZUREML_SERVICE_ENDPOINT"] == server.address
    assert environ["AZUREML_ARM_SUBSCRIPTION"] == "sub" and environ["AZUREML_ARM_RESOURCEGROUP"] == "group"
    assert environ["AZUREML_ARM_WORKSPACE_NAME"] == "work" and environ["AZUREML_ARM_PROJECT_NAME"] == "first"
    assert "agent-token" not in environ.values()


def test_the_user_may_want_buffered_output(home: Path, server: MiniServer) -> None:
    environ = shown(make_node(home, server, SHOW, variables={"PYTHONUNBUFFERED": ""}))["environ"]
    assert isinstance(environ, dict) and environ["PYTHONUNBUFFERED"] == ""


def test_a_process_like_any_other(home: Path, server: MiniServer, new_forker: Callable[..., Forker]) -> None:
    """Nothing of forker, agent or shim shows in it: signals, descriptors, session, stdin."""
    forker = new_forker()
    node = make_node(home, server, SHOW, forker=forker.socket, files={"notes/a.txt": b"a"})
    forker.ask("agent", node.layout.root)
    node.wait_until_done()
    answer = json.loads(server.content("outputs/shown.json"))
    assert answer["cwd"] == str(node.layout.code) and answer["path"] == [str(node.layout.code), node.config.runtime]
    assert answer["stdin"] == "" and answer["session"]
    # Python's own: SIGPIPE, SIGXFSZ; the C library's: 32 and 33, which nobody else may touch.
    assert int(answer["ignored"], 16) & ~((1 << 12) | (1 << 24) | (3 << 31)) == 0
    assert int(answer["blocked"], 16) == 0
    assert answer["oom"] >= 500
    assert answer["fds"][:3] == [0, 1, 2] and len(answer["fds"]) <= 5  # its own: the file, the listing
    assert answer["listing"] == ["logs", "notes", "outputs", "train.py"]


def test_names_in_arguments_become_values(home: Path, server: MiniServer) -> None:
    arguments = ("--data", "$DATA/train", "${DATA}x", "$UNKNOWN", "a$", "plain", "", "two words")
    answer = shown(make_node(home, server, SHOW, arguments=arguments, variables={"DATA": "/mnt/d"}))
    assert answer["argv"] == ["--data", "/mnt/d/train", "/mnt/dx", "$UNKNOWN", "a$", "plain", "", "two words"]


@pytest.mark.parametrize("beside", [True, False], ids=["store beside", "over HTTP"])
def test_the_code_is_what_was_recorded(home: Path, server: MiniServer, beside: bool) -> None:
    files = {"tool.sh": b"#!/bin/sh\necho tool", "deep/er/data.bin": os.urandom(3 << 20), "empty": b"", "ü.txt": b"u"}
    snapshot = server.add_snapshot({"train.py": b"", **files}, ("tool.sh",), **{"link": "deep/er/data.bin"})
    node = make_node(home, server, "", beside=beside)
    spec = node.config.spec
    changed = json.loads(node.layout.agent.read_text())
    changed["spec"]["source"]["snapshot_id"] = snapshot
    node.layout.agent.write_text(json.dumps(changed))
    assert spec.source.snapshot_id != snapshot
    node.start_agent()
    node.wait_until_done()
    assert server.status == "Completed"
    code = node.layout.code
    assert stat.S_IMODE((code / "tool.sh").stat().st_mode) == 0o755
    assert stat.S_IMODE((code / "empty").stat().st_mode) == 0o644
    assert (code / "ü.txt").read_bytes() == b"u"
    assert (code / "link").is_symlink()
    for name in ("tool.sh", "ü.txt"):
        assert (code / name).stat().st_nlink == 1


def test_a_changed_content_is_not_run(home: Path, server: MiniServer) -> None:
    node = make_node(home, server, "print('good')", beside=False)
    for file in server.records.snapshots[str(node.config.spec.source.snapshot_id)].files:
        server.blob(file.sha256).write_bytes(b"print('evil')")
    error = failed(node)
    assert error.code == "prepare" and "sha256" in error.message
    assert not server.driver_log


def test_a_snapshot_cannot_leave_its_folder(home: Path, server: MiniServer) -> None:
    node = make_node(home, server, "", files={"../../escaped.py": b"x"})
    assert "../../escaped.py" in failed(node).message
    assert not list(named(home, "escaped.py"))


def test_a_missing_snapshot(home: Path, server: MiniServer) -> None:
    node = make_node(home, server, "")
    server.records.snapshots.clear()
    assert str(node.config.spec.source.snapshot_id) in failed(node).message


@pytest.mark.parametrize("interpreter", ["/nonexistent/python", "no-such-python"])
def test_a_missing_interpreter(home: Path, server: MiniServer, interpreter: str) -> None:
    error = failed(make_node(home, server, "", interpreter=interpreter))
    assert error.code == "prepare" and interpreter in error.message and "interpreter_path" in error.message
    assert "Starting" not in server.phases


def test_an_old_interpreter_is_refused(home: Path, server: MiniServer) -> None:
    old = find_python("3.7")
    error = failed(make_node(home, server, "", interpreter=old))
    assert "3.8 or newer" in error.message and error.facts["version"] == "3.7"


def test_what_is_no_python_is_refused(home: Path, server: MiniServer) -> None:
    message = failed(make_node(home, server, "", interpreter="/bin/echo")).message
    assert "/bin/echo does not run as a Python" in message and 'it says "-c import sys' in message


def test_an_interpreter_behind_a_wrapper_that_warns(home: Path, server: MiniServer, tmp_path: Path) -> None:
    wrapper = tmp_path / "python"
    wrapper.write_text(f'#!/bin/sh\necho "this wrapper is deprecated" >&2\nexec {sys.executable} "$@"\n')
    wrapper.chmod(0o755)
    shown(make_node(home, server, SHOW, interpreter=str(wrapper)))


def test_an_interpreter_is_asked_once(home: Path, server: MiniServer, tmp_path: Path) -> None:
    """A wrapper that counts its calls; a changed one is asked again."""
    wrapper = tmp_path / "python"
    wrapper.write_text(f'#!/bin/sh\necho call >> {tmp_path}/calls\nexec {sys.executable} "$@"\n')
    wrapper.chmod(0o755)
    for number in range(3):
        node = make_node(home, server, "", interpreter=str(wrapper), run_id=f"run_{number}")
        node.start_agent()
        node.wait_until_done()
    assert (tmp_path / "calls").read_text().count("call") == 1 + 3
    wrapper.write_text(wrapper.read_text() + "\n")
    node = make_node(home, server, "", interpreter=str(wrapper), run_id="run_9")
    node.start_agent()
    node.wait_until_done()
    assert (tmp_path / "calls").read_text().count("call") == 1 + 3 + 2


def with_command(node: Node, *command: str) -> Node:
    changed = json.loads(node.layout.agent.read_text())
    changed["spec"]["command"] = {"script": "", "command": list(command)}
    node.layout.agent.write_text(json.dumps(changed))
    return node


def test_a_command_as_it_stands(home: Path, server: MiniServer) -> None:
    node = with_command(make_node(home, server, "", variables={"WHO": "world"}), "echo", "hello", "$WHO")
    node.start_agent()
    node.wait_until_done()
    assert server.driver_log == "hello world\n"


def test_a_command_line_goes_to_the_shell(home: Path, server: MiniServer) -> None:
    node = with_command(
        make_node(home, server, "", variables={"WHO": "my world"}), "echo hello '$WHO' \"$WHO\" && exit 5"
    )
    error = failed(node)
    assert server.driver_log == "hello $WHO my world\n" and error.facts["exit_code"] == 5


@pytest.mark.parametrize(
    ("program", "content", "words"),
    [
        ("./missing", None, "no such program"),
        ("./plain", b"#!/bin/sh\n", "not executable"),
        ("./wrong", b"#!/no/such/interpreter\n", "first line"),
        ("./garbage", b"\x00\x01\x02\x03", "not a program for this machine"),
        ("not-on-path", None, "no program 'not-on-path'"),
    ],
)
def test_a_command_that_cannot_start(
    home: Path, server: MiniServer, program: str, content: bytes | None, words: str
) -> None:
    files = {} if content is None else {program[2:]: content}
    executable = () if program == "./plain" else (program[2:],)
    node = with_command(make_node(home, server, ""), program)
    changed = json.loads(node.layout.agent.read_text())
    changed["spec"]["source"]["snapshot_id"] = server.add_snapshot(files, executable)
    node.layout.agent.write_text(json.dumps(changed))
    error = failed(node)
    assert error.code == "prepare" and words in error.message and program in error.message


def test_a_vanished_working_folder(home: Path, server: MiniServer, tmp_path: Path) -> None:
    """Removed between Preparing and Starting: said in words too."""
    import subprocess

    from tests.node.nodes import python_argv
    from trainshed.contract.messages import ShimCommand
    from trainshed.contract.records import ExitReport
    from trainshed.contract.wire import dumps, loads

    node = make_node(home, server, "")
    rank = node.layout.rank(0)
    rank.root.mkdir(parents=True)
    command = ShimCommand(("/bin/true",), dict(os.environ), str(tmp_path / "gone"), str(tmp_path / "log"), "m", 1.0)
    rank.command.write_bytes(dumps(command))
    assert subprocess.run(python_argv("shim", str(rank.root)), timeout=60, check=False).returncode == 0
    report = loads(ExitReport, rank.exit.read_bytes())
    assert report.failure is not None and "working folder" in report.failure and "gone" in report.failure
    assert report.code is None and report.signal is None


def test_a_spec_this_release_cannot_run(home: Path, server: MiniServer) -> None:
    node = make_node(home, server, "")
    changed = json.loads(node.layout.agent.read_text())
    changed["spec"]["environment"]["kind"] = "conda"
    node.layout.agent.write_text(json.dumps(changed))
    assert "user_managed_dependencies" in failed(node).message


def test_what_is_executed_can_be_read(home: Path, server: MiniServer) -> None:
    node = make_node(home, server, "", arguments=("--alpha", "0.5"), variables={"API_KEY": "very-secret"})
    node.start_agent()
    node.wait_until_done()
    execution = server.log("55_azureml-execution-node0.txt")
    assert "train.py --alpha 0.5" in execution and "API_KEY" in execution
    everything = "".join(
        server.log(name.split("/")[-1]) for name in server.records.streams if name.startswith("azureml")
    )
    for secret in ("very-secret", "run-token", "agent-token"):
        assert secret not in everything and secret not in node.agent_log
    assert stat.S_IMODE(node.layout.rank(0).command.stat().st_mode) == 0o600
    assert CommandSpec("train.py", ("--alpha", "0.5")) == node.config.spec.command
