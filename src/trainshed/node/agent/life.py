"""An agent's life, from the lock to ``done.json``."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import Optional

from trainshed.contract.layout import NodeLayout
from trainshed.contract.messages import AgentConfig
from trainshed.contract.wire import format_time, now
from trainshed.node import disk, linux, locks
from trainshed.node.agent.supervisor import Supervisor
from trainshed.node.agent.trouble import GivenUp

_log = logging.getLogger(__name__)
#: What is kept of an acknowledged run's folder; the rest lies in the server's store.
_SMALL_FILE_BYTES = 64 << 10
_FULL_PAUSE_S = 1.0


def get_ready() -> object:
    """Whatever can be done before it is known for which folder: a forker keeps an agent at hand."""
    linux.name_process("trainshed-agent")
    os.umask(0o022)
    # Three threads that mostly wait: 5 ms, the default, would be most of what a short run takes.
    sys.setswitchinterval(0.0005)
    for number in (signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    _log_to_stderr()
    return True


def main(folder: str, ready: object = None) -> int:
    """Look after the node folder until all of it is durable at the server.

    Leaves at once when another agent does so, or nothing is left to do.

    Args:
        folder: the node's.
        ready: from :func:`get_ready`, if that was called before.

    Returns:
        0; 1 when the folder holds no readable ``agent.json``, or something happened that another agent may get over.
    """
    if ready is None:
        get_ready()
    layout = NodeLayout(Path(folder))
    lock = _patient_lock(layout)
    if lock is None or layout.done.exists():
        return 0
    config = disk.read_record(layout.agent, AgentConfig)
    if config is None:
        _log.error("%s cannot be read: without it nothing can be done", layout.agent)
        return 1
    try:
        return _supervise(config, layout)
    except GivenUp as given_up:
        _log.warning("given up: %s", given_up.reason)
        return 0


def _supervise(config: AgentConfig, layout: NodeLayout) -> int:
    for made in (layout.azureml_logs, layout.spool, layout.rank(0).root):
        _insist_on_folder(made)
    supervisor = Supervisor(config, layout)
    try:
        if not supervisor.run():
            return 1
    except GivenUp as given_up:
        supervisor.end_processes(given_up.grace_s)
        _put_away(layout)
        raise
    _say_done(layout)
    _shrink(layout)
    supervisor.preparation.buildings.release()
    supervisor.preparation.keep_spare()
    return 0


def _say_done(layout: NodeLayout) -> None:
    while True:
        try:
            return disk.write_whole(layout.done, b'{"at":"%s"}' % format_time(now()).encode("ascii"))
        except OSError as error:
            if not disk.is_full(error):
                raise
        _shrink(layout)
        time.sleep(_FULL_PAUSE_S)


def _patient_lock(layout: NodeLayout) -> Optional[int]:
    while True:
        try:
            return locks.take(layout.agent_lock)
        except OSError as error:
            if not disk.is_full(error):
                raise
        time.sleep(_FULL_PAUSE_S)


def _insist_on_folder(path: Path) -> None:
    while True:
        try:
            return path.mkdir(mode=0o755, parents=True, exist_ok=True)
        except OSError as error:
            if not disk.is_full(error):
                raise
        time.sleep(_FULL_PAUSE_S)


def _put_away(layout: NodeLayout) -> None:
    """Out of the way of the attempt's next agent, but not lost."""
    layout.stale.parent.mkdir(mode=0o755, exist_ok=True)
    if layout.stale.exists():
        shutil.rmtree(layout.stale, ignore_errors=True)
    os.rename(layout.root, layout.stale)


def _shrink(layout: NodeLayout) -> None:
    """Everything is durable at the server: free what takes space. Small files are left to ``trainshed prune``: removing
    thousands of them takes as long as writing them, while the next run waits for the disk.
    """
    shutil.rmtree(layout.spool, ignore_errors=True)
    for place in (layout.root, layout.rank(0).root):
        disk.remove_unfinished(str(place))
    for folder, _, names in os.walk(os.fsencode(layout.root)):
        for name in names:
            path = os.path.join(folder, name)
            try:
                if os.lstat(path).st_size > _SMALL_FILE_BYTES:
                    os.unlink(path)
            except OSError:
                pass  # somebody else tidies up as well


def _log_to_stderr() -> None:
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s", force=True
    )
