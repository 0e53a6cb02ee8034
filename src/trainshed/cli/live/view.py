"""The live view: the log scrolls, and below it stand phases, times and metrics, until the run has ended."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

from trainshed.cli.live import terminal
from trainshed.cli.live.frame import Known, Part, frame, metric_lines
from trainshed.cli.live.news import Broken, Building, Changed, Listening, Log, Metrics, News, known_metrics
from trainshed.cli.live.painter import Painter
from trainshed.cli.phases import in_words, phases
from trainshed.cli.sparklines import bars_for
from trainshed.contract.frozen import replace
from trainshed.contract.status import ENDED
from trainshed.contract.wire import now

if TYPE_CHECKING:
    from trainshed.cli.place import Place
    from trainshed.contract.records import RunRecord

#: A run that ends sooner shows its log and nothing else.
FIRST_S = 0.4
_BEAT_S = 0.5
_MOST_METRICS = 20


class View:
    """May be interrupted (Ctrl-C), and shown again: it goes on where it was.

    Args:
        place, run: what is shown.
    """

    def __init__(self, place: Place, run: RunRecord) -> None:
        self._place = place
        self._known = Known(run)
        self._log_ended = False
        self._from = time.monotonic() + FIRST_S
        self._painter = Painter(sys.stdout.buffer, colored="NO_COLOR" not in os.environ)
        self._bars = bars_for(sys.stdout.encoding)
        with terminal.held():
            self._listening = Listening(place, run)

    def show(self) -> None:
        """Until the run has ended and its log is whole. The lines below it are gone then, also after an interrupt.

        Raises:
            AzureMLException: the server does not answer any more.
        """
        sys.stdout.flush()
        with terminal.Taken(resized=self._listening.wake, left=self._painter.clear):
            try:
                while not (self._log_ended and self._known.run.status in ENDED):
                    self._listening.wait(_BEAT_S)
                    with terminal.held():
                        self._take_news()
                        self._paint()
            finally:
                with terminal.held():
                    self._painter.clear()
        self._painter.end_log()
        self._painter.clear()

    def summary(self) -> None:
        """What is worth keeping of it, after the log: the phases, and the metrics."""
        if time.monotonic() < self._from:
            return
        columns, _ = terminal.size()
        values = known_metrics(self._place, self._known.run.id) or self._known.metrics
        told = " · ".join(in_words(phases(self._known.events, now())))
        lines = [[Part("  " + told, "2")]] if told else []
        self._painter.lines([*lines, *metric_lines(values, min(columns - 1, 100), _MOST_METRICS, self._bars)])

    def _take_news(self) -> None:
        while self._listening.news:
            news = self._listening.news.popleft()
            if isinstance(news, Broken):
                raise news.error
            if isinstance(news, Log):
                self._painter.log(news.data)
                self._log_ended = not news.data
            else:
                self._known = _with(self._known, news)

    def _paint(self) -> None:
        if time.monotonic() < self._from or not terminal.in_foreground():
            self._painter.clear()
            return
        lines = frame(self._known, self._painter.unfinished, now(), *terminal.size(), self._bars)
        self._painter.draw(lines)


def _with(known: Known, news: News) -> Known:
    if isinstance(news, Changed):
        building = known.building if news.run.started_at is None else ""
        return replace(known, run=news.run, events=news.events, building=building)
    if isinstance(news, Metrics):
        return replace(known, metrics=news.values)
    if isinstance(news, Building) and known.run.started_at is None:
        return replace(known, building=news.line)
    return known
