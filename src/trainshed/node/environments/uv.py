"""uv, called as a program: its words go to the log as they come, and it ends when the run is cancelled."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from typing import Callable, Dict, List, Mapping, Optional, Sequence, Tuple

from trainshed.contract.frozen import dataclass
from trainshed.node import processes
from trainshed.node.environments import pip_settings
from trainshed.node.environments.old_setuptools import Limit, limit_for
from trainshed.node.environments.trouble import CannotBuild

#: In the environment of uv and all that it starts: what it works for, so that an orphan is found.
MARK = "TRAINSHED_BUILDS"
_FROM_OTHERS = re.compile(r"(?<=://)[^/\s@]+@")
_COMPLAINT = re.compile("error|\\s*\u00d7")
_LOOK_S, _REAP_S = 0.2, 0.002
#: Settings of uv that would make it do another thing than it is asked for.
_NOT_PASSED_ON = frozenset(
    "UV_" + name
    for name in (
        *("PYTHON", "SYSTEM_PYTHON", "BREAK_SYSTEM_PACKAGES", "MANAGED_PYTHON", "NO_MANAGED_PYTHON", "PREVIEW"),
        *("PROJECT", "PROJECT_ENVIRONMENT", "WORKING_DIR", "TARGET", "OUTPUT_FILE", "CUSTOM_COMPILE_COMMAND"),
        *("VENV_CLEAR", "VENV_SEED", "VENV_RELOCATABLE", "COMPILE_BYTECODE", "EXCLUDE_NEWER", "RESOLUTION"),
        "REQUIRE_HASHES",
    )
)
#: Those that may lead to another resolution.
_SOURCES = tuple(
    "UV_" + name
    for name in (
        *("DEFAULT_INDEX", "INDEX", "INDEX_URL", "EXTRA_INDEX_URL", "FIND_LINKS", "CONSTRAINT", "INDEX_STRATEGY"),
        *("PRERELEASE", "TORCH_BACKEND", "OVERRIDE", "CONFIG_FILE"),
    )
)
#: How much of what uv says is kept for an error, in lines.
_KEPT_LINES = 60

_LIMIT_FILE = "setuptools.in"

Pause = Callable[[float, Sequence[int]], None]


def redacted(text: str) -> str:
    """Without names and passwords in addresses."""
    return _FROM_OTHERS.sub("****@", text)


@dataclass(frozen=True)
class Settings:
    """What uv is run with. ``facts`` tells apart settings that may lead to another resolution."""

    variables: Mapping[str, str]
    options: Tuple[str, ...]

    @property
    def facts(self) -> Sequence[str]:
        """Where packages come from; hashed, never written down."""
        return [*("%s=%s" % (name, self.variables.get(name, "")) for name in _SOURCES), *self.options]


def settings(inherited: Mapping[str, str], building: Mapping[str, str], prefix: str = "") -> Settings:
    """uv's environment and options from what the submitting side has.

    Args:
        inherited: what training takes over, too.
        building: what only building does: pip's and uv's variables.
        prefix: of the Python environment whose own pip.conf counts.
    """
    given = {**inherited, **building}
    pip = pip_settings.for_uv(given, prefix)
    kept = {name: value for name, value in given.items() if not name.startswith("PIP_") and name not in _NOT_PASSED_ON}
    kept.setdefault("PATH", os.environ.get("PATH") or os.defpath)
    kept.setdefault("HOME", os.path.expanduser("~"))
    # Its words go to a file.
    kept.update({"UV_NO_PROGRESS": "1", "NO_COLOR": "1", **pip.variables})
    return Settings(kept, pip.options)


class Uv:
    """Runs uv. ``say`` gets its lines; ``pause`` waits for descriptors, and raises when the run is not wanted any more.

    Args:
        mark: what is built, in the environment of every process that is started.
    """

    def __init__(self, program: str, settings: Settings, mark: str, say: Callable[[str], None], pause: Pause) -> None:
        self._program = program
        self._settings = settings
        self.mark = mark
        self._say = say
        self._pause = pause

    @property
    def sources(self) -> Tuple[str, ...]:
        """Options for commands that look for packages."""
        return self._settings.options

    def run(self, *words: str, cwd: str, quietly: bool = False) -> str:
        """Run ``uv words...`` to its end; what it said. Where a source package of old needs an older setuptools to be
        built than there is today, it is tried again with one.

        Args:
            quietly: into the log only what it says when it fails.

        Raises:
            CannotBuild: it failed, with its words.
        """
        try:
            return self._run(words, cwd, quietly=quietly)
        except CannotBuild as error:
            limit = limit_for(error.words)
            if limit is None:
                raise
            return self._run_with(limit, error, words, cwd, quietly=quietly)

    def _run_with(self, limit: Limit, first: CannotBuild, words: Sequence[str], cwd: str, *, quietly: bool) -> str:
        says = "a source package wants %s, which newer ones lack: building once more with %s"
        self._say(says % (limit.what, limit.requirement))
        with open(os.path.join(cwd, _LIMIT_FILE), "w", encoding="ascii") as file:
            file.write(limit.requirement + "\n")
        options = self._limiting("--build-constraints", "UV_BUILD_CONSTRAINT")
        if "compile" in words:
            # What needs it to be built needs it at run time, too, where it asks for setuptools at all.
            options += self._limiting("--constraints", "UV_CONSTRAINT")
        try:
            return self._run((*words, *options), cwd, quietly=quietly)
        except CannotBuild as error:
            stricter = limit_for(error.words, limit)
            if stricter is None:
                self._say("that did not help")
                raise first from None
            return self._run_with(stricter, first, words, cwd, quietly=quietly)

    def _limiting(self, option: str, variable: str) -> List[str]:
        """The option takes the variable's place: what that named is named here."""
        files = [*self._settings.variables.get(variable, "").split(), _LIMIT_FILE]
        return [word for file in files for word in (option, file)]

    def _run(self, words: Sequence[str], cwd: str, *, quietly: bool) -> str:
        environment: Dict[str, str] = {**self._settings.variables, MARK: self.mark}
        try:
            child = subprocess.Popen(
                [self._program, *words],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                cwd=cwd,
                env=environment,
                start_new_session=True,
            )
        except OSError as error:
            raise CannotBuild("uv (%s) cannot be started: %s" % (self._program, error.strerror)) from error
        said: List[str] = []
        try:
            self._listen(child, said, aloud=not quietly)
        finally:
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
            assert child.stderr is not None
            child.stderr.close()
        text = "\n".join(said)
        if child.returncode < 0:
            how = "uv %s was ended by signal %d" % (words[0], -child.returncode)
            raise CannotBuild("\n".join([how, _complaint(said)]).strip())
        if child.returncode != 0:
            raise CannotBuild(_complaint(said) or "uv %s ended with code %d" % (words[0], child.returncode))
        return text

    def _listen(self, child: subprocess.Popen[bytes], said: List[str], *, aloud: bool) -> None:
        """Until it has ended; what it left running may keep the pipe open, and is not waited for."""
        assert child.stderr is not None
        fd = child.stderr.fileno()
        os.set_blocking(fd, False)
        rest = b""
        open_yet = True
        while open_yet or child.poll() is None:
            # It ends as soon as it has closed the pipe.
            self._pause(_LOOK_S if open_yet else _REAP_S, (fd,) if open_yet else ())
            data = _read(fd) if open_yet else None
            if data == b"":
                open_yet = False
            elif data:
                *lines, rest = (rest + data).split(b"\n")
                self._take(lines, said, aloud=aloud)
            elif child.poll() is not None:
                break
        self._take([rest] if rest else [], said, aloud=aloud)

    def _take(self, lines: Sequence[bytes], said: List[str], *, aloud: bool) -> None:
        texts = [redacted(line.decode("utf-8", "replace").rstrip()) for line in lines]
        if aloud and texts:
            self._say("\n".join(texts))
        said += texts
        del said[:-_KEPT_LINES]

    def end_orphans(self) -> None:
        """End what an agent that was killed left at work on the same thing. For the holder of its lock."""
        while True:
            found = processes.marked(["%s=%s" % (MARK, self.mark)])
            if not found:
                return
            for pid in found:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            time.sleep(0.01)


def _complaint(lines: Sequence[str]) -> str:
    """What uv says from its first complaint on; before that it tells of what went well."""
    first = next((number for number, line in enumerate(lines) if _COMPLAINT.match(line)), 0)
    return "\n".join(lines[first:]).strip()


def _read(fd: int) -> Optional[bytes]:
    """What is there; None: nothing now; empty: nothing any more."""
    try:
        return os.read(fd, 65536)
    except BlockingIOError:
        return None
