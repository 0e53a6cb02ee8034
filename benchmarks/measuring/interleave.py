"""Measures the subjects in turn, A B C A B C ..., so that a busy minute of the machine hits all of them alike."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Callable, Dict, List, Mapping, Optional, Sequence

_SAY_EVERY = 5


class NotMeasured(Exception):
    """A subject can't be measured here; the text is the reason that the report gives."""


@dataclass(frozen=True)
class Subject:
    """One thing that is measured. ``measure`` does the job once and gives a value for each quantity it knows. ``most``:
    rounds, for one that takes minutes; it takes part in no more, and in none of the warm-up.
    """

    name: str
    measure: Callable[[], Mapping[str, float]]
    most: Optional[int] = None

    def takes_part(self, number: int) -> bool:
        """In the round of that number, from 0; those of the warm-up are negative."""
        return self.most is None or 0 <= number < self.most


@dataclass
class Measured:
    """What became of a subject: its samples by quantity, or why there are none (or no more)."""

    name: str
    samples: Dict[str, List[float]] = field(default_factory=dict)
    reason: Optional[str] = None


def interleave(
    subjects: Sequence[Subject], *, runs: int, warm_up: int, say: Callable[[str], None] = print
) -> List[Measured]:
    """Measure each ``warm_up`` times uncounted, then ``runs`` times; one that raises NotMeasured leaves the round."""
    results = [Measured(subject.name) for subject in subjects]
    for number in range(-warm_up, runs):
        for subject, result in zip(subjects, results):
            if result.reason is not None or not subject.takes_part(number):
                continue
            try:
                values = subject.measure()
            except NotMeasured as error:
                result.reason = str(error)
                say(f"  {subject.name}: not measured: {error}")
                continue
            if number >= 0:
                for key, value in values.items():
                    result.samples.setdefault(key, []).append(value)
        if number >= 0 and ((number + 1) % _SAY_EVERY == 0 or number + 1 == runs):
            say(f"  round {number + 1} of {runs}")
    return results
