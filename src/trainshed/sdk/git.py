"""What git knows about a source folder: facts for the run's properties, and the changes that are not committed.

One ``git status`` is started before the folder is walked and read after the run is on its way; nothing here ever asks
for a password, takes git's locks, or starts a daemon. Variables ``AZUREML_GIT_*`` win over git, as in v1.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Dict, List, Mapping, Optional, Tuple

from trainshed.contract.tuples import NamedTuple
from trainshed.sdk.notices import warn, warn_once

if TYPE_CHECKING:
    from subprocess import Popen

DEADLINE_S = 2.0
#: For what is quick to tell; a git that did not answer in time shall not hold people up twice.
QUICK_DEADLINE_S = 0.5
DIFF_DEADLINE_S = 5.0
DIFF_MOST_BYTES = 10 * 2**20
#: The diff's name among the run's files.
DIFF_FILE = "system/git/uncommitted.diff"

_UNKNOWN = "unknown"
_VARIABLES = {
    "repository_uri": "AZUREML_GIT_REPOSITORY_URI",
    "branch": "AZUREML_GIT_BRANCH",
    "commit": "AZUREML_GIT_COMMIT",
    "dirty": "AZUREML_GIT_DIRTY",
    "build_id": "AZUREML_GIT_BUILD_ID",
    "build_uri": "AZUREML_GIT_BUILD_URI",
}
_MLFLOW = {
    "repository_uri": "mlflow.source.git.repoURL",
    "branch": "mlflow.source.git.branch",
    "commit": "mlflow.source.git.commit",
}
# They would lead git to another repository than the folder's.
_MISLEADING = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_PREFIX", "GIT_NAMESPACE")
_FOUND: Dict[str, Optional[str]] = {}  # git, by PATH
_URLS: Dict[Tuple[str, int, int, int], Optional[str]] = {}  # the remote's URL, by the stamp of .git/config


class Asked(NamedTuple):
    """A question on its way. ``status`` None: the folder is in no repository, or there is no git."""

    folder: str
    status: Optional[Popen[bytes]]
    deadline: float


class Status(NamedTuple):
    """What ``git status`` said. ``dirty``: None when it did not say in time. ``tracked``: files git knows changed."""

    commit: Optional[str] = None
    branch: Optional[str] = None
    dirty: Optional[bool] = None
    tracked: bool = False


def ask(folder: str) -> Asked:
    """Start asking about a folder; returns at once."""
    deadline = time.monotonic() + DEADLINE_S
    git = _git() if _repository(folder) else None
    if git is None:
        return Asked(folder, None, deadline)
    words = ["status", "--porcelain=v2", "--branch", "-z", "--untracked-files=normal", "--", "."]
    return Asked(folder, _start(git, folder, words), deadline)


def answer(asked: Asked) -> Tuple[Dict[str, str], Optional[bytes]]:
    """Wait for the answer, at most until the deadline.

    Returns:
        The run's properties, and the changes to tracked files of the folder that are not committed (a patch that
        ``git apply`` takes), None when there are none or they are too many.
    """
    facts: Dict[str, str] = {}
    diff = None
    if asked.status is not None:
        status = _read_status(asked)
        if status is not None:
            facts = _facts(status, asked)
            diff = _diff(asked.folder) if status.tracked and status.commit else None
    return _properties(facts, os.environ), diff


def cancel(asked: Asked) -> None:
    """End a question whose answer nobody wants any more."""
    if asked.status is not None and asked.status.poll() is None:
        asked.status.kill()
        asked.status.communicate()


def without_credentials(url: str) -> str:
    """A remote's URL without user names, passwords and tokens; ``git@host:path`` and local paths stay as they are."""
    scheme, found, rest = url.partition("://")
    if not found:
        return url
    host, slash, path = rest.partition("/")
    user, at, bare = host.rpartition("@")
    if scheme.lower() in ("http", "https"):
        return scheme + "://" + bare + slash + path.partition("?")[0].partition("#")[0]
    return scheme + "://" + user.partition(":")[0] + at + bare + slash + path


def parse_status(output: bytes) -> Status:
    """Read the output of ``git status --porcelain=v2 --branch -z``."""
    commit = branch = None
    dirty = tracked = skip = False
    for record in output.split(b"\0"):
        if skip:  # the old name of a renamed file
            skip = False
        elif record.startswith(b"# branch.oid "):
            commit = record[13:].decode("ascii", "replace")
        elif record.startswith(b"# branch.head "):
            branch = record[14:].decode("utf-8", "replace")
        elif record and not record.startswith(b"#"):
            dirty = True
            tracked = tracked or record[:1] in (b"1", b"2", b"u")
            skip = record.startswith(b"2 ")
    return Status(None if commit == "(initial)" else commit, None if branch == "(detached)" else branch, dirty, tracked)


def _repository(folder: str) -> Optional[str]:
    """The folder with ``.git``; without one above it is not worth asking git, and no process is started."""
    while True:
        if os.path.lexists(os.path.join(folder, ".git")):
            return folder
        above = os.path.dirname(folder)
        if above == folder:
            return None
        folder = above


def _git() -> Optional[str]:
    path = os.environ.get("PATH", "")
    if path not in _FOUND:
        from shutil import which

        _FOUND[path] = which("git")
        if _FOUND[path] is None:
            warn_once("git is not installed: the run is recorded without commit and branch.")
    return _FOUND[path]


def _start(git: str, folder: str, words: List[str]) -> Optional[Popen[bytes]]:
    import subprocess

    environment = {key: value for key, value in os.environ.items() if key not in _MISLEADING}
    environment.update(GIT_TERMINAL_PROMPT="0", GIT_OPTIONAL_LOCKS="0", GIT_ASKPASS="", SSH_ASKPASS="", LC_ALL="C")
    try:
        return subprocess.Popen(
            [git, "-C", folder, "-c", "core.fsmonitor=false", "-c", "core.quotepath=false", *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            close_fds=False,  # lets CPython use posix_spawn, however much memory the notebook holds
        )
    except OSError as error:
        warn_once("git could not be started (%s): the run is recorded without commit and branch." % error)
        return None


def _read_status(asked: Asked) -> Optional[Status]:
    assert asked.status is not None
    output = _output(asked.status, asked.deadline)
    if output is None:
        return _slow_status(asked.folder)
    if asked.status.returncode != 0:
        return None
    return parse_status(output)


def _output(process: Popen[bytes], deadline: float, *, is_quiet: bool = False) -> Optional[bytes]:
    """All that it printed; None when it is not done by then. What it complains about is said once, unless quiet."""
    import subprocess

    try:
        output, complaint = process.communicate(timeout=max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return None
    if process.returncode != 0 and complaint and not is_quiet:
        words = complaint.decode("utf-8", "replace").strip()
        warn_once("git says nothing about the source folder: %s" % words)
    return output


def _ask_now(folder: str, words: List[str], seconds: float) -> Optional[str]:
    git = _git()
    process = _start(git, folder, words) if git else None
    output = _output(process, time.monotonic() + seconds, is_quiet=True) if process else None
    if process is None or output is None or process.returncode != 0:
        return None
    return output.decode("utf-8", "replace").strip()


def _slow_status(folder: str) -> Status:
    """Commit and branch are quick to tell even where looking at every file is not."""
    words = _ask_now(folder, ["rev-parse", "HEAD", "--abbrev-ref", "HEAD"], QUICK_DEADLINE_S) or ""
    commit, _, branch = words.partition("\n")
    return Status(commit or None, None if branch == "HEAD" else branch or None, None)


def _facts(status: Status, asked: Asked) -> Dict[str, str]:
    facts = {"dirty": _UNKNOWN if status.dirty is None else str(status.dirty)}
    if status.commit:
        facts["commit"] = status.commit
    if status.branch:
        facts["branch"] = status.branch
    url = _remote_url(asked.folder, QUICK_DEADLINE_S if status.dirty is None else DEADLINE_S)
    if url:
        facts["repository_uri"] = url
    return facts


def _remote_url(folder: str, seconds: float) -> Optional[str]:
    """Where the branch is pulled from; asked once for each state of the repository's configuration."""
    config = os.path.join(_repository(folder) or folder, ".git", "config")
    try:
        found = os.stat(config)
    except OSError:  # a worktree, a submodule
        key = None
    else:
        key = (config, found.st_mtime_ns, found.st_ino, found.st_size)
        if key in _URLS:
            return _URLS[key]
    url = _ask_now(folder, ["ls-remote", "--get-url"], seconds)
    if url and ":" not in url and "/" not in url:  # without a remote it may answer with the word "origin"
        url = None
    if key is not None:
        _URLS[key] = url
    return url


def _properties(facts: Mapping[str, str], environ: Mapping[str, str]) -> Dict[str, str]:
    properties: Dict[str, str] = {}
    for name, variable in _VARIABLES.items():
        value = environ.get(variable) or facts.get(name)
        if not value:
            continue
        if name in ("repository_uri", "build_uri"):
            value = without_credentials(value)
        properties["azureml.git." + name] = value
        if name in _MLFLOW:
            properties[_MLFLOW[name]] = value
    return properties


def _diff(folder: str) -> Optional[bytes]:
    git = _git()
    words = ["diff", "HEAD", "--binary", "--no-color", "--no-ext-diff", "--no-textconv", "--", "."]
    process = _start(git, folder, words) if git else None
    if process is None:
        return None
    output = _output(process, time.monotonic() + DIFF_DEADLINE_S)
    if output is None:
        warn("The uncommitted changes were not kept: git diff took more than %g s." % DIFF_DEADLINE_S)
        return None
    if process.returncode != 0 or not output:
        return None
    if len(output) > DIFF_MOST_BYTES:
        warn("The uncommitted changes were not kept: %d MiB are too many." % (len(output) >> 20))
        return None
    return output
