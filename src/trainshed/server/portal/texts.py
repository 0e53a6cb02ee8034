"""How the portal writes times."""

from __future__ import annotations

from datetime import datetime


def minute(at: datetime) -> str:
    """``2026-11-24 02:11:37``, UTC."""
    return at.strftime("%Y-%m-%d %H:%M:%S")
