"""Why an agent leaves the straight way from Preparing to Completed."""

from __future__ import annotations

from typing import Any, Mapping, Optional

from trainshed.contract.records import RunError


class CannotPrepare(Exception):
    """The run can never start as it is; ``error`` says why."""

    def __init__(self, message: str, facts: Optional[Mapping[str, Any]] = None) -> None:
        super().__init__(message)
        self.error = RunError(code="prepare", message=message, facts=facts or {})


def headline(message: str) -> str:
    """A message's first line, for where a status is told: all of it stands in the error."""
    return message.split("\n", 1)[0]


class CanceledEarly(Exception):
    """Somebody cancelled before the script was started."""


class GivenUp(Exception):
    """The attempt was given up: end its processes, keep the folder, be silent."""

    def __init__(self, reason: str, grace_s: float) -> None:
        super().__init__(reason)
        self.reason = reason
        self.grace_s = grace_s
