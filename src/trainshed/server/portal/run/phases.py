"""How long a run was in each phase, from its changes of status: the small bar on its page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from trainshed.contract import words
from trainshed.contract.records import RunEvent
from trainshed.contract.status import ENDED, RunStatus

S = RunStatus
#: The phase that each status belongs to; a silence belongs to the one before it.
_PHASE = {
    S.NOT_STARTED: "queued",
    S.QUEUED: "queued",
    S.PROVISIONING: "preparing",
    S.PREPARING: "preparing",
    S.STARTING: "starting",
    S.RUNNING: "running",
    S.FINALIZING: "finalizing",
    S.CANCEL_REQUESTED: "stopping",
}
#: The width of the bar in SVG units; and what a phase that was gone through gets at least, so that it can be seen.
WIDTH, LEAST = 1000.0, 4.0


@dataclass(frozen=True)
class Phase:
    """``x``, ``width``: of its part of the bar. ``now``: the run is in it."""

    name: str
    duration: str
    seconds: float
    x: float
    width: float
    now: bool = False


def phases(created_at: datetime, events: Sequence[RunEvent], now: datetime) -> tuple[Phase, ...]:
    """The phases that a run went through, in order; one that came again (a retry) counts together."""
    seconds: dict[str, float] = {}
    at, phase = created_at, "queued"
    for event in events:
        seconds[phase] = seconds.get(phase, 0.0) + (event.at - at).total_seconds()
        at, phase = event.at, _PHASE.get(event.new, phase)
    ended = bool(events) and events[-1].new in ENDED
    if not ended:
        seconds[phase] = seconds.get(phase, 0.0) + max(0.0, (now - at).total_seconds())
    kept = {name: max(0.0, spent) for name, spent in seconds.items() if spent > 0 or (name == phase and not ended)}
    return tuple(_laid_out(kept, "" if ended else phase))


def _laid_out(seconds: dict[str, float], current: str) -> Iterable[Phase]:
    whole = sum(seconds.values()) or 1.0
    shares = {name: max(LEAST, spent / whole * WIDTH) for name, spent in seconds.items()}
    scale, x = WIDTH / sum(shares.values() or [1.0]), 0.0
    for name, share in shares.items():
        width = share * scale
        yield Phase(name, words.duration(seconds[name]), seconds[name], round(x, 1), round(width, 1), name == current)
        x += width
