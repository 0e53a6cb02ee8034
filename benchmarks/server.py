"""The server: until it is ready, its memory at rest, and how many requests for a run it answers to one client.

Two rounds of measurements: starting and stopping, then requests to servers that stay.
"""

from __future__ import annotations

import time
from typing import Any, Callable, Dict, Mapping

from measuring.interleave import Subject
from measuring.peers import BARE
from measuring.report import OURS, Promise, Quantity
from measuring.servers import ForeignServer, OurServer, floor_server, memory_mb, mlflow_server, running
from measuring.session import Session

FLOOR = "asyncio, raw"
MLFLOW = "mlflow server, 1 worker"
REST_S = 2.0
REQUESTS_S = 1.0
QUANTITIES = (
    Quantity("ready", "start until ready", "ms", FLOOR, digits=0),
    Quantity("ready_new", "the same, with nothing there yet", "ms", digits=0),
    Quantity("rss", "resident at rest, all processes", "MB", FLOOR),
    Quantity("pss", "the same, shared pages divided", "MB", FLOOR),
    Quantity("processes", "processes at rest", "number", digits=0),
)
REQUEST_QUANTITIES = (
    Quantity("requests", "get-run, one raw client, connection kept", "per s", FLOOR, digits=0, more_is_better=True),
    Quantity("calls", "get-run by the client library", "per s", digits=0, more_is_better=True),
)
PROMISES = (Promise("ready", 600), Promise("rss", 90))
REQUEST_PROMISES = (Promise("requests", 2000),)
NOTES = (
    "trainshed: the command `trainshed server start`, its interpreter's start included; at rest: server and forker.",
    f"At rest: {REST_S:g} s after it was ready. mlflow: until /health answers, its database being there.",
)
REQUEST_NOTES = (
    "The raw client sends the request that run.get_status() sends; the floor answers 1 KB without looking at it.",
    "By the library: run.get_status() and MlflowClient.get_run().",
)


def main() -> None:
    """Measure and report twice: ``server`` and ``server_requests``."""
    with Session.from_command_line(__doc__) as session:
        subjects = [
            Subject(FLOOR, starts(session, floor_server)),
            Subject(OURS, our_starts(session)),
            Subject(MLFLOW, starts(session, mlflow_server)),
        ]
        session.report("server", "Server", session.measure(subjects), QUANTITIES, PROMISES, NOTES)
        answering = Answering(session)
        subjects = [
            Subject(FLOOR, answering.floor),
            Subject(OURS, answering.ours),
            Subject(MLFLOW, answering.mlflow),
        ]
        measured = session.measure(subjects)
        answering.stop()
        session.report("server_requests", "Requests", measured, REQUEST_QUANTITIES, REQUEST_PROMISES, REQUEST_NOTES)


def starts(session: Session, make: Callable[[Session], ForeignServer]) -> Callable[[], Mapping[str, float]]:
    """Start, rest, look at the memory, stop."""

    def measure() -> Mapping[str, float]:
        server = make(session)
        with running(server) as ready:
            return {"ready": ready, **at_rest(session, server.part)}

    return measure


def our_starts(session: Session) -> Callable[[], Mapping[str, float]]:
    """The same for ours: with a new home, then with that home again."""
    server = OurServer(session)

    def measure() -> Mapping[str, float]:
        server.forget()
        with running(server) as ready_new:
            pass
        with running(server) as ready:
            return {"ready_new": ready_new, "ready": ready, **at_rest(session, server.part)}

    return measure


def at_rest(session: Session, part: str) -> Dict[str, float]:
    """Memory after a while without requests."""
    time.sleep(REST_S)
    return memory_mb(session.marked(part))


class Answering:
    """The servers that answer requests, each started when it is first measured."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._client: Any = None
        self._foreign: Dict[str, ForeignServer] = {}
        self._asked: Dict[str, Dict[str, Any]] = {}
        self._programs: Dict[str, Any] = {}

    def floor(self) -> Mapping[str, float]:
        """asyncio's raw protocol."""
        if FLOOR not in self._foreign:
            server = self._start(FLOOR, floor_server)
            host, port = server.address.split(":")
            request = f"GET /run HTTP/1.1\r\nHost: {server.address}\r\n\r\n"
            self._asked[FLOOR] = {"address": [host, int(port)], "request": request}
        return self._requests(FLOOR)

    def ours(self) -> Mapping[str, float]:
        """The embedded server, started by the SDK."""
        if OURS not in self._programs:
            self._programs[OURS] = self._session.program("trainshed_requests.py", OURS)
            self._asked[OURS] = self._programs[OURS].ask("request")
        return {**self._requests(OURS), **self._programs[OURS].ask("measure", seconds=REQUESTS_S)}

    def mlflow(self) -> Mapping[str, float]:
        """MLflow's."""
        if MLFLOW not in self._programs:
            server = self._start(MLFLOW, mlflow_server)
            self._programs[MLFLOW] = self._session.program("mlflow_requests.py", "mlflow")
            self._asked[MLFLOW] = self._programs[MLFLOW].ask("request", address=server.address)
        return {**self._requests(MLFLOW), **self._programs[MLFLOW].ask("measure", seconds=REQUESTS_S)}

    def stop(self) -> None:
        """End the foreign servers; the session ends ours."""
        for server in self._foreign.values():
            server.stop()

    def _start(self, name: str, make: Callable[[Session], ForeignServer]) -> ForeignServer:
        self._foreign[name] = make(self._session)
        self._foreign[name].start()
        return self._foreign[name]

    def _requests(self, name: str) -> Dict[str, float]:
        if self._client is None:
            self._client = self._session.program("bare_requests.py", BARE)
        values: Dict[str, float] = self._client.ask("measure", seconds=REQUESTS_S, **self._asked[name])
        return values


if __name__ == "__main__":
    main()
