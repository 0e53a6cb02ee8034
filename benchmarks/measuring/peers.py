"""The peers: each pinned in ``peers/<name>.txt`` and installed in a virtual environment of its own."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import List, Optional, Sequence

from measuring.interleave import NotMeasured
from measuring.pip_settings import for_uv

_BENCHMARKS = Path(__file__).resolve().parent.parent
#: The environment without any package: the floor's interpreter.
BARE = "bare"
_INSTALL_DEADLINE_S = 1200
_NEVER_INSTALLED = ("torch", "nvidia_*")


def names() -> List[str]:
    """The peers that have a requirements file."""
    return sorted(path.stem for path in (_BENCHMARKS / "peers").glob("*.txt"))


def python_of(name: str) -> Path:
    """The interpreter of a peer's environment. NotMeasured: it is not installed."""
    folder = _folder(name)
    if not (folder / "complete").exists():
        if name != BARE:
            raise NotMeasured("not installed; run `python benchmarks/run.py --install-only`")
        _make(folder, [])
    return folder / "bin" / "python"


def install(wanted: Sequence[str]) -> None:
    """Make the environments that are not there yet. RuntimeError: an installation brought torch along."""
    for name in [BARE, *wanted]:
        folder = _folder(name)
        if (folder / "complete").exists():
            continue
        print(f"installing {name}", flush=True)
        _make(folder, [] if name == BARE else ["-r", str(_requirements(name))])


def install_ours() -> Path:
    """This checkout as its users get it: built, in an environment of its own; anew each time. Its interpreter."""
    folder = _root() / "trainshed"
    _make(folder, [str(_BENCHMARKS.parent)])
    return folder / "bin" / "python"


def _requirements(name: str) -> Path:
    return _BENCHMARKS / "peers" / f"{name}.txt"


def _root() -> Path:
    return Path(os.environ.get("TRAINSHED_BENCHMARK_PEERS") or _BENCHMARKS / ".peers").absolute()


def _folder(name: str) -> Path:
    pins = b"" if name == BARE else _requirements(name).read_bytes()
    key = hashlib.sha256(pins + f"{sys.version_info[:3]}{_base_python()}".encode()).hexdigest()[:8]
    return _root() / f"{name}-{key}"


def _base_python() -> str:
    """The real interpreter, not a virtual environment's and not a version manager's stand-in."""
    name = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    candidate = Path(sys.base_prefix) / "bin" / name
    return str(candidate if candidate.exists() else Path(sys.executable).resolve())


def _make(folder: Path, wanted: Sequence[str]) -> None:
    """An environment at its final path with what pip is told by ``wanted``; ``complete`` is written last."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    uv = _uv()
    python = str(folder / "bin" / "python")
    if uv:
        _run([*uv, "venv", "--quiet", "--python", _base_python(), str(folder)])
    else:
        _run([_base_python(), "-m", "venv", *([] if wanted else ["--without-pip"]), str(folder)])
    if wanted and uv:
        # uv takes a folder's older build for good while its pyproject.toml is the same.
        wanted = ["--reinstall-package", "trainshed", *wanted]
        _run([*uv, "pip", "install", "--quiet", "--python", python, *for_uv().options, *wanted])
    elif wanted:
        _run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *wanted])
    unwanted = [path for pattern in _NEVER_INSTALLED for path in folder.glob(f"lib/python*/site-packages/{pattern}")]
    if unwanted:
        raise RuntimeError(f"{unwanted[0].name} came with {folder.name}; pin its requirements so that it does not")
    (folder / "complete").touch()


def _uv() -> Optional[List[str]]:
    beside = Path(sys.executable).parent / "uv"
    found = str(beside) if beside.exists() else shutil.which("uv")
    return [found] if found else None


def _run(command: Sequence[str]) -> None:
    environment = {**os.environ, **for_uv().variables}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    subprocess.run(command, check=True, env=environment, timeout=_INSTALL_DEADLINE_S)
