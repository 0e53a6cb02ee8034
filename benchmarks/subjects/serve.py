"""The subject's side of ``measuring/programs.py``: carries out requests (lines of JSON) until the channel closes."""

from __future__ import annotations

import json
import os
import socket
import traceback
from typing import Any, Callable, Mapping


def serve(commands: Mapping[str, Callable[..., Any]], at_end: Callable[[], object] = lambda: None) -> None:
    """Answer requests by ``commands``; ``at_end`` is called when nobody asks any more."""
    channel = socket.socket(fileno=int(os.environ.pop("BENCHMARK_CHANNEL")))
    channel.set_inheritable(False)
    try:
        with channel, channel.makefile("rb") as requests:
            for line in requests:
                channel.sendall(json.dumps(_answer(commands, json.loads(line))).encode() + b"\n")
    except ConnectionError:
        pass
    finally:
        at_end()


def _answer(commands: Mapping[str, Callable[..., Any]], request: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        return {"result": commands[request["do"]](**request["with"])}
    except Exception as error:  # noqa: BLE001 - whatever a peer raises is the reason why it was not measured
        traceback.print_exc()
        words = str(error).strip().splitlines()
        return {"error": f"{type(error).__name__}: {words[0] if words else ''}"[:300]}
