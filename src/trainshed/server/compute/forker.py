"""The server's side of the forker: found or started, asked for agents, told to retire. One request at a time."""

from __future__ import annotations

import json
import logging
import os
import select
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Dict, List, Optional, Tuple

from trainshed.contract import variables
from trainshed.contract.layout import HomeLayout
from trainshed.contract.messages import ForkerAnswer, ForkerRequest, json_line
from trainshed.contract.wire import from_wire
from trainshed.server.compute.runtime import Runtime

_log = logging.getLogger("trainshed.forker")

START_S = 10.0
_ANSWER_S = 10.0
_POLL_S = 0.002
#: sockaddr_un has room for 108 bytes on Linux, 104 elsewhere, one of them the NUL.
_PATH_BYTES = 103
#: -S: no site-packages of ours or the user's; -I: nothing of the shell that started the server.
_PROGRAM = "import sys; sys.path.insert(0, sys.argv[2]); from trainshed.node.forker import main; main(*sys.argv[1:3])"


class Forker:
    """Talks with the forker of one runtime over a connection that is kept open."""

    def __init__(self, layout: HomeLayout, runtime: Runtime) -> None:
        self._layout = layout
        self._runtime = runtime
        self._lock = threading.Lock()
        self._talk: Optional[socket.socket] = None
        self._children: Dict[int, subprocess.Popen[bytes]] = {}
        self._pid = 0

    @property
    def socket_path(self) -> str:
        """Where agents find it too."""
        return str(self._layout.forker_socket(self._runtime.path().name))

    def warm(self) -> None:
        """Start it if it is not there, so that the first run need not wait."""
        self.ask(ForkerRequest("status"))

    def pids(self) -> Tuple[int, ...]:
        """Of the forker that is talked with, as long as it is there. Asks nobody, waits for nobody."""
        talk = self._talk
        look = select.poll()
        try:
            look.register(talk if talk is not None else -1, 0)
            return () if look.poll(0) else (self._pid,)
        except ValueError:  # hung up
            return ()

    def start_agent(self, folder: str) -> int:
        """Fork an agent for a node folder; its pid. OSError when that cannot be done."""
        answer = self.ask(ForkerRequest("agent", folder))
        if not answer.ok:
            raise OSError("no agent could be started for %s: %s" % (folder, answer.error))
        return answer.pid

    def retire(self) -> None:
        """Let it leave once its last child has ended. Not there: nothing."""
        with self._lock:
            try:
                self._connect()
                self._exchange(ForkerRequest("retire"))
            except OSError:
                pass
            self._hang_up()

    def ask(self, request: ForkerRequest) -> ForkerAnswer:
        """One request and its answer; starts the forker if need be. OSError after :data:`START_S` seconds without one.

        A request may be carried out twice when the forker dies in between: agents and shims hold locks, a second one
            leaves.
        """
        with self._lock:
            end = time.monotonic() + START_S
            while True:
                try:
                    self._connect()
                    return self._exchange(request)
                except OSError as error:
                    self._hang_up()
                    if time.monotonic() > end:
                        raise OSError("the forker at %s does not answer: %s" % (self.socket_path, error)) from error
                self._spawn_once()
                time.sleep(_POLL_S)

    def _connect(self) -> None:
        if self._talk is None:
            talk = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            talk.settimeout(_ANSWER_S)
            try:
                _connect(talk, self.socket_path)
            except OSError:
                talk.close()
                raise
            self._talk = talk
            self._pid = self._exchange(ForkerRequest("status")).pid

    def _exchange(self, request: ForkerRequest) -> ForkerAnswer:
        assert self._talk is not None
        self._talk.sendall(json_line(request))
        line = b""
        while not line.endswith(b"\n"):
            more = self._talk.recv(65536)
            if not more:
                raise ConnectionResetError("it left without an answer")
            line += more
        return from_wire(ForkerAnswer, json.loads(line))

    def _hang_up(self) -> None:
        if self._talk is not None:
            self._talk.close()
            self._talk = None

    def _spawn_once(self) -> None:
        """Start one unless one that we started is still coming up (a second would only meet the first one's lock)."""
        for pid, process in list(self._children.items()):
            if process.poll() is not None:
                del self._children[pid]
        if not self._children:
            process = _spawn(self._layout, self._runtime.path())
            self._children[process.pid] = process


def _connect(talk: socket.socket, path: str) -> None:
    """Also where the path is longer than a socket's address may be: then by way of its folder's descriptor."""
    if len(os.fsencode(path)) <= _PATH_BYTES:
        talk.connect(path)
        return
    folder = os.open(os.path.dirname(path), os.O_RDONLY | os.O_CLOEXEC)  # noqa: PTH120
    try:
        talk.connect("/proc/self/fd/%d/%s" % (folder, os.path.basename(path)))  # noqa: PTH119
    finally:
        os.close(folder)


def _spawn(layout: HomeLayout, runtime: Path) -> subprocess.Popen[bytes]:
    layout.logs.mkdir(mode=0o700, exist_ok=True)
    command = [sys.executable, "-I", "-S", "-c", _PROGRAM, str(layout.root), str(runtime)]
    with open(layout.logs / "forker.log", "ab") as log:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            cwd="/",
            env=_environment(),
        )


def _environment() -> Dict[str, str]:
    """Little: what agents hand on to training comes with their configuration."""
    kept = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", variables.TEST_MARK)
    return {name: os.environ[name] for name in kept if name in os.environ}


def retire_others(layout: HomeLayout, mine: str) -> None:
    """Forkers of other releases leave once their runs have ended. ``mine``: the socket of the one that stays."""
    for path in layout.root.glob("forker-*.sock"):
        if str(path) != mine:
            _retire_at(path)


def _retire_at(path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as talk:
        talk.settimeout(_ANSWER_S)
        try:
            _connect(talk, str(path))
            talk.sendall(json_line(ForkerRequest("retire")))
            talk.recv(65536)
        except OSError:
            _log.info("%s: nobody there", path)


def inherited(environ: Dict[str, str]) -> Dict[str, str]:
    """Of an environment, what training processes take over."""
    names: List[str] = [n for n in environ if n in variables.INHERITED or n.startswith(variables.INHERITED_PREFIXES)]
    return {name: environ[name] for name in names}
