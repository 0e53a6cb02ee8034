"""A subject's program: runs in the subject's environment, stays warm, and answers one request at a time."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
from pathlib import Path
from typing import Any, Mapping, Optional

from measuring.interleave import NotMeasured

_SUBJECTS = Path(__file__).resolve().parent.parent / "subjects"
_GRACE_S = 15.0


class Program:
    """``subjects/<script>`` under ``python``; started at the first request. What it prints goes to ``log``."""

    def __init__(self, script: str, python: Path, *, environment: Mapping[str, str], folder: Path, log: Path) -> None:
        self._command = [str(python), str(_SUBJECTS / script)]
        self._environment = environment
        self._folder = folder
        self._log = log
        self._process: Optional[subprocess.Popen[bytes]] = None
        self._channel: Optional[socket.socket] = None
        self._buffer = b""

    def ask(self, do: str, *, deadline_s: float = 120.0, **arguments: Any) -> Any:
        """Have the program carry out a command. NotMeasured: it failed, ended, or took longer than ``deadline_s``."""
        channel = self._channel or self._start()
        try:
            channel.settimeout(deadline_s)
            channel.sendall(json.dumps({"do": do, "with": arguments}).encode() + b"\n")
            answer = json.loads(self._line(channel))
        except TimeoutError:
            self._kill()
            raise NotMeasured(f"no answer to {do!r} within {deadline_s:.0f} s") from None
        except (ConnectionError, EOFError):
            raise NotMeasured(f"its program ended: {self._last_words()}") from None
        if "error" in answer:
            raise NotMeasured(answer["error"])
        return answer["result"]

    def close(self) -> None:
        """End the program: it sees its channel closed and has a grace time to tidy up."""
        if self._channel is None or self._process is None:
            return
        self._channel.close()
        try:
            self._process.wait(_GRACE_S)
        except subprocess.TimeoutExpired:
            self._kill()

    def _start(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        with theirs, self._log.open("ab") as log:
            environment = {**self._environment, "BENCHMARK_CHANNEL": str(theirs.fileno())}
            self._process = subprocess.Popen(
                self._command,
                env=environment,
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        self._channel = ours
        return ours

    def _line(self, channel: socket.socket) -> bytes:
        while b"\n" not in self._buffer:
            data = channel.recv(1 << 16)
            if not data:
                raise EOFError
            self._buffer += data
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line

    def _kill(self) -> None:
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(_GRACE_S)

    def _last_words(self) -> str:
        lines = [line for line in self._log.read_text(errors="replace").splitlines() if line.strip()]
        return lines[-1].strip() if lines else "it said nothing"
