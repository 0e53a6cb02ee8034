"""Who has been silent for how long. In memory, on the monotonic clock: a restart or a suspended machine gives
everybody a whole new lease.
"""

from __future__ import annotations

from typing import Dict, Iterable, List

SILENT_S = 60.0
#: A loop that was away for longer than this was suspended, or starved: nobody could have been heard.
GAP_S = 10.0


class Leases:
    """Times are those of one monotonic clock, handed in."""

    def __init__(self, silent_s: float = SILENT_S, gap_s: float = GAP_S) -> None:
        self._silent_s = silent_s
        self._gap_s = gap_s
        self._heard: Dict[str, float] = {}
        self._told: Dict[str, float] = {}
        self._looked: float = 0.0

    def heard(self, attempt_id: str, now_s: float) -> None:
        """The attempt's agent has spoken."""
        self._heard[attempt_id] = now_s
        self._told.pop(attempt_id, None)

    def look(self, alive: Iterable[str], now_s: float) -> List[str]:
        """The attempts whose silence has just passed the lease; each is named once per silence.

        Args:
            alive: all attempts that may speak; others are forgotten.
            now_s: must not fall.
        """
        present = set(alive)
        if now_s - self._looked > self._gap_s:
            self._heard = dict.fromkeys(present, now_s)
        self._looked = now_s
        self._heard = {attempt: self._heard.get(attempt, now_s) for attempt in present}
        silent = [a for a in present if now_s - self._heard[a] > self._silent_s and a not in self._told]
        self._told.update((attempt, now_s) for attempt in silent)
        self._told = {attempt: at for attempt, at in self._told.items() if attempt in present}
        return silent

    def silence_s(self, attempt_id: str, now_s: float) -> float:
        """Seconds since the attempt was heard; 0 when it is not known."""
        return now_s - self._heard.get(attempt_id, now_s)
