"""The forker's loop: one thread, one socket, its children."""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import socket
import sys
import time
from pathlib import Path
from typing import Dict, Optional, Set

from trainshed.contract.layout import HomeLayout
from trainshed.contract.messages import ForkerAnswer, ForkerRequest, json_line
from trainshed.contract.wire import from_wire
from trainshed.node import linux, locks
from trainshed.node.forker import child
from trainshed.node.sockets import listen_at

#: Without a server and without a child for so long, nobody will need this forker any more.
IDLE_S = 60.0
_LOOK_EVERY_S = 5.0
_SPARE = (child.AGENT, child.SHIM)
_SPARES_AFTER_S = 0.1
_REQUEST_BYTES = 65536


def main(home: str, runtime: str, *, idle_s: float = IDLE_S) -> int:
    """Serve until told to retire, or until nobody needs it. Leaves at once when another forker has the lock.

    Args:
        home: the embedded server's folder.
        runtime: the folder ``runtime/<hash>`` whose code this process runs.
        idle_s: seconds without server and child after which it leaves.
    """
    layout = HomeLayout(Path(home))
    runtime_hash = os.path.basename(os.path.normpath(runtime))
    lock = locks.take(layout.forker_lock(runtime_hash))
    if lock is None:
        return 0
    linux.name_process("trainshed-forker")
    # Orphans of killed shims come to us: in a container, pid 1 may be a program that takes no notice of the dead.
    linux.become_subreaper()
    path = str(layout.forker_socket(runtime_hash))
    child.preload()
    # What is alive now stays so: children shall neither scan it nor copy its pages.
    gc.collect()
    gc.freeze()
    gc.disable()
    forker = Forker(layout, runtime, listen_at(path), idle_s)
    try:
        forker.serve()
    finally:
        os.unlink(path)
    return 0


class Forker:
    """Answers requests on a listening Unix socket and reaps what it started."""

    def __init__(self, layout: HomeLayout, runtime: str, listener: socket.socket, idle_s: float) -> None:
        self.layout = layout
        self.runtime = runtime
        self.idle_s = idle_s
        self.children: Set[int] = set()
        self.spares: Dict[str, child.Spare] = {}
        self.retiring = False
        self.leaving = False
        self.listener = listener
        self.clients: Dict[int, socket.socket] = {}
        self.needed_at = time.monotonic()
        self.poll = select.poll()
        self.wakeup = _wake_on_signals()
        self.poll.register(self.wakeup, select.POLLIN)
        self.poll.register(listener, select.POLLIN)

    def serve(self) -> None:
        """Until there is no reason to stay."""
        while not self._may_leave():
            events = self.poll.poll((_SPARES_AFTER_S if self._lacks_spares() else _LOOK_EVERY_S) * 1000)
            if not events:
                self._make_spares()
            for fd, _ in events:
                if fd == self.wakeup:
                    self._take_signals()
                elif fd == self.listener.fileno():
                    self._accept()
                else:
                    self._serve_client(fd)

    def _may_leave(self) -> bool:
        if self.children:
            self.needed_at = time.monotonic()
        if self.leaving or (self.retiring and not self.children):
            return True
        if self.children or time.monotonic() - self.needed_at < min(self.idle_s, _LOOK_EVERY_S):
            return False
        if locks.is_held(self.layout.server_lock):
            self.needed_at = time.monotonic()
        return time.monotonic() - self.needed_at >= self.idle_s

    def _take_signals(self) -> None:
        if signal.SIGTERM in os.read(self.wakeup, 4096):
            self.leaving = True
        pid = -1
        while pid:
            try:
                pid, _ = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            self.children.discard(pid)
            for op in [op for op, spare in self.spares.items() if spare.pid == pid]:
                self.spares.pop(op).forget()

    def _accept(self) -> None:
        client, _ = self.listener.accept()
        # A line comes in one piece and its sender waits for the answer: no client can hold up the others for long.
        client.settimeout(1.0)
        self.clients[client.fileno()] = client
        self.poll.register(client, select.POLLIN)

    def _serve_client(self, fd: int) -> None:
        client = self.clients[fd]
        try:
            line = client.recv(_REQUEST_BYTES)
            if line:
                client.sendall(json_line(self._answer(line)))
                return
        except OSError:
            pass  # gone
        self.poll.unregister(fd)
        del self.clients[fd]
        client.close()

    def _answer(self, line: bytes) -> ForkerAnswer:
        try:
            request = from_wire(ForkerRequest, json.loads(line))
            pid = self._carry_out(request)
        except (ValueError, OSError) as error:
            return ForkerAnswer(ok=False, error="%s: %s" % (type(error).__name__, error), runtime=self.runtime)
        return ForkerAnswer(ok=True, pid=pid or 0, children=tuple(sorted(self.children)), runtime=self.runtime)

    def _carry_out(self, request: ForkerRequest) -> Optional[int]:
        if request.op == "retire":
            self.retiring = True
            return None
        if request.op == "status":
            return os.getpid()
        if request.op not in ("agent", "shim"):
            raise ValueError("op %r is none of agent, shim, status, retire" % request.op)
        if not os.path.isdir(request.folder):
            raise FileNotFoundError("there is no folder %s" % request.folder)
        sys.stdout.flush()
        pid = self._use_spare(request.op, request.folder) or child.fork(request.op, request.folder)
        self.children.add(pid)
        return pid

    def _use_spare(self, op: str, folder: str) -> int:
        spare = self.spares.pop(op, None)
        return spare.pid if spare is not None and spare.send(folder) else 0

    def _lacks_spares(self) -> bool:
        return not self.retiring and len(self.spares) < len(_SPARE)

    def _make_spares(self) -> None:
        """When nobody has asked for anything for a moment: a run that starts needs the processors itself."""
        for op in _SPARE:
            if op not in self.spares and not self.retiring:
                self.spares[op] = child.Spare(op)


def _wake_on_signals() -> int:
    """A descriptor that becomes readable with SIGCHLD or SIGTERM; the bytes are the signals' numbers."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    os.set_blocking(reading, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    for number in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    for number in (signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    return reading
