"""The machine: its facts for the report, whether it is quiet, and the environment that every measured process gets."""

from __future__ import annotations

import os
import platform
import subprocess
import time
from datetime import datetime, timezone
from pathlib import Path
from typing import Dict, Optional, Sequence, Tuple

BUSY_SHARE = 0.15
#: Left out of every measured process's environment: a user's shell has none of them.
_FOREIGN = ("PYTHON", "TRAINSHED", "AZUREML", "MLFLOW", "SUBMITIT", "VIRTUAL_ENV", "UV_", "PIP_", "GIT_")


def clean_environment(*folders: Path) -> Dict[str, str]:
    """This process's environment without settings that would change the measured; ``folders`` come first on PATH."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
    environment["PATH"] = os.pathsep.join([*map(str, folders), environment.get("PATH", os.defpath)])
    return environment


def facts(folder: Path, python: Path) -> Dict[str, str]:
    """What a reader needs to place the numbers; ``folder``: where files lie; ``python``: what has Trainshed."""
    memory = int(_field(Path("/proc/meminfo"), "MemTotal").split()[0] or 0)
    return {
        "measured": datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "processor": _field(Path("/proc/cpuinfo"), "model name") or platform.processor() or "unknown",
        "cores": str(os.cpu_count()),
        "memory": f"{memory / 2**20:.0f} GiB",
        "system": f"{_field(Path('/etc/os-release'), 'PRETTY_NAME') or platform.system()}, kernel {platform.release()}",
        "python": platform.python_version(),
        "files on": _file_system(folder),
        "trainshed": _installed(python),
        "commit": _output(["git", "describe", "--always", "--dirty"], Path(__file__).parent),
        "load": " ".join(f"{value:.2f}" for value in os.getloadavg()),
    }


def busy_share(seconds: float = 1.0) -> float:
    """The share of processor time that others use now, from 0 to 1, watched for ``seconds``."""
    idle, total = _processor_times()
    time.sleep(seconds)
    idle_later, total_later = _processor_times()
    return 1 - (idle_later - idle) / max(total_later - total, 1)


def warning(share: float) -> Optional[str]:
    """A sentence for the report if the machine was not quiet."""
    if share <= BUSY_SHARE:
        return None
    return f"The machine was busy ({share:.0%} of its processor time went elsewhere): these numbers are upper bounds."


def _installed(python: Path) -> str:
    code = "import importlib.metadata as m; d = m.distribution('trainshed'); u = d.read_text('direct_url.json') or ''; "
    code += "print(d.version, 'editable' if 'editable' in u else '')"
    return _output([str(python), "-c", code], Path(__file__).parent)


def _output(command: Sequence[str], folder: Path) -> str:
    try:
        ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError):
        return "none"
    return ended.stdout.strip()


def _processor_times() -> Tuple[int, int]:
    first = Path("/proc/stat").read_text().splitlines()[0].split()[1:9]
    values = [int(value) for value in first]
    return values[3] + values[4], sum(values)


def _field(path: Path, name: str) -> str:
    if not path.exists():
        return ""
    for line in path.read_text().splitlines():
        key, separator, value = line.replace("=", ":", 1).partition(":")
        if separator and key.strip() == name:
            return value.strip().strip('"')
    return ""


def _file_system(folder: Path) -> str:
    mounts = [line.split() for line in Path("/proc/mounts").read_text().splitlines()]
    holding = [mount for mount in mounts if folder.resolve().is_relative_to(mount[1])]
    return max(holding, key=lambda mount: len(mount[1]))[2] if holding else "unknown"
