"""What all subjects of the reading benchmark keep, so that they are asked for the same."""

from __future__ import annotations

import math
from typing import Dict, Iterator

EXPERIMENTS = [f"experiment-{number:02d}" for number in range(50)]
TARGETS = ["local", "cpu-cluster", "gpu-cluster"]
OWNERS = ["anna", "ben", "carla", "dan", "eva"]
#: How a run ended, and how often of a hundred.
STATUSES: Dict[str, int] = {"Completed": 90, "Failed": 8, "Canceled": 2}

#: Stands once in the log, near its end.
NEEDLE = b"the needle in the haystack"
_LINE = b"2026-11-24 01:02:03.456 INFO step %09d loss 0.123456 accuracy 0.987654 lr 0.001 samples/s 1234.5\n"


def loss_of(number: int, count: int) -> float:
    """A curve that falls and trembles."""
    return math.exp(-3 * number / count) + 0.05 * math.sin(number * 12.9898) * math.cos(number * 78.233)


def log_blocks(size: int) -> Iterator[bytes]:
    """``size`` bytes of log lines, a MiB at a time."""
    lines = 2**20 // len(_LINE % 0)
    left, number, said = size, 0, False
    while left > 0:
        block = b"".join([_LINE % (number + index) for index in range(lines)])
        number += lines
        if left <= size // 10 and not said:
            block, said = NEEDLE + b"\n" + block, True
        yield block[:left]
        left -= len(block)
