"""A display in a notebook that follows its run: one output, written over, until the run has ended.

A thread asks for the run's changes, which the server pushes, and now and then for its metrics. It never starts a
server that was stopped: a display is no reason for one to run.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, Callable, Dict, Mapping, Optional

from trainshed.contract.errors import ServerUnreachable
from trainshed.contract.exceptions import AzureMLException
from trainshed.contract.status import ENDED
from trainshed.sdk import glance

if TYPE_CHECKING:
    from trainshed.client.api import Api
    from trainshed.sdk.glance import Glance

Bundle = Dict[str, str]

#: How often metrics are asked for while a run is at work; less often where the answer takes long.
_BEAT_S = 2.0
_PAUSE_S = 1.0
#: How long a server may be away before a display is given up.
_AWAY_S = 600.0
_AWAY = "Trainshed does not answer; this may be out of date"


class Watch:
    """Keeps one display up to date.

    Args:
        api: where the run is.
        seen: what the display shows first.
        page: the address of the run's page; ``link``: one that opens it logged in.
        publish: writes the display over.
    """

    def __init__(
        self, api: Api, seen: Glance, page: str, link: Optional[str], publish: Callable[[Bundle], None]
    ) -> None:
        self._api = _for_looking(api)
        self._seen = seen
        self._page, self._link = page, link
        self._publish = publish
        self._shown = self.bundle
        self._metrics_at = 0.0

    @property
    def bundle(self) -> Bundle:
        """The display as it is now."""
        return {
            "text/plain": glance.as_text(self._seen, self._page),
            "text/html": glance.as_html(self._seen, self._link),
        }

    def start(self) -> None:
        """Follow the run in the background; nothing is done for one that has ended."""
        if self._seen.run.status not in ENDED:
            threading.Thread(target=self._follow, name="trainshed-display", daemon=True).start()

    def _follow(self) -> None:
        given_up = time.monotonic() + _AWAY_S
        while self._seen.run.status not in ENDED and time.monotonic() < given_up:
            try:
                self._look()
                given_up = time.monotonic() + _AWAY_S
            except ServerUnreachable:
                self._seen = self._seen._replace(problem=_AWAY)
                time.sleep(_PAUSE_S)
            except AzureMLException as error:  # the run is gone, the token is another
                self._seen = self._seen._replace(problem=error.message)
                self._show()
                return
            self._show()

    def _look(self) -> None:
        run = self._seen.run
        run = self._api.get_run(run.workspace_id, run.id, known=run.event_seq, wait_s=_BEAT_S)
        self._seen = glance.take(self._api, run, self._metrics(run.workspace_id, run.id, last=run.status in ENDED))

    def _metrics(self, workspace_id: str, run_id: str, *, last: bool) -> Mapping[str, Any]:
        from trainshed.sdk.metrics import reading

        begun = time.monotonic()
        if not last and begun < self._metrics_at:
            return self._seen.metrics
        found = reading.of_run(self._api, workspace_id, run_id)
        self._metrics_at = time.monotonic() + max(_BEAT_S, 20 * (time.monotonic() - begun))
        return found

    def _show(self) -> None:
        bundle = self.bundle
        if bundle != self._shown:
            self._publish(bundle)
            self._shown = bundle


def display() -> Optional[Callable[[Bundle], Callable[[Bundle], None]]]:
    """In a notebook's kernel: a function that displays something and gives one that writes it over. Else None."""
    import sys

    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is None or not hasattr(shell, "kernel"):
        return None

    def show(bundle: Bundle) -> Callable[[Bundle], None]:
        from importlib import import_module

        handle = import_module("IPython.display").display(bundle, raw=True, display_id=True)
        return lambda newer: handle.update(newer, raw=True)

    return show


def _for_looking(api: Api) -> Api:
    """The same server, asked without starting it."""
    from trainshed.client.api import Api
    from trainshed.client.http import Client

    client = api.client
    return Api(Client(client.addresses, client.token, what="sdk", web_address=client.web_address))
