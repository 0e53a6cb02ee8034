"""What the query of a list's address asks for; an address can be kept, sent, and opened again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, timezone

from starlette.datastructures import QueryParams

from trainshed.contract.errors import BadValue
from trainshed.contract.status import ENDED, RunStatus
from trainshed.server.storage.run_rows import RunFilter

#: Words for several statuses at once.
GROUPS: dict[str, tuple[RunStatus, ...]] = {
    "active": tuple(s for s in RunStatus if s not in ENDED and s not in (RunStatus.NOT_STARTED, RunStatus.QUEUED)),
    "waiting": (RunStatus.NOT_STARTED, RunStatus.QUEUED),
    "ended": tuple(s for s in RunStatus if s in ENDED),
}
_STATUS = {status.value: (status,) for status in RunStatus} | GROUPS

#: Ages that ``within`` knows, with the words for them.
AGES = {
    "1h": (timedelta(hours=1), "last hour"),
    "24h": (timedelta(days=1), "last 24 hours"),
    "7d": (timedelta(days=7), "last 7 days"),
    "30d": (timedelta(days=30), "last 30 days"),
}

#: So many last values are shown side by side.
MOST_METRICS = 12

_DAY = timedelta(days=1)
_MOST_DIGITS = 20


@dataclass(frozen=True)
class RunsAsk:
    """The filters of a list of runs; empty where there is none.

    Args:
        status: one of RunStatus, or of :data:`GROUPS`.
        tags: each ``name`` or ``name=value``.
        within: one of :data:`AGES`.
        first, last: days (UTC) between which the runs were made, both counted.
        words: part of an id or a name.
        metrics: whose last values are shown.
        after: where a page begins, as the page before it said.
    """

    experiment: str = ""
    status: str = ""
    target: str = ""
    tags: tuple[str, ...] = ()
    within: str = ""
    first: str = ""
    last: str = ""
    words: str = ""
    metrics: tuple[str, ...] = ()
    after: str = ""

    @classmethod
    def of(cls, query: QueryParams) -> RunsAsk:
        """BadValue: a filter that can't be."""
        ask = cls(
            experiment=query.get("experiment", ""),
            status=query.get("status", ""),
            target=query.get("target", ""),
            tags=tuple(dict.fromkeys(tag.strip() for tag in query.getlist("tag") if tag.strip())),
            within=query.get("within", ""),
            first=query.get("from", ""),
            last=query.get("to", ""),
            words=query.get("find", "").strip(),
            metrics=tuple(dict.fromkeys(query.getlist("metric")))[:MOST_METRICS],
            after=query.get("after", ""),
        )
        if ask.status and ask.status not in _STATUS:
            raise BadValue(what=f"status {ask.status!r}", why=f"say one of: {', '.join(_STATUS)}")
        if ask.within and ask.within not in AGES:
            raise BadValue(what=f"within {ask.within!r}", why=f"say one of: {', '.join(AGES)}")
        for name, value in (("from", ask.first), ("to", ask.last)):
            _day(name, value)
        return ask

    @property
    def narrowed(self) -> bool:
        """Whether anything but the place in the list is asked for."""
        return replace(self, after="", metrics=()) != RunsAsk()

    def pairs(self) -> Iterable[tuple[str, str]]:
        """The query again, without ``after``: whoever changes a filter begins at the newest run."""
        yield from (("find", self.words), ("status", self.status), ("experiment", self.experiment))
        yield from (("target", self.target), *(("tag", tag) for tag in self.tags))
        yield from (("within", self.within), ("from", self.first), ("to", self.last))
        yield from (("metric", name) for name in self.metrics)

    def filter(self, now: datetime) -> RunFilter:
        """What storage is asked for."""
        first, last = _day("from", self.first), _day("to", self.last)
        since = [moment for moment in (first, now - AGES[self.within][0] if self.within else None) if moment]
        return RunFilter(
            experiment=self.experiment or None,
            statuses=tuple(status.value for status in _STATUS[self.status]) if self.status else (),
            target=self.target or None,
            tags=tuple(_tag(tag) for tag in self.tags),
            created_since=max(since, default=None),
            created_before=last + _DAY if last else None,
            words=self.words or None,
        )


def news_number(text: str) -> int | None:
    """Which news a page was made after; None where the address does not say."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else None


def _tag(text: str) -> tuple[str, str | None]:
    name, equals, value = text.partition("=")
    return name, value if equals else None


def _day(name: str, text: str) -> datetime | None:
    if not text:
        return None
    try:
        return datetime.combine(date.fromisoformat(text), time(), timezone.utc)
    except ValueError:
        raise BadValue(what=f"{name} {text!r}", why="say a day as 2026-11-24") from None
