"""The server's process: takes the lock, opens the records, listens, says so, and leaves in good order."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import logging
import os
import signal
import socket
import sys
import time
from pathlib import Path
from typing import Callable, Iterator, List, Optional, Tuple

import uvicorn
import uvloop

from trainshed.contract import wire
from trainshed.contract.compute import AMLCOMPUTE
from trainshed.contract.errors import BadValue, Coded, ServerNotStarted
from trainshed.contract.layout import HomeLayout
from trainshed.contract.messages import ServerFacts
from trainshed.contract.version import VERSION, WIRE_VERSION
from trainshed.server.app.assembly import assemble
from trainshed.server.app.guard import Guard
from trainshed.server.app.listening import LOOPBACK, loopback_socket, unix_socket
from trainshed.server.app.settings import Settings, write_private
from trainshed.server.compute.forker import Forker, retire_others
from trainshed.server.compute.local import NAME, LocalBackend
from trainshed.server.compute.runtime import Runtime
from trainshed.server.control.loop import Control
from trainshed.server.services import Services
from trainshed.server.services.news import News

#: Whoever only looks whether the lock is held has it for an instant.
_LOCK_S = 2.0
#: Answers under way when the server is told to leave have so long.
_GRACE_S = 3
_KEEP_ALIVE_S = 300
_IDLE_LOOKS = 20

_log = logging.getLogger("trainshed.app")


def run(home: Path, *, port: int, idle_s: float, ready_fd: int) -> int:
    """Serve a home until told to leave; the exit code.

    Args:
        home: absolute; made if it is not there.
        port: 0, or the port to listen on.
        idle_s: leave after so many seconds without a run and a client.
        ready_fd: told ``{}`` when the server listens, or the error that keeps it from it; -1: nobody.
    """
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.INFO, stream=sys.stderr)
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    layout = HomeLayout(home)
    try:
        _make_folders(layout)
        with _lock(layout):
            loop = uvloop.new_event_loop()
            asyncio.set_event_loop(loop)
            loop.run_until_complete(EmbeddedServer(layout, port, idle_s, ready_fd).serve())
    except Coded as error:
        _log.error("%s", error.message)
        _tell(ready_fd, error)
        return 1
    except Exception as error:  # noqa: BLE001  the process's outermost frame
        _log.exception("the server ends")
        log = str(layout.logs / "server.log")
        _tell(ready_fd, ServerNotStarted(home=str(home), why="%s: %s" % (type(error).__name__, error), log=log))
        return 1
    return 0


def _make_folders(layout: HomeLayout) -> None:
    try:
        for folder in (layout.root, layout.logs):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise BadValue(what="home %r" % str(layout.root), why="it cannot be made: %s" % error) from error


@contextlib.contextmanager
def _lock(layout: HomeLayout) -> Iterator[None]:
    """Hold ``server.lock``. ServerNotStarted when another server has it."""
    descriptor = os.open(layout.server_lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    deadline = time.monotonic() + _LOCK_S
    try:
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    why, log = "another server is running there", str(layout.logs / "server.log")
                    raise ServerNotStarted(home=str(layout.root), why=why, log=log) from None
            time.sleep(0.01)
        yield
    finally:
        os.close(descriptor)


def _tell(ready_fd: int, error: Optional[Coded]) -> None:
    if ready_fd < 0:
        return
    try:
        os.write(ready_fd, wire.dumps({} if error is None else error.to_wire()) + b"\n")
        os.close(ready_fd)
    except OSError:
        pass  # told already, or whoever started us is gone


class EmbeddedServer:
    """One home's server. Holds its lock already."""

    def __init__(self, layout: HomeLayout, port: int, idle_s: float, ready_fd: int) -> None:
        self._layout = layout
        self._asked_port = port
        self._idle_s = idle_s
        self._ready_fd = ready_fd

    async def serve(self) -> None:
        """Until ``POST /server/stop``, SIGTERM, or the idle time is over."""
        runtime = Runtime(self._layout)
        forker = Forker(self._layout, runtime)
        settings, listeners = self._listen()
        services = self._open(settings)
        # The first run shall find the forker warm; nobody else waits for it.
        warming = asyncio.get_running_loop().run_in_executor(None, _warm, self._layout, forker, runtime)
        backend = LocalBackend(self._layout, runtime, forker)
        backends = {NAME: backend, AMLCOMPUTE: backend}
        control = Control(services, backends, lambda: _addresses(self._layout, settings.port))
        guard = assemble(services, settings.port, settings.public_address)
        web = _Web(guard, services.news, lambda: self._ready(services, settings))
        services.server.register(stop=web.leave, forkers=forker.pids)
        services.start()
        control.start()
        idle = asyncio.get_running_loop().create_task(self._leave_when_idle(services, guard, web))
        try:
            await web.serve(sockets=listeners)
        finally:
            self._layout.server_json.unlink(missing_ok=True)
            idle.cancel()
            await control.stop()
            await warming
            runtime.close()
            await asyncio.to_thread(forker.retire)
            services.close()
            self._layout.socket.unlink(missing_ok=True)

    def _listen(self) -> Tuple[Settings, List[socket.socket]]:
        self._layout.settings.with_name("settings.json.tmp").unlink(missing_ok=True)  # of a server that was killed
        settings = Settings.load(self._layout.settings)
        loopback = loopback_socket(self._asked_port, settings.port)
        port = loopback.getsockname()[1]
        if not self._layout.settings.exists() or (settings.port != port and not self._asked_port):
            settings.with_port(port).save(self._layout.settings)
        local = unix_socket(self._layout.socket)
        return settings.with_port(port), [loopback] if local is None else [local, loopback]

    def _open(self, settings: Settings) -> Services:
        address = settings.public_address or "http://%s:%d" % (LOOPBACK, settings.port)
        return Services.open(self._layout, server_id=settings.server_id, address=address)

    def _ready(self, services: Services, settings: Settings) -> None:
        """Requests are taken from now on: say where."""
        facts = ServerFacts(
            pid=os.getpid(),
            started=_start_time(),
            version=VERSION,
            wire=WIRE_VERSION,
            schema=services.server.health().schema,
            server_id=settings.server_id,
            url="http://%s:%d" % (LOOPBACK, settings.port),
            socket=str(self._layout.socket) if self._layout.socket.exists() else None,
        )
        write_private(self._layout.server_json, wire.dumps(facts))
        _log.info("Trainshed %s serves %s at %s", VERSION, self._layout.root, facts.url)
        _tell(self._ready_fd, None)

    async def _leave_when_idle(self, services: Services, guard: Guard, web: _Web) -> None:
        while True:
            await asyncio.sleep(self._idle_s / _IDLE_LOOKS)
            if guard.idle_s > self._idle_s and await services.runs.counts() == (0, 0):
                _log.info("no run and no client for %g minutes", self._idle_s / 60)
                web.leave()


class _Web(uvicorn.Server):
    """uvicorn, told by us when to leave."""

    def __init__(self, guard: Guard, news: News, on_ready: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                guard,
                http="httptools",
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                timeout_keep_alive=_KEEP_ALIVE_S,
                timeout_graceful_shutdown=_GRACE_S,
            )
        )
        self._guard = guard
        self._news = news
        self._on_ready = on_ready

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.leave)
        loop.add_signal_handler(signal.SIGHUP, lambda: None)
        yield

    async def startup(self, sockets: Optional[List[socket.socket]] = None) -> None:
        await super().startup(sockets)
        self._on_ready()

    def leave(self) -> None:
        """Answer what was asked, take nothing more."""
        self.should_exit = True
        self._guard.leave()
        self._news.release()


def _warm(layout: HomeLayout, forker: Forker, runtime: Runtime) -> None:
    try:
        forker.warm()
        runtime.compile()
        retire_others(layout, forker.socket_path)
    except OSError as error:
        _log.warning("%s; it is tried again with the first run", error)


def _addresses(layout: HomeLayout, port: int) -> Tuple[str, ...]:
    """How agents reach this server: by its socket alone, where there is one. While it is gone, a stranger may listen at
    its port.
    """
    return ("unix://%s" % layout.socket if layout.socket.exists() else "http://%s:%d" % (LOOPBACK, port),)


def _start_time() -> str:
    """Of this process, as /proc tells; empty where there is none."""
    try:
        return Path("/proc/self/stat").read_bytes().rpartition(b")")[2].split()[19].decode("ascii")
    except OSError:
        return ""
