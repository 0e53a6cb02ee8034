"""Whether the kernel ended a process because memory ran out: its own counts, before and after."""

from __future__ import annotations

import os
import re
from typing import Dict, Optional, Tuple

from trainshed.contract.frozen import dataclass

_V1 = "/sys/fs/cgroup/memory%s/memory.oom_control"
_V2 = ("/sys/fs/cgroup%s/memory.events", "/sys/fs/cgroup/unified%s/memory.events")


@dataclass(frozen=True)
class KillCounts:
    """How often the kernel has killed for want of memory: on the whole machine, and by control group file."""

    machine: Optional[int]
    groups: Dict[str, int]


def read(pid: int) -> KillCounts:
    """The counts as they stand, for the control groups of ``pid`` (cgroup v1 and v2)."""
    groups = {}
    for path in _group_files(pid):
        count = _count(path)
        if count is not None:
            groups[path] = count
    return KillCounts(_count("/proc/vmstat"), groups)


def has_risen(before: KillCounts) -> bool:
    """Whether any of these counts has risen since. The machine's covers a process that changed its group."""
    if before.machine is not None and (_count("/proc/vmstat") or 0) > before.machine:
        return True
    return any((_count(path) or 0) > count for path, count in before.groups.items())


def _group_files(pid: int) -> Dict[str, None]:
    try:
        with open("/proc/%d/cgroup" % pid, encoding="utf-8", errors="surrogateescape") as file:
            lines = file.read().splitlines()
    except OSError:
        return {}
    found: Dict[str, None] = {}
    for line in lines:
        _, controllers, group = line.split(":", 2)
        group = "" if group == "/" else group
        candidates: Tuple[str, ...] = (_V1 % group,) if "memory" in controllers.split(",") else ()
        candidates += tuple(form % group for form in _V2) if not controllers else ()
        found.update((path, None) for path in candidates if os.path.exists(path))
    return found


def _count(path: str) -> Optional[int]:
    try:
        with open(path, encoding="ascii") as file:
            match = re.search(r"^oom_kill (\d+)$", file.read(), re.MULTILINE)
    except OSError:
        return None
    return int(match.group(1)) if match else None
