"""Requests that a browser could be made to send by somebody else's page, and such as come under a foreign name."""

from __future__ import annotations

import http.client
import json
from pathlib import Path
from typing import Dict, Iterator, Tuple

import pytest

from tests.lifecycle.desk import Desk
from trainshed.client import embedded
from trainshed.client.api import Api


@pytest.fixture
def server(desk: Desk) -> Iterator[Tuple[int, str]]:
    """Port and token."""
    url = desk.api().server().url
    yield int(url.rpartition(":")[2]), desk.layout.token.read_text().strip()


def ask(port: int, method: str, path: str, headers: Dict[str, str]) -> Tuple[int, Dict[str, object]]:
    """Status and error body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
    finally:
        connection.close()
    return answer.status, json.loads(body) if body.startswith(b"{") else {}


@pytest.mark.parametrize(
    "host", ["127.0.0.1:{port}", "localhost:{port}", "LocalHost:{port}", "[::1]:{port}", "localhost"]
)
def test_its_own_names(server: Tuple[int, str], host: str) -> None:
    assert ask(server[0], "GET", "/api/v1/health", {"Host": host.format(port=server[0])})[0] == 200


@pytest.mark.parametrize("host", ["evil.example:{port}", "127.0.0.1:1", "localhost.evil.example:{port}", ""])
@pytest.mark.parametrize("path", ["/api/v1/health", "/api/v1/server", "/", "/login"])
def test_a_foreign_name_is_refused_everywhere(server: Tuple[int, str], host: str, path: str) -> None:
    headers = {"Host": host.format(port=server[0]), "Authorization": "Bearer " + server[1]}
    status, body = ask(server[0], "GET", path, headers)
    assert (status, body["code"]) == (403, "not_allowed")


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://localhost", "http://127.0.0.1:1", "file://"]
)
def test_a_change_asked_for_by_a_foreign_page_is_refused(server: Tuple[int, str], origin: str) -> None:
    if origin == "http://localhost":
        origin = "http://localhost:1"
    status, body = ask(
        server[0], "POST", "/api/v1/server/stop", {"Origin": origin, "Authorization": "Bearer " + server[1]}
    )
    assert (status, body["code"]) == (403, "not_allowed")
    assert ask(server[0], "GET", "/api/v1/health", {"Origin": origin})[0] == 200


def test_its_own_pages_may(server: Tuple[int, str], desk: Desk) -> None:
    headers = {"Origin": f"http://127.0.0.1:{server[0]}", "Authorization": "Bearer " + server[1]}
    assert ask(server[0], "POST", "/api/v1/server/stop", headers)[0] == 200


@pytest.mark.parametrize("token", [None, "Bearer ", "Bearer wrong", "Basic eDp5"])
def test_without_the_token_nothing_but_health(server: Tuple[int, str], token: str | None) -> None:
    headers = {} if token is None else {"Authorization": token}
    for path in ("/api/v1/server", "/api/v1/workspaces", "/api/v1/openapi.json"):
        status, body = ask(server[0], "GET", path, headers)
        assert (status, body["code"]) == (401, "not_authenticated")
    assert ask(server[0], "GET", "/api/v1/health", headers)[0] == 200


def test_a_public_address_counts_as_its_own(home: Path) -> None:
    desk = Desk(home)
    api = desk.api()
    port = int(api.server().url.rpartition(":")[2])
    embedded.stop(home)
    settings = json.loads(desk.layout.settings.read_text())
    desk.layout.settings.write_text(json.dumps({**settings, "public_address": "https://gpu.example:8443"}))
    token = "Bearer " + Api(embedded.connect(home)).client.token
    headers = {"Host": "gpu.example:8443", "Origin": "https://gpu.example:8443", "Authorization": token}
    assert ask(port, "POST", "/api/v1/portal/links", headers)[0] == 400, "let in; but it has no body"
    assert ask(port, "GET", "/api/v1/health", {"Host": "other.example:8443"})[0] == 403
