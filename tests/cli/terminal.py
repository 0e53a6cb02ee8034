"""A terminal of its own for a command: keys go in, what is drawn comes out."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import time
from pathlib import Path
from types import TracebackType
from typing import List, Optional, Type

from tests.cli.conftest import COMMAND

CTRL_C = b"\x03"


class Terminal:
    """Runs `trainshed WORDS` as the leader of a session on a pseudo terminal.

    Args:
        cwd: where; None: here.
        variables: set for the command in addition.
    """

    def __init__(self, *words: str, cwd: Optional[Path] = None, **variables: str) -> None:
        self.drawn = b""
        self._code: Optional[int] = None
        self._pid, self._fd = pty.fork()
        if self._pid == 0:
            try:
                os.chdir(cwd or ".")
                os.execve(
                    COMMAND[0], [*COMMAND, *words], {**os.environ, "COLUMNS": "200", "TERM": "xterm", **variables}
                )
            finally:
                os._exit(99)

    def press(self, keys: bytes) -> None:
        os.write(self._fd, keys)

    def wait_for(self, pattern: str, deadline_s: float = 60) -> str:
        """Read until `pattern` (a regular expression) is on the screen; gives what matched."""
        end = time.monotonic() + deadline_s
        while True:
            found = re.search(pattern.encode(), self.drawn)
            if found:
                return found.group().decode()
            assert self._read(end), f"waited for {pattern!r}; the screen shows:\n{self.drawn.decode(errors='replace')}"

    def wait(self, deadline_s: float = 60) -> int:
        """Read until the command ends; its exit code."""
        end = time.monotonic() + deadline_s
        while self._read(end):
            pass
        assert self._code is not None or time.monotonic() < end, f"it did not end: {self.drawn!r}"
        if self._code is None:
            self._code = os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])
        return self._code

    @property
    def lines(self) -> List[str]:
        """What is drawn; a terminal turns each line break into two characters."""
        return self.drawn.decode().replace("\r\n", "\n").splitlines()

    def _read(self, end: float) -> bool:
        """More of the screen; False at its end or at the deadline."""
        if not select.select([self._fd], [], [], max(0.0, end - time.monotonic()))[0]:
            return False
        try:
            data = os.read(self._fd, 65536)
        except OSError:  # EIO: nobody holds the other side any more
            return False
        self.drawn += data
        return bool(data)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        if self._code is None:
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)
        os.close(self._fd)
