"""A terminal of its own for a command: keys go in, what is drawn comes out."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import shlex
import signal
import struct
import termios
import time
from pathlib import Path
from types import TracebackType
from typing import Callable, List, Optional, Type

import pyte

from tests.cli.conftest import COMMAND

CTRL_C = b"\x03"


class Terminal:
    """Runs `trainshed WORDS` as the leader of a session on a pseudo terminal.

    Args:
        cwd: where; None: here.
        columns, rows: its size.
        shell: typed into a shell, which can stop it and bring it back; without words: the shell alone.
        variables: set for the command in addition.
    """

    def __init__(
        self,
        *words: str,
        cwd: Optional[Path] = None,
        columns: int = 200,
        rows: int = 50,
        shell: bool = False,
        **variables: str,
    ) -> None:
        self.drawn = b""
        self._seen = 0  # of it, by the screen
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._code: Optional[int] = None
        self._pid, self._fd = pty.fork()
        if self._pid == 0:
            # Started in the background, we would hand on that Ctrl-C is ignored.
            signal.signal(signal.SIGINT, signal.default_int_handler)
            try:
                _resize(0, columns, rows)
                os.chdir(cwd or ".")
                environment = {**os.environ, "COLUMNS": str(columns), "TERM": "xterm", "PS1": "$ ", **variables}
                command = ["bash", "--norc", "--noprofile", "-i"] if shell else [*COMMAND, *words]
                os.execvpe(command[0], command, environment)
            finally:
                os._exit(99)

        if shell:
            self.wait_for(r"\$ ")
            if words:
                self.press(shlex.join([*COMMAND, *words]).encode() + b"\n")

    def shows_keys(self) -> bool:
        """Whether the terminal shows what is typed."""
        return bool(termios.tcgetattr(self._fd)[3] & termios.ECHO)

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

    def resize(self, columns: int, rows: int) -> None:
        """Another size; the command hears of it. This screen cuts lines off, as xterm does."""
        self.screen()
        self._screen.resize(rows, columns)
        _resize(self._fd, columns, rows)

    def screen(self) -> List[str]:
        """The rows that one sees now, without the empty ones at the end."""
        self._stream.feed(self.drawn[self._seen :])
        self._seen = len(self.drawn)
        rows = [row.rstrip() for row in self._screen.display]
        while rows and not rows[-1]:
            rows.pop()
        return rows

    def wait_for_screen(self, shows: Callable[[List[str]], bool], what: str, deadline_s: float = 60) -> List[str]:
        """Read until the rows on the screen are such; gives them."""
        end = time.monotonic() + deadline_s
        while not shows(self.screen()):
            more = self._read(end)
            assert more, f"waited for {what}; the screen shows:\n" + "\n".join(self.screen())
        return self.screen()

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


def _resize(fd: int, columns: int, rows: int) -> None:
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
