"""What the query of a list's address asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from trainshed.contract.errors import BadValue
from trainshed.contract.status import RunStatus


@dataclass(frozen=True)
class RunsAsk:
    """The filters of a list of runs, empty where there is none."""

    experiment: str = ""
    status: str = ""
    after: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> RunsAsk:
        """BadValue: a filter that can't be."""
        status = query.get("status", "")
        if status and status not in {one.value for one in RunStatus}:
            raise BadValue(what=f"status {status!r}", why="no status is called so")
        return cls(query.get("experiment", ""), status, query.get("after", ""))
