"""What a request asks: its token, its wire version, its parameters."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Awaitable, Callable, Optional, Tuple

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from trainshed.contract.errors import BadValue, Coded
from trainshed.contract.version import WIRE_VERSION
from trainshed.contract.wire import parse_time
from trainshed.server.api.answers import refusal
from trainshed.server.services import Services
from trainshed.server.services.callers import Caller
from trainshed.server.services.server import OLDEST_WIRE

Handler = Callable[["Ask"], Awaitable[Response]]

_WIRES = {str(version).encode() for version in range(OLDEST_WIRE, WIRE_VERSION + 1)}

#: Nobody holds a connection longer than this for a long-poll.
LONGEST_WAIT_S = 60.0


class Ask:
    """A request whose caller is known and may ask such things; and the services that answer."""

    def __init__(self, request: Request, services: Services, caller: Optional[Caller]) -> None:
        self.request = request
        self.services = services
        self._caller = caller

    @property
    def caller(self) -> Caller:
        assert self._caller is not None
        return self._caller

    def path(self, name: str) -> str:
        """A part of the path."""
        return str(self.request.path_params[name])

    @property
    def run(self) -> Tuple[str, str]:
        """Workspace and run of the path, which the caller may read."""
        workspace, run = self.path("ws"), self.path("id")
        self.services.callers.check_workspace(self.caller, workspace)
        return workspace, run

    @property
    def own_run(self) -> Tuple[str, str]:
        """Workspace and run of the path, which the caller may change."""
        workspace, run = self.path("ws"), self.path("id")
        self.services.callers.check_writes(self.caller, workspace, run)
        return workspace, run

    @property
    def workspace(self) -> str:
        """The workspace of the path, which the caller may read."""
        workspace = self.path("ws")
        self.services.callers.check_workspace(self.caller, workspace)
        return workspace

    def text(self, name: str) -> Optional[str]:
        """A parameter of the query, or None."""
        value = self.request.query_params.get(name)
        return None if value is None else str(value)

    def pairs(self, name: str) -> Tuple[Tuple[str, Optional[str]], ...]:
        """Each ``K=V`` and ``K`` of the query."""
        parts = (item.partition("=") for item in self.request.query_params.getlist(name))
        return tuple((key, value if equals else None) for key, equals, value in parts)

    def integer(self, name: str, default: int) -> int:
        """A whole number of at least 0; BadValue for anything else."""
        value = self.text(name)
        if value is None:
            return default
        if not value.isascii() or not value.isdigit():
            raise BadValue(what="%s=%s" % (name, value), why="a whole number is expected")
        return int(value)

    def flag(self, name: str) -> bool:
        """``1`` or ``0`` (the default)."""
        value = self.text(name)
        if value not in (None, "", "0", "1", "true", "false", "True", "False"):
            raise BadValue(what="%s=%s" % (name, value), why="0 or 1 is expected")
        return value in ("1", "true", "True")

    def time(self, name: str) -> Optional[datetime]:
        """A time in UTC such as ``2026-11-24T01:02:03Z``, or None; BadValue for anything else."""
        value = self.text(name)
        if value is None:
            return None
        try:
            return parse_time(value)
        except ValueError as error:
            raise BadValue(what="%s=%s" % (name, value), why=str(error)) from None

    def wait_s(self) -> float:
        """How long the answer may take."""
        value = self.text("wait_s")
        try:
            return min(max(float(value or 0), 0.0), LONGEST_WAIT_S)
        except ValueError:
            raise BadValue(what="wait_s=%s" % value, why="seconds are expected") from None


def endpoint(services: Services, handler: Handler, kinds: Tuple[str, ...]) -> Callable[[Request], Awaitable[Response]]:
    """What the router calls: checks version and caller, calls ``handler``, and words errors.

    Args:
        kinds: who may ask; empty: anyone, even without a token.
    """

    async def answer(request: Request) -> Response:
        try:
            caller = _admit(services, request, kinds)
            return await handler(Ask(request, services, caller))
        except Coded as error:
            return refusal(error)
        except ClientDisconnect:
            return Response(status_code=499)  # nobody reads it; what arrived of an upload is kept
        except UnicodeEncodeError as error:
            return refusal(BadValue(what="text %r" % error.object[error.start : error.end], why="it is no Unicode"))

    answer.__name__ = handler.__name__
    return answer


def _admit(services: Services, request: Request, kinds: Tuple[str, ...]) -> Optional[Caller]:
    token, wire = None, None
    for name, value in request.scope["headers"]:
        if name == b"authorization" and value[:7].lower() == b"bearer ":
            token = value[7:].decode("latin-1").strip()
        elif name == b"x-trainshed-wire":
            wire = value
    if not kinds:
        return None  # health tells those of any version which versions are spoken here
    if wire is not None and wire not in _WIRES:
        raise _other_wire(wire)
    caller = services.callers.identify(token)
    services.callers.check_kind(caller, *kinds)
    return caller


def _other_wire(wire: Any) -> BadValue:
    return BadValue(
        what="wire version %s" % wire.decode("latin-1"),
        why="this server speaks %d to %d; upgrade the older side" % (OLDEST_WIRE, WIRE_VERSION),
    )
