"""The floor of keeping files: ``cp -r``, alone and with sha256 of every copy."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import subprocess
import time
from pathlib import Path
from typing import Dict

import stamps
import written
from serve import serve

_KEPT = Path("kept")


def copy(count: int, size: int, *, hashed: bool) -> Dict[str, float]:
    """Write files, then copy them (and hash the copies); then write the same ones and do it again."""
    seed = secrets.token_hex(4)
    return {"first": _copy(count, size, seed, hashed=hashed), "again": _copy(count, size, seed, hashed=hashed)}


def _copy(count: int, size: int, seed: str, *, hashed: bool) -> float:
    shutil.rmtree(_KEPT, ignore_errors=True)
    ended = written.write(count, size, seed)
    subprocess.run(["cp", "-r", str(written.OUTPUTS), str(_KEPT)], check=True, timeout=300)
    if hashed:
        for path in _KEPT.iterdir():
            digest(path)
    return stamps.elapsed_ms(ended)


def digest(path: Path) -> str:
    """sha256 of a file's content."""
    hashing = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            hashing.update(block)
    return hashing.hexdigest()


def look(folder: str, *, hashed: bool) -> Dict[str, float]:
    """Walk a folder and ask for size and times of each file, or read and hash each."""
    begun = time.time_ns()
    for parent, _, names in os.walk(folder):
        for name in names:
            if hashed:
                digest(Path(parent, name))
            else:
                os.stat(f"{parent}/{name}")  # noqa: PTH116 - the floor, and pathlib is above it
    return {"snapshot": stamps.elapsed_ms(begun)}


if __name__ == "__main__":
    serve({"copy": copy, "look": look})
