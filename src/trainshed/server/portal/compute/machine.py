"""The machine that the server is on, as /proc tells."""

from __future__ import annotations

import os
import platform
import shutil
from pathlib import Path

from trainshed.contract import words
from trainshed.server.portal.compute.pages import ComputeFact
from trainshed.server.services.hardware import has_gpu

_MEMORY = Path("/proc/meminfo")


def machine(home: Path) -> tuple[ComputeFact, ...]:
    """Name, processors, memory, graphics, room on the disk of the server's folder. What can't be told is left out."""
    disk = shutil.disk_usage(home)
    facts = {
        "Host": platform.node(),
        "Processors": str(_processors()),
        "Load": " · ".join(f"{load:.2f}" for load in os.getloadavg()),
        "Memory": _memory(),
        "GPU": "yes" if has_gpu() else "none",
        "Disk": f"{words.size(disk.free)} free of {words.size(disk.total)}",
        "Folder": str(home),
    }
    return tuple(ComputeFact(name, value) for name, value in facts.items() if value)


def _processors() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _memory() -> str:
    try:
        lines = dict(line.split(":", 1) for line in _MEMORY.read_text().splitlines())
        free, total = (int(lines[name].split()[0]) * 1024 for name in ("MemAvailable", "MemTotal"))
    except (OSError, ValueError, KeyError):
        return ""
    return f"{words.size(free)} free of {words.size(total)}"
