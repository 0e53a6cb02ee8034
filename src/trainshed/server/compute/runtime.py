"""``runtime/<hash>/``: a copy of azureml and of what a script needs of trainshed, named by its content.

Never the server's site-packages: an upgrade would mix versions inside running scripts, and agents live from it too.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from hashlib import sha256
from pathlib import Path
from typing import Dict, Iterator, Optional

import trainshed
from trainshed.contract.layout import HomeLayout

_PARTS = ("contract", "client", "sdk", "node")


class Runtime:
    """The runtime folder of this release, made when somebody first needs it; others wait meanwhile."""

    def __init__(self, layout: HomeLayout) -> None:
        self._layout = layout
        self._lock = threading.Lock()
        self._built: Optional[Path] = None
        self._compiler: Optional[subprocess.Popen[bytes]] = None

    def path(self) -> Path:
        """``runtime/<hash>``. OSError when it is not there and the disk takes nothing."""
        with self._lock:
            if self._built is None:
                self._built = build(self._layout)
            return self._built

    def compile(self) -> None:
        """Begin to byte-compile what was not compiled yet, in a process of its own. Nobody waits for it: whoever is
        faster compiles what it imports itself, and Python writes each compiled file as a whole.
        """
        folder = self.path()
        if (folder / "azureml" / "__pycache__").exists():
            return
        # By content, not by time: the folder is copied about, and its sources never change.
        command = [sys.executable, "-I", "-S", "-m", "compileall", "-qq", "--invalidation-mode", "unchecked-hash"]
        command += ["-s", str(folder), "-p", "trainshed-runtime", str(folder)]
        null = subprocess.DEVNULL
        self._compiler = subprocess.Popen(command, stdin=null, stdout=null, stderr=null, cwd="/")

    def close(self) -> None:
        """Leave nothing running."""
        if self._compiler is not None:
            self._compiler.kill()
            self._compiler.wait()


def build(layout: HomeLayout) -> Path:
    """The runtime of this release; made if it is not there yet. OSError when the disk takes nothing.

    For the holder of the server's lock: whatever lies there half made was left by one that was killed.
    """
    for left in layout.runtimes.glob(".*.tmp"):
        shutil.rmtree(left, ignore_errors=True)
    files = _files()
    final = layout.runtimes / _hash(files)
    if final.exists():
        return final
    temporary = layout.runtimes / (".%s.tmp" % final.name)
    try:
        _copy(files, temporary)
        temporary.rename(final)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return final


def _files() -> Dict[str, Path]:
    """Relative path in the runtime -> source file."""
    package = Path(trainshed.__file__).parent
    found = {"trainshed/__init__.py": package / "__init__.py"}
    for part in _PARTS:
        found.update(("trainshed/%s/%s" % (part, name), path) for name, path in _walk(package / part))
    found.update(("azureml/%s" % name, path) for name, path in _walk(azureml_folder(package)))
    return found


def azureml_folder(package: Path) -> Path:
    """Where our ``azureml`` lies: in ``trainshed_v1`` beside an installed package, beside the package in a checkout."""
    installed = package.parent / "trainshed_v1" / "azureml"
    return installed if installed.is_dir() else package.parent / "azureml"


def _walk(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path.relative_to(folder).as_posix(), path


def _hash(files: Dict[str, Path]) -> str:
    digest = sha256()
    for name in sorted(files):
        digest.update(b"%s\0%s\0" % (name.encode(), sha256(files[name].read_bytes()).digest()))
    return digest.hexdigest()[:32]


def _copy(files: Dict[str, Path], to: Path) -> None:
    for name, source in files.items():
        target = to / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
