"""Starting the embedded server: a detached process of its own, with an environment built for it."""

from __future__ import annotations

import importlib.util
import json
import os
import sys
import time
from typing import Any, Dict, List, Mapping, Optional

from trainshed.contract import variables
from trainshed.contract.errors import NoServerHere, ServerNotStarted, from_body
from trainshed.contract.layout import HomeLayout

#: A first start makes the database; a start after an upgrade migrates it.
START_S = 120.0
_NEEDED = ("uvicorn", "starlette", "msgspec", "sqlalchemy", "httptools", "jinja2")
_TRIES = 3
_TAIL_LINES = 15
_LOG_BYTES = 10 * 2**20
_SITE = ("site-packages", "dist-packages")


def start(layout: HomeLayout) -> None:
    """Start a server for this home and wait until it listens. The caller holds ``start.lock``.

    Raises:
        NoServerHere: this Python can't run one.
        ServerNotStarted: it ended, or did not listen in time; with the end of its log.
        Coded: what the server itself found wrong (SchemaTooNew ...).
    """
    path = check_able()
    log = str(layout.logs / "server.log")
    os.makedirs(str(layout.logs), mode=0o700, exist_ok=True)
    _put_aside(log)
    for _ in range(_TRIES):
        size_before = os.path.getsize(log) if os.path.exists(log) else 0
        begun = time.monotonic()
        said = _say(_spawn(layout, log, path))
        if said is not None:
            if said.get("code") is not None:
                raise from_body(said)
            return
        # It died without a word: killed from outside, or so broken that it will die again.
        if time.monotonic() - begun >= START_S:
            break
    why = "it ended, or was not ready within %g s.%s" % (START_S, _tail(log, size_before))
    raise ServerNotStarted(home=str(layout.root), why=why, log=log)


def _spawn(layout: HomeLayout, log: str, path: List[str]) -> bytes:
    """Start the process; the line that it says."""
    import subprocess

    reading, writing = os.pipe()
    command = [sys.executable, "-m", "trainshed.server.app", "--home", str(layout.root)]
    command += ["--detach", "--ready-fd", str(writing)]
    try:
        with open(log, "ab", opener=_private) as output:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                # Neither what lies in the user's folder is imported, nor is a mount kept busy.
                cwd="/",
                env=build_environment(os.environ, path),
                pass_fds=(writing,),
                start_new_session=True,
            )
        os.close(writing)
        writing = -1
        process.wait()  # the server itself is its child
        return _read_line(reading, START_S)
    finally:
        os.close(reading)
        if writing >= 0:
            os.close(writing)


def _say(line: bytes) -> Optional[Dict[str, Any]]:
    """What the line says; None when it is none."""
    try:
        said = json.loads(line)
    except ValueError:
        return None
    return said if isinstance(said, dict) else None


def check_able() -> List[str]:
    """The folders that the server's libraries need on PYTHONPATH; NoServerHere when some are missing."""
    if os.name != "posix":
        raise NoServerHere(why="it runs on Linux and macOS only")
    if sys.version_info < (3, 10):
        raise NoServerHere(why="it needs Python 3.10 or newer, this is %d.%d" % sys.version_info[:2])
    if not sys.executable:
        raise NoServerHere(why="this program does not tell which Python it is")
    specs = {name: importlib.util.find_spec(name) for name in _NEEDED}
    missing = sorted(name for name, spec in specs.items() if spec is None)
    if missing:
        raise NoServerHere(why="%s has no %s" % (sys.executable, ", ".join(missing)))
    origins = [spec.origin for spec in specs.values() if spec is not None and spec.origin is not None]
    folders = [os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))]
    for origin in origins:
        folder = os.path.dirname(os.path.dirname(origin))
        if folder not in folders:
            folders.append(folder)
    # Site folders are there anyway; on PYTHONPATH they would come before the standard library.
    return [folder for folder in folders if os.path.basename(folder) not in _SITE]


def build_environment(environ: Mapping[str, str], path: List[str]) -> Dict[str, str]:
    """The server's environment: what training may inherit and building needs (the server hands it on); nothing else.

    Args:
        environ: of the process that starts the server.
        path: folders for PYTHONPATH.
    """
    kept = {
        name: value
        for name, value in environ.items()
        if name in variables.INHERITED
        or name in ("TMP", *variables.BUILDING)
        or name.startswith((*variables.INHERITED_PREFIXES, *variables.BUILDING_PREFIXES))
    }
    if path:
        kept["PYTHONPATH"] = os.pathsep.join(path)
    # It imports no azureml: where that lies must not decide which trainshed is found first.
    kept[variables.V1] = "off"
    # The server's threads would take an arena of memory each.
    kept["MALLOC_ARENA_MAX"] = "2"
    return kept


def _read_line(fd: int, patience_s: float) -> bytes:
    """The line that the server writes when it listens, or when it cannot; empty when it died without a word."""
    import select

    deadline = time.monotonic() + patience_s
    line = b""
    while not line.endswith(b"\n"):
        left_s = deadline - time.monotonic()
        if left_s <= 0 or not select.select([fd], [], [], left_s)[0]:
            return line
        block = os.read(fd, 65536)
        if not block:
            return line
        line += block
    return line


def _tail(log: str, start: int) -> str:
    """The last lines that were written to the log since ``start``."""
    try:
        with open(log, "rb") as file:
            file.seek(start)
            lines = file.read().decode("utf-8", "replace").splitlines()[-_TAIL_LINES:]
    except OSError:
        return ""
    return "".join("\n  | " + line for line in lines) + "\n" if lines else ""


def _put_aside(log: str) -> None:
    """A log that has grown large becomes ``server.log.1``."""
    try:
        if os.stat(log).st_size > _LOG_BYTES:
            os.replace(log, log + ".1")
    except FileNotFoundError:
        pass


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
