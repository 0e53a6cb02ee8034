"""How the portal writes times."""

from __future__ import annotations

from datetime import datetime

_DAY_S = 86400


def minute(at: datetime) -> str:
    """``2026-11-24 02:11:37``, UTC."""
    return at.strftime("%Y-%m-%d %H:%M:%S")


def ago(at: datetime, now: datetime) -> str:
    """``just now``, ``5 min ago``, ``3 h ago``, ``2 days ago``, and the day from a week on. portal.js says the same."""
    seconds = int((now - at).total_seconds())
    if seconds < 60:
        return "just now" if seconds < 10 else f"{seconds} s ago"
    if seconds < 3600:
        return f"{seconds // 60} min ago"
    if seconds < _DAY_S:
        return f"{seconds // 3600} h ago"
    days = seconds // _DAY_S
    if days < 7:
        return "1 day ago" if days == 1 else f"{days} days ago"
    return at.strftime("%Y-%m-%d")


def count(number: int, word: str, words: str = "") -> str:
    """``1 run``, ``12 runs``."""
    return f"{number:,} {word if number == 1 else words or word + 's'}"
