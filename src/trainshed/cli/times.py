"""Times as the command tells them: local time to the second."""

from __future__ import annotations

from datetime import datetime, timedelta

from trainshed.contract import words
from trainshed.contract.records import RunRecord
from trainshed.contract.wire import now


def local(at: datetime | None) -> str:
    """``2026-11-24 02:11:37`` in the local time zone; empty for None."""
    return "" if at is None else at.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def spent(run: RunRecord) -> str:
    """How long the run has been Running, up to now or to its end; empty before that."""
    if run.started_at is None:
        return ""
    return words.duration(((run.ended_at or now()) - run.started_at).total_seconds())


def moment(text: str, at: datetime) -> datetime:
    """What somebody means: a day or a time of it (local, unless it names a zone), or how long before ``at``.

    ``2026-11-24``, ``2026-11-24T15:30``, ``2026-11-24T15:30+01:00``, ``now``, ``today``,
    ``yesterday``, ``90m``, ``6h``, ``7d``.

    Raises:
        ValueError: it is none of them.
    """
    units = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
    if text[-1:] in units and text[:-1].replace(".", "", 1).isdigit():
        return at - timedelta(**{units[text[-1]]: float(text[:-1])})
    if text == "now":
        return at
    if text in ("today", "yesterday"):
        day = at.astimezone().replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
        return (day - timedelta(days=text == "yesterday")).astimezone()
    # Before 3.11 fromisoformat knows no Z.
    return datetime.fromisoformat(text[:-1] + "+00:00" if text.endswith("Z") else text).astimezone()
