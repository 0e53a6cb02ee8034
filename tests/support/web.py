"""A web server on the loopback interface that can do what a download has to cope with."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Dict, List, Optional, Tuple
from urllib.parse import unquote, urlsplit


@dataclass
class Page:
    """What is served under one path."""

    body: bytes
    etag: bool = True
    modified: Optional[str] = None
    status: int = 200
    ranges: bool = True


@dataclass
class Asked:
    """One request."""

    method: str
    path: str
    headers: Dict[str, str] = field(default_factory=dict)


class Web:
    """Started by ``with``.

    Attributes:
        break_after: bytes of a body after which each connection breaks; None: never.
        breaks_left: how many more do.
        hold_after: bytes after which a body stands still until ``go_on`` is set.
    """

    def __init__(self) -> None:
        self.pages: Dict[str, Page] = {}
        self.asked: List[Asked] = []
        self.break_after: Optional[int] = None
        self.breaks_left = 0
        self.hold_after: Optional[int] = None
        self.go_on = threading.Event()
        self.holding = threading.Event()
        self._http: Optional[ThreadingHTTPServer] = None

    def __enter__(self) -> Web:
        handler = type("Handler", (_Handler,), {"web": self})
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._http.daemon_threads = True
        self.port = self._http.server_address[1]
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """From now on nobody answers."""
        self.go_on.set()
        if self._http is not None:
            self._http.shutdown()
            self._http.server_close()
            self._http = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def put(self, path: str, body: bytes, **how: object) -> str:
        """Serve ``body`` under ``path``; its URL."""
        self.pages[path] = Page(body, **how)  # type: ignore[arg-type]
        return self.address + path

    def gets(self, path: str) -> List[Asked]:
        return [asked for asked in self.asked if asked.path == path]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    web: Web

    def do_GET(self) -> None:
        # A proxy is asked for the whole URL.
        path = unquote(urlsplit(self.path).path)
        headers = {key.lower(): value for key, value in self.headers.items()}
        self.web.asked.append(Asked("GET", path, headers))
        page = self.web.pages.get(path)
        if page is None or page.status != 200:
            return self._answer(404 if page is None else page.status, {}, b"")
        facts = {}
        if page.etag:
            facts["ETag"] = '"%s"' % sha256(page.body).hexdigest()[:16]
        if page.modified:
            facts["Last-Modified"] = page.modified
        if _still_holds(headers, facts):
            return self._answer(304, facts, b"")
        status, more, body = _ranged(page, headers, facts)
        return self._answer(status, {**facts, **more}, body)

    def _answer(self, status: int, headers: Dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            self._send(body)
        except OSError:
            self.close_connection = True  # the reader has gone

    def _send(self, body: bytes) -> None:
        web = self.web
        if web.break_after is not None and web.breaks_left > 0 and len(body) > web.break_after:
            web.breaks_left -= 1
            self.wfile.write(body[: web.break_after])
            self.close_connection = True
            return
        if web.hold_after is not None and len(body) > web.hold_after:
            self.wfile.write(body[: web.hold_after])
            self.wfile.flush()
            web.holding.set()
            web.go_on.wait(60)
            body = body[web.hold_after :]
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def _still_holds(asked: Dict[str, str], facts: Dict[str, str]) -> bool:
    if "if-none-match" in asked:
        return asked["if-none-match"] == facts.get("ETag")
    return "if-modified-since" in asked and asked["if-modified-since"] == facts.get("Last-Modified")


def _ranged(page: Page, asked: Dict[str, str], facts: Dict[str, str]) -> Tuple[int, Dict[str, str], bytes]:
    wanted = asked.get("range")
    if wanted is None or not page.ranges or asked.get("if-range") not in (None, *facts.values()):
        return 200, {}, page.body
    start = int(wanted[len("bytes=") :].rstrip("-"))
    if start >= len(page.body):
        return 416, {"Content-Range": "bytes */%d" % len(page.body)}, b""
    where = "bytes %d-%d/%d" % (start, len(page.body) - 1, len(page.body))
    return 206, {"Content-Range": where}, page.body[start:]
