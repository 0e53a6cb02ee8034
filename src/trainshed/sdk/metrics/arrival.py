"""Waits until the points of a writer have arrived at the server."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING, Dict

if TYPE_CHECKING:
    from trainshed.client.api import Api
    from trainshed.sdk.metrics.writer import MetricWriter

_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.002, 0.05


def wait(writer: MetricWriter, timeout_s: float) -> bool:
    """Wait until all that was written so far is durable at the server; False after ``timeout_s`` seconds.

    In a script: the agent writes ``acked`` beside the spool. In a notebook: the thread that ships it does the same.
    """
    deadline = time.monotonic() + timeout_s
    while not writer.settle():
        if time.monotonic() >= deadline:
            return False
        time.sleep(_LONGEST_PAUSE_S)
    return wait_for(writer.folder, writer.sizes(), deadline - time.monotonic())


def wait_to_be_seen(writer: MetricWriter, timeout_s: float) -> bool:
    """Wait until a reader sees all that was written so far; False after ``timeout_s`` seconds.

    In a notebook the server need only have it, which takes one request: what a power loss could take then is still on
    this process's disk. In a script, as :func:`wait`.
    """
    deadline = time.monotonic() + timeout_s
    while not writer.settle():
        if time.monotonic() >= deadline:
            return False
        time.sleep(_LONGEST_PAUSE_S)
    return seen(writer.folder, writer.sizes(), deadline - time.monotonic())


def seen(folder: str, sizes: Dict[str, int], timeout_s: float) -> bool:
    """The same for files of a spool, up to these sizes."""
    from trainshed.sdk.metrics import shipping

    deadline = time.monotonic() + timeout_s
    while True:
        arrived = shipping.bring(folder, sizes)
        if arrived is None:
            return wait_for(folder, sizes, deadline - time.monotonic())
        if arrived or time.monotonic() >= deadline:
            return arrived
        time.sleep(_LONGEST_PAUSE_S)


def wait_for(folder: str, sizes: Dict[str, int], timeout_s: float) -> bool:
    """The same for files of a spool, up to these sizes; a file that is gone had arrived."""
    deadline = time.monotonic() + timeout_s
    pause_s = _FIRST_PAUSE_S
    while not _has_all(folder, acked(folder), sizes):
        if time.monotonic() >= deadline:
            return False
        time.sleep(pause_s)
        pause_s = min(pause_s * 1.5, _LONGEST_PAUSE_S)
    return True


def others_seen(api: Api, workspace_id: str, run_id: str, timeout_s: float) -> bool:
    """As :func:`wait_to_be_seen`, for what this process logged to the run through other objects of it."""
    from trainshed.sdk import context
    from trainshed.sdk.metrics import writer as writers

    spool = context.spool() if context.run_id() is not None else None
    if spool is not None:
        found = writers.existing(spool, run_id)
        return found is None or wait(found, timeout_s)
    from trainshed.sdk.metrics import shipping

    return shipping.settle(api, workspace_id, timeout_s)


def acked(folder: str) -> Dict[str, int]:
    """How many bytes of each spool file are durable at the server."""
    try:
        with open(os.path.join(folder, "acked"), encoding="utf-8") as file:
            data = json.load(file)
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}


def _has_all(folder: str, durable: Dict[str, int], wanted: Dict[str, int]) -> bool:
    missing = (name for name, size in wanted.items() if durable.get(name, 0) < size)
    return not any(os.path.exists(os.path.join(folder, name)) for name in missing)
