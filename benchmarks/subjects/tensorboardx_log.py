"""Logs scalars with tensorboardX, its queue long enough for all of them; durable means written to the event file."""

from __future__ import annotations

import time
from typing import Dict

from serve import serve
from tensorboardX import SummaryWriter


def measure(points: int) -> Dict[str, float]:
    """``add_scalar`` for each point, then ``close``: ``flush`` does not wait for what is still in the queue."""
    writer = SummaryWriter(f"events/{time.time_ns()}", max_queue=points)
    begun = time.perf_counter()
    for index in range(points):
        writer.add_scalar("loss", index * 0.001, index)
    logged = time.perf_counter() - begun
    writer.close()
    spent = time.perf_counter() - begun
    return {"per_call": logged / points * 1e6, "rate": points / spent}


if __name__ == "__main__":
    serve({"measure": measure})
