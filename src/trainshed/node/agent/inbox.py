"""What other threads tell the supervisor, and waiting for that together with descriptors."""

from __future__ import annotations

import os
import queue
import select
from typing import Any, Iterator, Optional, Sequence


class Wake:
    """Ends a ``poll`` of another thread."""

    def __init__(self) -> None:
        self.fd, self._write = os.pipe()
        os.set_blocking(self.fd, False)
        os.set_blocking(self._write, False)

    def ring(self) -> None:
        """Wake the waiter; many rings before it wakes count as one."""
        try:
            os.write(self._write, b"!")
        except BlockingIOError:
            pass

    def wait(self, timeout_s: Optional[float], fds: Sequence[int] = ()) -> bool:
        """Wait for a ring or until one of ``fds`` is readable.

        Returns:
            Whether the reason was a ring.
        """
        poll = select.poll()
        for fd in (self.fd, *fds):
            poll.register(fd, select.POLLIN)
        ready = poll.poll(None if timeout_s is None else max(0.0, timeout_s) * 1000)
        if any(fd == self.fd for fd, _ in ready):
            os.read(self.fd, 4096)
            return True
        return False


class Inbox:
    """Events for one reader, from many threads."""

    def __init__(self) -> None:
        self._events: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._wake = Wake()

    def post(self, event: Any) -> None:
        """From any thread."""
        self._events.put(event)
        self._wake.ring()

    @property
    def is_empty(self) -> bool:
        """Whether nothing has been posted: for those who look very often."""
        return self._events.empty()

    def wait(self, timeout_s: Optional[float], fds: Sequence[int] = ()) -> Iterator[Any]:
        """What has been posted, after waiting for that, for one of ``fds`` or for ``timeout_s``."""
        if self._events.empty():
            self._wake.wait(timeout_s, fds)
        while True:
            try:
                yield self._events.get_nowait()
            except queue.Empty:
                return
