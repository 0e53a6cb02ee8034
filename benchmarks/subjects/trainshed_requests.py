"""A run whose status is asked for; tells the request that ``run.get_status()`` sends, for another client to send."""

from __future__ import annotations

import time
from typing import Any, Dict, List

from serve import serve

from azureml.core import Experiment, Workspace
from trainshed.client.connection import Link

workspace = Workspace.from_config()
run = Experiment(workspace, "server").start_logging(snapshot_directory=None)
run.log("loss", 0.5)
run.complete()


def request() -> Dict[str, Any]:
    """The server's address and the request's bytes, as they went over the connection."""
    sent: List[Any] = []
    original = Link._send

    def send(link: Link, head: bytes, body: Any, *, chunked: bool) -> None:
        original(link, head, body, chunked=chunked)
        sent.append((link._socket.getpeername(), head + bytes(body or b"")))

    Link._send = send  # type: ignore[method-assign]
    try:
        run.get_status()
    finally:
        Link._send = original  # type: ignore[method-assign]
    address = sent[0][0]
    return {"address": address, "request": b"".join(data for _, data in sent).decode("latin-1")}


def measure(seconds: float) -> Dict[str, float]:
    """``run.get_status()`` per second."""
    count = 0
    begun = time.perf_counter()
    while (spent := time.perf_counter() - begun) < seconds:
        run.get_status()
        count += 1
    return {"calls": count / spent}


if __name__ == "__main__":
    serve({"request": request, "measure": measure})
