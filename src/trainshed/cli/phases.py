"""How long a run spent in what. Pure functions of its history."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from trainshed.contract import words
from trainshed.contract.records import RunEvent
from trainshed.contract.status import ENDED, RunStatus
from trainshed.contract.tuples import NamedTuple

#: Shorter ones are told to nobody, but the one that goes on.
WORTH_TELLING_S = 0.05
_NAMES = {
    RunStatus.STARTING: RunStatus.PREPARING.value,  # milliseconds between the same hands
    RunStatus.CANCEL_REQUESTED: "Stopping",
}


class Phase(NamedTuple):
    """A part of a run's life. ``goes_on``: it has not ended."""

    name: str
    begun_at: datetime
    duration_s: float
    goes_on: bool


def phases(events: Sequence[RunEvent], now: datetime) -> list[Phase]:
    """The phases in the order in which they were; neighbours of the same name are one."""
    found: list[Phase] = []
    for number, event in enumerate(events):
        if event.new in ENDED:
            break
        goes_on = number + 1 == len(events)
        until = now if goes_on else events[number + 1].at
        name = _NAMES.get(event.new, event.new.value)
        spent_s = max(0.0, (until - event.at).total_seconds())
        if found and found[-1].name == name:
            before = found.pop()
            found.append(before._replace(duration_s=before.duration_s + spent_s, goes_on=goes_on))
        else:
            found.append(Phase(name, event.at, spent_s, goes_on))
    return found


def in_words(found: Sequence[Phase]) -> list[str]:
    """``queued 0.2 s``, ``preparing 12 s`` ...: those worth telling that are over."""
    over = [phase for phase in found if not phase.goes_on and phase.duration_s >= WORTH_TELLING_S]
    return [f"{phase.name.lower()} {words.duration(phase.duration_s)}" for phase in over]
