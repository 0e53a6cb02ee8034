"""Servers that are started, watched and ended: ours, MLflow's, and the floor's."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import Dict, Iterator, List, Sequence

from measuring.interleave import NotMeasured
from measuring.peers import BARE
from measuring.report import OURS
from measuring.session import Session

_READY_DEADLINE_S = 120
_SUBJECTS = Path(__file__).resolve().parent.parent / "subjects"


class OurServer:
    """The embedded server of the session's home, by its command."""

    part = "ours"

    def __init__(self, session: Session) -> None:
        self._session = session

    def forget(self) -> None:
        """No home: the next start makes a new one."""
        shutil.rmtree(self._session.home, ignore_errors=True)

    def start(self) -> float:
        """``trainshed server start``, which returns when the server is ready; ms."""
        begun = time.perf_counter()
        self._run("start")
        return (time.perf_counter() - begun) * 1e3

    def stop(self) -> None:
        """``trainshed server stop``."""
        self._run("stop")

    def _run(self, verb: str) -> None:
        command = self._session.our_command("server", verb)
        environment = self._session.environment(OURS, self.part)
        try:
            # To files: a server that kept a pipe open would be waited for.
            with (self._session.folder / "server.out").open("w+") as output:
                subprocess.run(
                    command, env=environment, stdout=output, stderr=output, check=True, timeout=_READY_DEADLINE_S
                )
        except FileNotFoundError:
            raise NotMeasured(f"there is no command {command[0]}") from None
        except subprocess.SubprocessError as error:
            words = (self._session.folder / "server.out").read_text().strip().splitlines()
            raise NotMeasured(f"{error}: {words[-1] if words else ''}") from None


class ForeignServer:
    """A server that is a command in the foreground; ready when ``path`` answers (empty: when it takes connections)."""

    def __init__(self, session: Session, peer: str, part: str, command: Sequence[str], port: int, path: str) -> None:
        self._session = session
        self._peer = peer
        self.part = part
        self.address = f"127.0.0.1:{port}"
        self._port = port
        self._command = command
        self._path = path
        self._running: List[subprocess.Popen[bytes]] = []

    def start(self) -> float:
        """Start it; ms until it is ready."""
        begun = time.perf_counter()
        with (self._session.folder / f"{self.part}.log").open("ab") as log:
            process = subprocess.Popen(
                self._command,
                env=self._session.environment(self._peer, self.part),
                cwd=self._session.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._running.append(process)
        while not self._ready():
            if time.perf_counter() - begun > _READY_DEADLINE_S:
                raise NotMeasured(f"not ready after {_READY_DEADLINE_S} s")
            if process.poll() is not None:
                raise NotMeasured(f"ended with {process.returncode} before it was ready")
            time.sleep(0.001)
        return (time.perf_counter() - begun) * 1e3

    def stop(self) -> None:
        """End it with all its processes."""
        for pid in self._session.marked(self.part):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        while self._running:
            self._running.pop().wait(10)

    def _ready(self) -> bool:
        if not self._path:
            try:
                socket.create_connection(("127.0.0.1", self._port), timeout=1).close()
            except OSError:
                return False
            return True
        try:
            with urllib.request.urlopen(f"http://{self.address}{self._path}", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False


def floor_server(session: Session) -> ForeignServer:
    """asyncio's raw protocol in the bare interpreter."""
    port = _free_port()
    command = [str(session.python(BARE)), str(_SUBJECTS / "bare_server.py"), str(port)]
    return ForeignServer(session, BARE, "floor", command, port, "")


def mlflow_server(session: Session) -> ForeignServer:
    """MLflow's server with one worker, which answers faster than its default four; runs in SQLite."""
    port = _free_port()
    command = [str(session.python("mlflow").parent / "mlflow"), "server", "--workers", "1", "--port", str(port)]
    command += ["--backend-store-uri", f"sqlite:///{session.folder}/mlflow-server.db"]
    return ForeignServer(session, "mlflow", "mlflow", command, port, "/health")


@contextmanager
def running(server: OurServer | ForeignServer) -> Iterator[float]:
    """Start, give the ms until it was ready, and stop it."""
    ready = server.start()
    try:
        yield ready
    finally:
        server.stop()


def memory_mb(pids: Sequence[int]) -> Dict[str, float]:
    """Resident memory of processes: the sum, and the sum with shared pages divided among those that share them."""
    rollups = list(filter(None, map(_rollup, pids)))
    return {"rss": _sum_mb(rollups, "Rss:"), "pss": _sum_mb(rollups, "Pss:"), "processes": float(len(rollups))}


def _rollup(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:  # it has ended meanwhile
        return ""


def _sum_mb(rollups: Sequence[str], field: str) -> float:
    lines = [line for text in rollups for line in text.splitlines() if line.startswith(field)]
    return sum(int(line.split()[1]) for line in lines) / 1024


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
