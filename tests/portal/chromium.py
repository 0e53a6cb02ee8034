"""A real browser, and what nobody wants to hear from it."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path
from typing import Any, Iterator, List

from playwright.sync_api import Browser, Dialog, Request, sync_playwright

#: Ignored by git; screenshots for people to look at.
ARTIFACTS = Path(__file__).resolve().parents[2] / "build" / "test-artifacts"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's."""
    with sync_playwright() as playwright:
        program = shutil.which("chromium") or shutil.which("chromium-browser")
        assert program, "no Chromium here: apt install chromium"
        opened = playwright.chromium.launch(executable_path=program, args=FLAGS)
        try:
            yield opened
        finally:
            opened.close()


class Observed:
    """A page, logged in nowhere, with its complaints: words on the console, dialogs, requests to anybody else."""

    def __init__(self, browser: Browser, origin: str, **options: Any) -> None:
        self.context = browser.new_context(accept_downloads=True, **options)
        self.page = self.context.new_page()
        self.complaints: List[str] = []
        self.foreign: List[str] = []
        self._origin = origin
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", self._on_dialog)
        self.page.on("request", self._on_request)

    def _on_dialog(self, dialog: Dialog) -> None:
        self.complaints.append(dialog.message)
        dialog.dismiss()

    def _on_request(self, request: Request) -> None:
        if not request.url.startswith(self._origin + "/"):
            self.foreign.append(request.url)

    def shot(self, name: str) -> None:
        """A picture of the whole page, for people."""
        ARTIFACTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=str(ARTIFACTS / f"{name}.png"), full_page=True)

    def assert_quiet(self) -> None:
        """No script ran, none was held back, nothing was asked of anybody else."""
        assert (self.complaints, self.foreign) == ([], [])


def origin_of(link: str) -> str:
    return "/".join(link.split("/")[:3])
