"""What ``trainshed doctor`` looks at on this machine. Each check asks one question and changes nothing."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from trainshed.contract import words
from trainshed.contract.frozen import dataclass
from trainshed.contract.layout import HomeLayout, default_home
from trainshed.contract.version import SDK_VERSION, VERSION, WIRE_VERSION

OK, WARN, FAIL = "ok", "warn", "fail"

_LOW_BYTES, _TOO_LOW_BYTES = 2 * 2**30, 200 * 2**20
_SOCKET_PATH_LIMIT_BYTES = 107
_GIT_DEADLINE_S = 5


@dataclass(frozen=True)
class Check:
    """One answer. ``way_out``: what to do when ``state`` is not ok, else empty."""

    state: str
    what: str
    found: str
    way_out: str = ""


def all_checks() -> Iterator[Check]:
    """Every check, in the order in which one thing needs another."""
    from trainshed.cli.server_checks import check_forker, check_server

    layout = HomeLayout(default_home())
    yield check_versions()
    yield check_python()
    yield check_azureml()
    home = check_home(layout)
    yield home
    if home.state != FAIL:  # what lies around a folder that can't be says nothing
        yield check_file_system(layout)
        yield check_space(layout)
        yield check_socket(layout)
    yield check_git()
    yield check_server(layout)
    yield check_forker(layout)


def check_versions() -> Check:
    """Which release this is."""
    return Check(OK, "trainshed", f"{VERSION}, wire {WIRE_VERSION}, names of SDK v1 {SDK_VERSION}")


def check_python() -> Check:
    """The interpreter that submits is, for user-managed environments, the one that trains; it also runs the server."""
    from trainshed.client.starting import check_able
    from trainshed.contract.errors import NoServerHere

    found = "{}.{}.{} at {}".format(*sys.version_info[:3], sys.executable)
    try:
        check_able()
    except NoServerHere as error:
        return Check(FAIL, "python", f"{found} can run no server: {error.facts['why']}", "pip install -U trainshed")
    return Check(OK, "python", found)


def check_azureml() -> Check:
    """Whose ``azureml`` answers an import here."""
    from importlib.machinery import PathFinder

    spec = PathFinder.find_spec("azureml")
    if spec is None:
        return Check(FAIL, "azureml", "cannot be imported", "pip install --force-reinstall trainshed")
    place = spec.origin or ", ".join(spec.submodule_search_locations or ())
    real = _real_version()
    beside = f"; the real azureml-core {real} is installed beside it" if real else ""
    if _is_ours(spec.origin):
        return Check(OK, "azureml", f"Trainshed's, from {place}{beside}")
    if os.environ.get("TRAINSHED_V1") == "off":
        return Check(WARN, "azureml", f"the real one, from {place}", "TRAINSHED_V1=off is set: unset TRAINSHED_V1")
    return Check(FAIL, "azureml", f"not Trainshed's: {place}", "pip install --force-reinstall trainshed")


def _is_ours(origin: str | None) -> bool:
    """Our package says in its first line who answers it; the folder's name differs between wheel and clone."""
    if origin is None:
        return False
    try:
        return "trainshed" in Path(origin).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False


def _real_version() -> str | None:
    from importlib import metadata

    try:
        return metadata.version("azureml-core")
    except metadata.PackageNotFoundError:
        return None


def check_home(layout: HomeLayout) -> Check:
    """The folder that holds everything: ours alone, and writable."""
    home = layout.root
    if not home.exists():
        why = _why_not(_existing(home))
        if why:
            return Check(FAIL, "home", f"{home} cannot be made: {why}", "Make it, or set TRAINSHED_HOME to another.")
        return Check(OK, "home", f"{home}, made when it is first needed")
    if not home.is_dir() or _why_not(home):
        return Check(FAIL, "home", f"{home} is no folder that you can write to", "Set TRAINSHED_HOME to one.")
    if stat.S_IMODE(home.stat().st_mode) & 0o077:
        return Check(WARN, "home", f"{home} is open to other users", f"chmod 700 {home}")
    return Check(OK, "home", str(home))


def _why_not(folder: Path) -> str:
    """Why no folder can be made in this one; empty when one can. Rights alone don't tell, least of all to root."""
    import tempfile

    try:
        Path(tempfile.mkdtemp(prefix=".trainshed-", dir=folder)).rmdir()
    except OSError as error:
        return f"{folder}: {error.strerror}"
    return ""


def check_space(layout: HomeLayout) -> Check:
    """Room on the home's disk."""
    free_bytes = shutil.disk_usage(_existing(layout.root)).free
    found = f"{words.size(free_bytes)} free"
    if free_bytes < _TOO_LOW_BYTES:
        return Check(FAIL, "disk space", found, "trainshed prune, or free space by other means")
    if free_bytes < _LOW_BYTES:
        return Check(WARN, "disk space", found, "trainshed du, trainshed prune")
    return Check(OK, "disk space", found)


def _existing(path: Path) -> Path:
    return next(folder for folder in (path, *path.parents) if os.path.lexists(folder))


def check_file_system(layout: HomeLayout) -> Check:
    """Locks and SQLite need a local file system."""
    from trainshed.client.mounts import NETWORK_TYPES, fs_type_of

    kind = fs_type_of(str(layout.root))
    if kind in NETWORK_TYPES:
        way_out = "Set TRAINSHED_HOME to a folder on a local disk, or TRAINSHED_SERVER to a team server."
        return Check(FAIL, "file system", f"{kind} is a network file system", way_out)
    return Check(OK, "file system", kind or "unknown here")


def check_socket(layout: HomeLayout) -> Check:
    """Unix sockets have short names; without one the loopback port does."""
    length = len(os.fsencode(layout.forker_socket("0" * 12)))
    if length > _SOCKET_PATH_LIMIT_BYTES:
        found = f"{length} bytes are too many for a Unix socket under {layout.root}"
        return Check(WARN, "socket", found, "Set TRAINSHED_HOME to a shorter path; runs start slower meanwhile.")
    return Check(OK, "socket", str(layout.socket))


def check_git() -> Check:
    """Without git, runs carry no commit."""
    try:
        ask = ["git", "--version"]
        asked = subprocess.run(ask, capture_output=True, text=True, timeout=_GIT_DEADLINE_S, check=True)
    except (OSError, subprocess.SubprocessError):
        return Check(WARN, "git", "not found: runs will not say which commit they ran", "apt install git")
    return Check(OK, "git", asked.stdout.strip().removeprefix("git version "))
