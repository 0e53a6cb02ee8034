"""What a fork becomes: an agent or a shim, with nothing of the forker left in it."""

from __future__ import annotations

import gc
import importlib
import os
import signal
import traceback
from pathlib import Path

from trainshed.contract.layout import NodeLayout
from trainshed.node import signals

#: What a child needs is loaded before it is forked.
_MODULES = {"agent": "trainshed.node.agent", "shim": "trainshed.node.shim"}


def preload() -> None:
    """Import agent and shim with all they use, once, for every child to come."""
    for name in _MODULES.values():
        importlib.import_module(name)
    importlib.import_module("trainshed.node.agent.preloaded")


def fork(op: str, folder: str) -> int:
    """Start the agent of a node folder, or the shim of a rank folder; its pid."""
    pid = os.fork()
    if pid == 0:
        _run(op, folder)
    return pid


def _run(op: str, folder: str) -> None:
    code = 1
    try:
        _detach(_log_of(op, folder))
        code = int(importlib.import_module(_MODULES[op]).main(folder) or 0)
    except BaseException:  # noqa: BLE001  the outermost loop of the agent or shim
        traceback.print_exc()
    finally:
        os._exit(code)


def _log_of(op: str, folder: str) -> str:
    node = Path(folder) if op == "agent" else Path(folder).parent.parent
    return str(NodeLayout(node).agent_log)


def _detach(log: str) -> None:
    os.setsid()
    signal.set_wakeup_fd(-1)
    signals.restore_defaults()
    null = os.open(os.devnull, os.O_RDWR)
    try:
        output = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    except OSError:
        output = null  # a full disk must not keep an agent from its work
    os.dup2(null, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    for name in os.listdir("/dev/fd"):
        if int(name) > 2:
            try:
                os.close(int(name))
            except OSError:
                pass  # the descriptor of the listing itself
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    gc.enable()
