"""The node's report: cumulative, on disk before anybody is told, numbered so that an adopter's comes after."""

from __future__ import annotations

import logging
import os
import threading
import time
from datetime import datetime
from typing import Any, Callable, Mapping, Optional

from trainshed.contract.frozen import replace
from trainshed.contract.layout import NodeLayout
from trainshed.contract.records import NodeReport, PhaseChange, RankReport, RunError
from trainshed.contract.status import ENDED, PROGRESS, RunStatus
from trainshed.contract.wire import now
from trainshed.node import disk

NODE_FULL = "The node's disk was full: what the script could not write meanwhile is lost."

_log = logging.getLogger(__name__)


class Reporter:
    """Any thread may change the report; each change has a higher ``seq`` and calls ``on_change``.

    ``adopted``: an agent before this one has reported already.
    """

    def __init__(self, layout: NodeLayout, node: int) -> None:
        self._path = layout.state
        self._lock = threading.Lock()
        self.on_change: Callable[[], None] = lambda: None
        known = disk.read_record(layout.state, NodeReport)
        self.adopted = known is not None
        # From the clock, so that it also rises when a power loss took the newest state.json, or all of it.
        seq = max(known.seq if known else 0, int(time.time() * 1000))
        first = known or NodeReport(node=node, seq=seq, phases=(), host=os.uname().nodename)
        self.report = replace(first, seq=seq)

    def advance(self, status: RunStatus, reason: str = "", at: Optional[datetime] = None) -> None:
        """Enter a phase (``at``: when; now). One that was entered before, or lies behind, changes nothing."""
        with self._lock:
            if not _is_ahead(self.report.status, status, begun=bool(self.report.phases)):
                return
            # Never before the phase before it: the clock may have been set back meanwhile.
            entered = max([at or now(), *(phase.at for phase in self.report.phases[-1:])])
            phases = (*self.report.phases, PhaseChange(status, entered, reason))
            self._change(phases=phases)
        self.on_change()

    @property
    def finalizing_at(self) -> Optional[datetime]:
        """When the node began to wind up; None before."""
        return next((phase.at for phase in self.report.phases if phase.status is RunStatus.FINALIZING), None)

    def rank(self, rank: RankReport) -> None:
        """What is known about a rank now."""
        with self._lock:
            others = tuple(other for other in self.report.ranks if other.rank != rank.rank)
            self._change(ranks=(*others, rank))
        self.on_change()

    def fail(self, error: RunError) -> None:
        """Why the node is going to be Failed."""
        with self._lock:
            self._change(error=error)
        self.on_change()

    def warn(self, words: str) -> None:
        """Something that people should know; said once."""
        with self._lock:
            if words in self.report.warnings:
                return
            self._change(warnings=(*self.report.warnings, words))
        _log.warning(words)
        self.on_change()

    def describe(self, properties: Mapping[str, str]) -> None:
        """What became known here, for the run's properties."""
        with self._lock:
            known = {**self.report.properties, **properties}
            if known == self.report.properties:
                return
            self._change(properties=known)
        self.on_change()

    def _change(self, **fields: Any) -> None:
        self.report = replace(self.report, seq=self.report.seq + 1, **fields)
        try:
            disk.write_record(self._path, self.report)
        except OSError as error:
            # The server is told all the same; an adopter finds out the rest by itself.
            _log.warning("state.json cannot be written: %s", error)
            if disk.is_full(error) and NODE_FULL not in self.report.warnings:
                self.report = replace(self.report, warnings=(*self.report.warnings, NODE_FULL))


def _is_ahead(present: RunStatus, new: RunStatus, *, begun: bool) -> bool:
    if present in ENDED:
        return False
    if new in ENDED or not begun:
        return True
    return PROGRESS.index(new) > PROGRESS.index(present)
