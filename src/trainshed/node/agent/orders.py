"""A thread that waits at the server for orders, so that cancel and "somebody watches" arrive at once."""

from __future__ import annotations

import logging
import threading
import time
from typing import Callable

from trainshed.contract.errors import AttemptFenced, Coded
from trainshed.contract.messages import Order, OrdersAnswer
from trainshed.contract.protocol import orders_after
from trainshed.node.agent.server import Backoff, Server

_log = logging.getLogger(__name__)
_WAIT_S = 30.0
_QUICK_S = 0.1


class Orders:
    """Hands each order to ``obey`` once. ``fenced`` is called when the server refuses the attempt."""

    def __init__(self, server: Server, obey: Callable[[Order], None], fenced: Callable[[AttemptFenced], None]) -> None:
        self._server = server
        self._obey = obey
        self._fenced = fenced
        self._lock = threading.Lock()
        self._last = 0
        self.watched = False
        self.on_watched: Callable[[], None] = lambda: None

    def start(self) -> None:
        """Wait at the server until the process ends."""
        threading.Thread(target=self._run, name="orders", daemon=True).start()

    def fetch_up_to(self, last: int) -> None:
        """The server said that there is order ``last``: if the thread has not heard of it yet, ask."""
        if last > self._last:
            self._take(self._server.orders(self._last, watched=self.watched, wait_s=0.0))

    def set_watched(self, watched: bool) -> None:
        """Whether somebody follows the run, as the newest answer said."""
        if watched != self.watched:
            self.watched = watched
            self.on_watched()

    def _run(self) -> None:
        backoff = Backoff()
        while True:
            asked_at = time.monotonic()
            try:
                before = (self._last, self.watched)
                self._take(self._server.orders(self._last, watched=self.watched, wait_s=_WAIT_S))
                backoff.reset()
                # A server that answers at once without news must not be asked in a circle.
                if before == (self._last, self.watched) and time.monotonic() - asked_at < _QUICK_S:
                    time.sleep(_QUICK_S)
            except AttemptFenced as error:
                self._fenced(error)
                return
            except Coded as error:
                backoff.failed(error)
                time.sleep(backoff.left_s)

    def _take(self, answer: OrdersAnswer) -> None:
        with self._lock:
            fresh = orders_after(answer.orders, self._last)
            self._last = max([self._last, answer.last, *(order.number for order in fresh)])
        self.set_watched(answer.watched)
        for order in fresh:
            self._obey(order)
