"""What a fork becomes: an agent or a shim, with nothing of the forker left in it."""

from __future__ import annotations

import gc
import importlib
import os
import signal
import traceback
from pathlib import Path
from typing import Any, Callable, Optional

from trainshed.contract.layout import NodeLayout
from trainshed.node import disk, signals

AGENT, SHIM = "agent", "shim"
#: What a child needs is loaded before it is forked.
_MODULES = {AGENT: "trainshed.node.agent", SHIM: "trainshed.node.shim"}
_PRELOADED = "trainshed.node.agent.preloaded"


def preload() -> None:
    """Import agent and shim with all they use, once, for every child to come."""
    for name in _MODULES.values():
        importlib.import_module(name)
    importlib.import_module(_PRELOADED)


def fork(op: str, folder: str) -> int:
    """Start the agent of a node folder, or the shim of a rank folder; its pid."""
    pid = os.fork()
    if pid == 0:
        _run(lambda: _work_at_once(op, folder))
    return pid


class Spare:
    """A child forked ahead: it has done all that does not depend on the folder, and waits for that.

    It goes when the forker does.
    """

    def __init__(self, op: str) -> None:
        reading, self._pipe = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            _run(lambda: _wait_and_work(op, reading))
        os.close(reading)

    def forget(self) -> None:
        """Somebody killed it."""
        os.close(self._pipe)

    def send(self, folder: str) -> bool:
        """Let it work for a folder; False when it is not there any more."""
        try:
            disk.write_all(self._pipe, os.fsencode(folder))
        except BrokenPipeError:
            return False
        finally:
            os.close(self._pipe)
        return True


def _work_at_once(op: str, folder: str) -> int:
    _detach()
    return _work(op, folder)


def _wait_and_work(op: str, pipe: int) -> int:
    _detach(pipe)
    module: Any = importlib.import_module(_MODULES[op])
    ready = module.get_ready()
    importlib.import_module(_PRELOADED).warm_up()
    with os.fdopen(pipe, "rb") as folder:
        # The forker closes its end behind the folder's name, or before it when it leaves.
        name = os.fsdecode(folder.read())
    return _work(op, name, ready) if name else 0


def _work(op: str, folder: str, ready: Optional[Any] = None) -> int:
    _log_to(_log_of(op, folder))
    module: Any = importlib.import_module(_MODULES[op])
    return int(module.main(folder, ready) or 0)


def _run(work: Callable[[], int]) -> None:
    """In the child: never returns."""
    code = 1
    try:
        code = work()
    except BaseException:  # noqa: BLE001  the outermost loop of the agent or shim
        traceback.print_exc()
    finally:
        os._exit(code)


def _log_of(op: str, folder: str) -> str:
    node = Path(folder) if op == AGENT else Path(folder).parent.parent
    return str(NodeLayout(node).agent_log)


def _detach(kept: int = -1) -> None:
    os.setsid()
    signal.set_wakeup_fd(-1)
    signals.restore_defaults()
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    for name in os.listdir("/dev/fd"):
        if int(name) > 2 and int(name) != kept:
            try:
                os.close(int(name))
            except OSError:
                pass  # the descriptor of the listing itself
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    gc.enable()


def _log_to(log: str) -> None:
    try:
        output = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    except OSError:
        return  # a full disk must not keep an agent from its work
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
