"""Finding the embedded server of a home, and starting or stopping it. One lock file decides who starts it."""

from __future__ import annotations

import functools
import os
import time
from pathlib import Path
from typing import List, Optional, Sequence, Tuple

from trainshed.client import locks, mounts, starting
from trainshed.client.api import Api
from trainshed.client.http import Client
from trainshed.contract import variables, wire
from trainshed.contract.api import Health
from trainshed.contract.errors import BadValue, NotAuthenticated, SchemaTooNew, ServerUnreachable
from trainshed.contract.layout import HomeLayout, default_home
from trainshed.contract.messages import ServerFacts
from trainshed.contract.tuples import NamedTuple
from trainshed.contract.version import VERSION, WIRE_VERSION

#: How long a server that holds its lock may be silent before it counts as stuck.
_SILENT_S = 20.0
_HEALTH_S = 5.0
_STOP_S = 10.0
_STARTS = 3
_POLL_S = 0.01


class Running(NamedTuple):
    """A server that answered just now."""

    facts: ServerFacts
    health: Health
    client: Client


def connect(home: Optional[Path] = None, *, start: bool = True, what: str = "sdk") -> Client:
    """A client of the team server that ``TRAINSHED_SERVER`` names, else of the home's own server.

    Args:
        home: the embedded server's folder; None: TRAINSHED_SERVER, else TRAINSHED_HOME, else ``~/.trainshed``.
        start: start the embedded server if none runs; also later, whenever it does not answer.
        what: who speaks, for the server's log.

    Raises:
        ServerUnreachable: none runs and ``start`` is False, or it does not answer.
        NoServerHere, ServerNotStarted, NetworkHome: it can't be started.
        SchemaTooNew: a newer server runs that does not speak this release's wire version.
        NotAuthenticated: a team server without TRAINSHED_TOKEN; the home's token is gone while its server runs.
    """
    if home is None and os.environ.get(variables.SERVER):
        return _team_client(os.environ[variables.SERVER], what)
    layout = HomeLayout(default_home() if home is None else Path(os.path.abspath(home)))
    running = _find(layout, what)
    if running is None or _is_older(running.health):
        if not start:
            if running is not None:
                return running.client
            why = "no server is running"
            raise ServerUnreachable(address=str(layout.root), why=why)
        running = _start(layout, what)
    _check_speaks(layout, running.health)
    _check_token(layout, running)
    if start:
        running.client.revive = functools.partial(_revive, running.client, layout.root, what)
    return running.client


def status(home: Optional[Path] = None) -> Optional[ServerFacts]:
    """The facts of the home's server if it runs and answers, else None."""
    layout = HomeLayout(default_home() if home is None else Path(os.path.abspath(home)))
    running = _find(layout, "status")
    return None if running is None else running.facts


def stop(home: Optional[Path] = None) -> Optional[int]:
    """Stop the home's server and wait until it is gone; runs go on without it.

    Returns:
        How many runs go on (0 if it could not be asked any more); None when no server was running.

    Raises:
        ServerUnreachable: it is there, but cannot be stopped by this user.
    """
    layout = HomeLayout(default_home() if home is None else Path(os.path.abspath(home)))
    if not locks.is_held(str(layout.server_lock)):
        return None
    with locks.held(str(layout.start_lock), patience_s=2 * starting.START_S):
        return _stop(layout)


def _team_client(address: str, what: str) -> Client:
    token = os.environ.get(variables.TOKEN)
    if not token:
        why = "%s names this server, but %s is not set" % (variables.SERVER, variables.TOKEN)
        raise NotAuthenticated(address=address, why=why)
    return Client([address], token, what=what)


def _revive(client: Client, home: Path, what: str) -> Sequence[str]:
    found = connect(home, what=what)
    client.web_address = found.web_address  # the port may be another one
    return found.addresses


def _find(layout: HomeLayout, what: str) -> Optional[Running]:
    """The server that holds the lock, once it answers; None when nobody holds it.

    Raises:
        ServerUnreachable: the lock's holder did not answer for a long time.
    """
    deadline = time.monotonic() + _SILENT_S
    why: object = "it has not said yet where it listens"
    while locks.is_held(str(layout.server_lock)):
        facts = _read_facts(layout)
        if facts is not None:
            client = Client(_addresses(facts), _read_token(layout), what=what, web_address=facts.url)
            try:
                health = Api(client).health(timeout_s=_HEALTH_S)
                if health.server_id == facts.server_id:
                    return Running(facts, health, client)
                why = "another server answers at %s" % facts.url
            except ServerUnreachable as error:
                # It is on its way up or down; a stale server.json of a killed one may still be there.
                why = error.facts.get("why")
        if time.monotonic() > deadline:
            who = "process %d" % facts.pid if facts is not None else str(layout.root)
            raise ServerUnreachable(address=who, why="it holds %s, but: %s" % (layout.server_lock, why))
        time.sleep(_POLL_S)
    return None


def _start(layout: HomeLayout, what: str) -> Running:
    """Start a server, or find the one that somebody else has started meanwhile."""
    mounts.check_home(str(layout.root))
    try:
        os.makedirs(str(layout.root), mode=0o700, exist_ok=True)
    except OSError as error:
        why = "it is a file" if layout.root.is_file() else "it cannot be made: %s" % (error.strerror or error)
        raise BadValue(what="TRAINSHED_HOME %r" % str(layout.root), why=why + ". Name a folder.") from error
    with locks.held(str(layout.start_lock), patience_s=2 * starting.START_S):
        running = _find(layout, what)
        if running is not None and _is_older(running.health):
            starting.check_able()  # or the old server would be gone, and nothing in its place
            _stop(layout)
            running = None
        tries = 0
        while running is None and tries < _STARTS:
            starting.start(layout)
            running = _find(layout, what)  # None: killed already
            tries += 1
    if running is None:
        raise ServerUnreachable(address=str(layout.root), why="it was ended as soon as it had started")
    return running


def _stop(layout: HomeLayout) -> Optional[int]:
    """Ask it to leave; then SIGTERM, then SIGKILL: being killed does a server no harm."""
    import signal

    numbers = [signal.SIGTERM, signal.SIGKILL]
    try:
        found = _find(layout, "stop")
        if found is None:
            return None
        process: Optional[_Process] = _Process(found.facts.pid, found.facts.started)
        running = Api(found.client).stop().running
    except (ServerUnreachable, BadValue, NotAuthenticated):
        # It is stuck, speaks another wire version, or was started with another token. Whose process it is, its lock and
        # the system tell: the owner may end it.
        process, running = _holder(layout), 0
        if process is not None:
            _signal(process, numbers.pop(0))
    while not _wait_until_gone(layout, process):
        if not numbers or process is None or not process.is_there():
            who = "its process" if process is None else "process %d" % process.pid
            raise ServerUnreachable(address=str(layout.root), why="it does not end; %s holds server.lock" % who)
        _signal(process, numbers.pop(0))
    return running


class _Process(NamedTuple):
    """``started`` as :func:`process_start` gives it; empty: there is no telling whether it is still the same."""

    pid: int
    started: str

    def is_there(self) -> bool:
        return bool(self.started) and process_start(self.pid) == self.started


def _holder(layout: HomeLayout) -> Optional[_Process]:
    """The server's process: as it said itself, else as the lock says."""
    facts = _read_facts(layout)
    if facts is not None and _Process(facts.pid, facts.started).is_there():
        return _Process(facts.pid, facts.started)
    pid = locks.holder(str(layout.server_lock))
    return _Process(pid, process_start(pid)) if pid else None


def _signal(process: _Process, number: int) -> None:
    if not process.is_there():
        return
    try:
        os.kill(process.pid, number)
    except (ProcessLookupError, PermissionError):
        pass  # gone, or another user's: the lock tells


def _wait_until_gone(layout: HomeLayout, process: Optional[_Process]) -> bool:
    """Until the lock is free and the process has ended; False when that takes too long."""
    deadline = time.monotonic() + _STOP_S
    while locks.is_held(str(layout.server_lock)) or (process is not None and process.is_there()):
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_S)
    return True


def process_start(pid: int) -> str:
    """When a process was started, as /proc tells (field 22 of ``stat``); empty when there is none, or its zombie."""
    try:
        with open("/proc/%d/stat" % pid, "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in (b"Z", b"X") else fields[19].decode("ascii")


def _read_facts(layout: HomeLayout) -> Optional[ServerFacts]:
    try:
        return wire.loads(ServerFacts, layout.server_json.read_bytes())
    except (OSError, ValueError):
        return None


def _read_token(layout: HomeLayout) -> str:
    """Empty when there is none that could be sent."""
    try:
        token = layout.token.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""
    return token if token.isprintable() and " " not in token else ""


def _addresses(facts: ServerFacts) -> List[str]:
    """The socket alone, where there is one: whoever answers at the port of a server that is gone is a stranger, and
    must not be told our token.
    """
    return ["unix://" + facts.socket if facts.socket else facts.url]


def _is_older(health: Health) -> bool:
    return version_key(health.version) < version_key(VERSION)


def _check_speaks(layout: HomeLayout, health: Health) -> None:
    if health.oldest_wire > WIRE_VERSION:
        raise SchemaTooNew(home=str(layout.root), newer=health.version, schema=health.schema, version=VERSION)


def _check_token(layout: HomeLayout, running: Running) -> None:
    if not running.client.token:
        why = "%s can't be read as a token, and was when it started. Stop it, the next one goes by that file: %s"
        raise NotAuthenticated(address=running.facts.url, why=why % (layout.token, "trainshed server stop"))


def version_key(text: str) -> Tuple[int, ...]:
    """``0.10.2`` sorts after ``0.9``; what follows the numbers does not count."""
    import re

    found = re.match(r"\d+(\.\d+)*", text)
    return tuple(int(part) for part in found.group().split(".")) if found else ()


__all__ = ["Running", "connect", "process_start", "status", "stop", "version_key"]
