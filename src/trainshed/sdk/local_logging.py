"""What v1's logging on this machine is made of: levels changed for a while, and logs that go to a file."""

from __future__ import annotations

import logging
from typing import Any, List, Optional, Sequence, Tuple


class NewLoggingLevel:
    """A logger's level, changed for the length of a ``with``.

    Args:
        logger_name: whose.
        level: of :mod:`logging`.

    Follows: azureml.core.util.NewLoggingLevel.
    """

    def __init__(self, logger_name: str, level: int = logging.WARNING) -> None:
        self._logger = logging.getLogger(logger_name)
        self._level = level
        self._before = self._logger.level

    def __enter__(self) -> logging.Logger:
        self._before = self._logger.level
        self._logger.setLevel(self._level)
        return self._logger

    def __exit__(self, *exception: Any) -> None:
        self._logger.setLevel(self._before)


class diagnostic_log:
    """All that loggers say goes to a file, down to debugging, for the length of a ``with`` or until it is stopped.

    Args:
        log_path: the file, which is added to; by default ``logs/azureml/<process id>_<seconds since the epoch>.log``.
        namespaces: the loggers; by default ``azureml`` and ``trainshed``.
        context_name: written at the beginning and the end.

    Follows: azureml.core.diagnostic_log.
    """

    def __init__(
        self,
        log_path: Optional[str] = None,
        namespaces: Optional[Sequence[str]] = None,
        context_name: Optional[str] = None,
    ) -> None:
        self._path = log_path
        self._namespaces = tuple(namespaces) if namespaces else ("azureml", "trainshed")
        self._name = context_name or "diagnostic_log"
        self._handler: Optional[logging.FileHandler] = None
        self._before: List[Tuple[logging.Logger, int]] = []

    def start_capture(self) -> None:
        """Begin; a second time, no effect."""
        if self._handler is not None:
            return
        self._handler = _file_handler(self._path or _default_path())
        for logger in map(logging.getLogger, self._namespaces):
            self._before.append((logger, logger.level))
            logger.setLevel(logging.DEBUG)
            logger.addHandler(self._handler)
        logging.getLogger(self._namespaces[0]).debug("%s: begins", self._name)

    def stop_capture(self) -> None:
        """End, and close the file. Levels are as they were before."""
        if self._handler is None:
            return
        logging.getLogger(self._namespaces[0]).debug("%s: ends", self._name)
        for logger, level in self._before:
            logger.removeHandler(self._handler)
            logger.setLevel(level)
        self._handler.close()
        self._handler, self._before = None, []

    def __enter__(self) -> diagnostic_log:
        self.start_capture()
        return self

    def __exit__(self, *exception: Any) -> None:
        self.stop_capture()


def _default_path() -> str:
    import os
    import time

    return os.path.join("logs", "azureml", "%d_%d.log" % (os.getpid(), time.time()))


def _file_handler(path: str) -> logging.FileHandler:
    import os

    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s|%(name)s|%(levelname)s|%(message)s"))
    return handler
