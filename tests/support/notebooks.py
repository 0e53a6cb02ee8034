"""What this process logs as a notebook would, and whether a server still has to be asked about it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tests.support.waiting import wait_until


def settled(home: Path, deadline_s: float = 60.0) -> None:
    """Wait until all points that this process logged for a home are durable.

    Until then its background thread asks, and would start a server again that was stopped.
    """
    shipping = sys.modules.get("trainshed.sdk.metrics.shipping")
    if shipping is None:
        return
    own = [one for one in list(shipping._shippers.values()) if one.pid == os.getpid() and _is_below(one.folder, home)]

    def quiet() -> bool:
        return not any(shipper._is_pending(*item) for shipper in own for item in shipper._sizes())

    wait_until(quiet, deadline_s, f"the points of {home} to be durable")


def _is_below(folder: str, home: Path) -> bool:
    return Path(folder).resolve().is_relative_to(home.resolve())
