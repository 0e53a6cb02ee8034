"""How sizes and durations are said to people, the same in the command, the portal and messages."""

from __future__ import annotations

_SIZES = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")


def size(size_bytes: float) -> str:
    """``0 B``, ``1.5 KiB``, ``12 MiB``."""
    amount, unit = float(size_bytes), 0
    while amount >= 1024 and unit < len(_SIZES) - 1:
        amount, unit = amount / 1024, unit + 1
    digits = 1 if unit and amount < 10 else 0
    return "%.*f %s" % (digits, amount, _SIZES[unit])


def duration(seconds: float) -> str:
    """``0.4 s``, ``12 s``, ``3m 04s``, ``2h 05m``, ``3d 04h``."""
    if seconds < 10:
        return "%.1f s" % max(0.0, seconds)
    whole = int(seconds)
    for unit, smaller, per, per_smaller in (("d", "h", 86400, 3600), ("h", "m", 3600, 60), ("m", "s", 60, 1)):
        if whole >= per:
            return "%d%s %02d%s" % (whole // per, unit, whole % per // per_smaller, smaller)
    return "%d s" % whole
