"""The real REST interface over uvicorn on a Unix socket, and a bare HTTP client: nothing of ours on the asking side."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import threading
from dataclasses import dataclass
from typing import Any, AsyncIterator, Dict, Iterator, Optional, Union

import uvicorn
from starlette.applications import Starlette

from tests.server.lab import Lab
from tests.support.waiting import wait_until
from trainshed.contract.layout import HomeLayout
from trainshed.contract.version import WIRE_VERSION
from trainshed.server import api


@dataclass(frozen=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Connection(http.client.HTTPConnection):
    """To a Unix socket."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=60)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(60)
        self.sock.connect(self._path)


class Served:
    """A running server. Made in the test's thread, served in another."""

    def __init__(self, layout: HomeLayout) -> None:
        self.layout = layout
        self.socket = str(layout.socket)
        self.lab: Lab
        app = Starlette(lifespan=self._life, exception_handlers=dict(api.EXCEPTION_HANDLERS))
        self._app = app
        config = uvicorn.Config(app, uds=self.socket, log_level="warning", access_log=False, http="httptools")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run)

    @contextlib.asynccontextmanager
    async def _life(self, app: Starlette) -> AsyncIterator[None]:
        self.lab = await Lab.open(self.layout)
        self.lab.services.start()
        self._app.router.routes.extend(api.routes(self.lab.services))
        yield
        self.lab.services.close()

    def __enter__(self) -> Served:
        self._thread.start()
        wait_until(lambda: self._server.started or not self._thread.is_alive(), 60, "the server")
        return self

    def __exit__(self, *error: object) -> None:
        self._server.should_exit = True
        self._thread.join()

    @property
    def token(self) -> str:
        return self.layout.token.read_text().strip()

    @property
    def ws(self) -> str:
        return "/workspaces/" + self.lab.ws

    def connection(self) -> Connection:
        return Connection(self.socket)

    def ask(
        self,
        method: str,
        path: str,
        body: Union[bytes, Iterator[bytes], Any] = None,
        *,
        token: Optional[str] = None,
        headers: Optional[Dict[str, str]] = None,
        connection: Optional[Connection] = None,
    ) -> Answer:
        """One request. ``body``: bytes, an iterator of them, or what becomes JSON. Empty token: none is sent."""
        link = connection or self.connection()
        sent = {"X-Trainshed-Wire": str(WIRE_VERSION), **(headers or {})}
        if token != "":
            sent["Authorization"] = "Bearer " + (token or self.token)
        raw = isinstance(body, bytes) or hasattr(body, "__next__") or body is None
        link.request(method, api.PREFIX + path, body if raw else json.dumps(body), sent)
        response = link.getresponse()
        answer = Answer(response.status, response.headers, response.read())
        if connection is None:
            link.close()
        return answer
