"""The log files that v1 users look into when a run does not start or does not end as they thought."""

from __future__ import annotations

import os
import threading
from typing import Dict

from trainshed.contract.layout import NodeLayout
from trainshed.contract.wire import format_time, now

BUILD = "20_image_build_log"
EXECUTION, PREPARATION, POST = "55_azureml-execution", "65_job_prep", "75_job_post"
_KEPT_BYTES = 1 << 20


class JobLogs:
    """``azureml-logs/55_azureml-execution-<node>.txt`` and its like. On a full disk lines wait in memory."""

    def __init__(self, layout: NodeLayout, node: int) -> None:
        self._folder = str(layout.azureml_logs)
        self._node = node
        self._lock = threading.Lock()
        self._waiting: Dict[str, bytes] = {}

    def say(self, name: str, words: str) -> None:
        """Append lines to a log, each with the time in front."""
        at = format_time(now()).encode("ascii")
        data = b"".join(b"%s %s\n" % (at, _encoded(line)) for line in words.split("\n"))
        with self._lock:
            self._waiting[name] = (self._waiting.get(name, b"") + data)[-_KEPT_BYTES:]
        self.flush()

    def flush(self) -> None:
        """Write what a full disk refused before."""
        with self._lock:
            for name in tuple(self._waiting):
                try:
                    taken = _append(self._path(name), self._waiting[name])
                except OSError:
                    continue
                self._waiting[name] = self._waiting[name][taken:]
                if not self._waiting[name]:
                    del self._waiting[name]

    def _path(self, name: str) -> str:
        # v1 built in one place for all nodes.
        suffix = ".txt" if name == BUILD and self._node == 0 else "-node%d.txt" % self._node
        return os.path.join(self._folder, name + suffix)


def _append(path: str, data: bytes) -> int:
    fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        return os.write(fd, data)
    finally:
        os.close(fd)


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace")
