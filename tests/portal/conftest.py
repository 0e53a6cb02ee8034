"""A server with a recorded run, and a browser's worth of HTTP: no redirect is followed, cookies are kept by hand."""

from __future__ import annotations

import http.client
import json
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Dict, Iterator, Mapping, Optional
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser as ChromiumBrowser

from tests.conftest import close_home
from tests.portal.chromium import chromium
from tests.support.recorded import Recorder
from trainshed.contract.records import RunRecord


@dataclass(frozen=True)
class Page:
    """An answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Browser:
    """Asks one server; logged in once it has got a cookie."""

    host: str
    cookies: Dict[str, str] = field(default_factory=dict)

    def get(self, path: str, method: str = "GET", body: Optional[str] = None, **headers: str) -> Page:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        connection = http.client.HTTPConnection(self.host, timeout=60)
        try:
            connection.request(method, path, body, headers=sent)
            answer = connection.getresponse()
            page = Page(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        finally:
            connection.close()
        self._keep(page.headers.get("set-cookie"))
        return page

    def _keep(self, set_cookie: Optional[str]) -> None:
        if set_cookie:
            name, _, value = set_cookie.partition(";")[0].partition("=")
            self.cookies[name] = value


def path_of(url: str) -> str:
    parts = urlsplit(url)
    return parts.path + ("?" + parts.query if parts.query else "")


@dataclass(frozen=True)
class Site:
    """A server with its portal."""

    recorder: Recorder
    host: str

    def stranger(self) -> Browser:
        return Browser(self.host)

    def user(self) -> Browser:
        browser = self.stranger()
        assert browser.get(path_of(self.recorder.api.link("/"))).status == 303
        return browser

    def path(self, run: RunRecord) -> str:
        return f"/runs/{run.workspace_id}/{run.id}"


def opened(home: Path) -> Site:
    recorder = Recorder(home)
    return Site(recorder, urlsplit(recorder.api.server().url).netloc)


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """A portal that the tests of one module share."""
    home = Path(tempfile.mkdtemp(prefix="ts-", dir="/tmp"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRAINSHED_HOME", str(home))
        made = opened(home)
        try:
            yield made
        finally:
            made.recorder.api.client.close()
            close_home(home)


@pytest.fixture
def fresh_site(home: Path) -> Site:
    """One without a run, of this test alone."""
    return opened(home)


@pytest.fixture(scope="module")
def browser() -> Iterator[ChromiumBrowser]:
    """Chromium, for the tests of one module."""
    with chromium() as opened:
        yield opened
