"""What building environments takes over from the shell that submits: pip's and uv's variables, and where programs lie.

A server may have been started from another shell; so whoever submits keeps them in a file of the home that only its
owner can read (they may hold passwords), and agents on this machine read them there. They are in no spec and no log.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Dict, Mapping, Optional

from trainshed.contract import variables


def taken_over(environ: Mapping[str, str]) -> Dict[str, str]:
    """Of an environment, what building takes over besides what training does."""
    return {
        name: value
        for name, value in environ.items()
        if name in variables.BUILDING or name.startswith(variables.BUILDING_PREFIXES)
    }


def keep(file: Path, environ: Mapping[str, str]) -> None:
    """Put this shell's into the file. A home that takes nothing is left alone: then those of the server's count."""
    mine = taken_over(environ)
    if read(file) == mine:
        return
    temporary = file.with_name("%s.%d.tmp" % (file.name, os.getpid()))
    try:
        with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as writing:
            json.dump(mine, writing)
        os.replace(temporary, file)
    except OSError:
        pass


def read(file: Path) -> Optional[Dict[str, str]]:
    """What the newest shell that submitted had; None where nothing was kept."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return {str(name): str(value) for name, value in found.items()} if isinstance(found, dict) else None
