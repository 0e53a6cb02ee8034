"""The environments folder: what is known, what is whole, who uses what."""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from contextlib import contextmanager
from typing import Callable, Iterator, List, Optional, Set

from trainshed.contract.frozen import dataclass
from trainshed.contract.layout import EnvironmentLayout, EnvironmentsLayout, NodeLayout
from trainshed.contract.messages import EnvironmentUse
from trainshed.contract.wire import dumps
from trainshed.node import disk
from trainshed.node.environments.pythons import Python
from trainshed.node.environments.uv import Pause

_LOOK_S = 0.02
_TOLD_AFTER_S = 0.5


@dataclass(frozen=True)
class Answer:
    """``requests/<key>.json``: the environment that answers a request."""

    environment: str


@dataclass(frozen=True)
class Facts:
    """``complete.json``.

    Args:
        python: the version.
        base: the Python that it was made from.
        fingerprint: see :func:`fingerprint`.
        boot: of the machine, so that a power loss is noticed.
    """

    python: str
    base: str
    fingerprint: str
    boot: str
    built_at: str
    took_s: float


@dataclass(frozen=True)
class Built:
    """A whole build of an environment, in use by this node folder from now on."""

    name: str
    number: int
    folder: str
    facts: Facts

    @property
    def python(self) -> str:
        return os.path.join(self.folder, "bin", "python")


class Store:
    """``environments/`` as one agent sees it.

    Args:
        user: the node folder, which is on record for each build that it uses.
        attempt: names it.
    """

    def __init__(
        self, layout: EnvironmentsLayout, user: NodeLayout, attempt: str, pause: Pause, say: Callable[[str], None]
    ) -> None:
        self.layout = layout
        self._user = user
        self._use_name = "%s-%s" % (attempt, user.root.name)
        self._pause = pause
        self._say = say
        self._said: Set[str] = set()

    # --- locks

    @contextmanager
    def holding(self, name: str, *, shared: bool = False) -> Iterator[None]:
        """Hold the lock of an environment or a request; waits for others, and is told of in the log.

        Raises:
            Whatever ``pause`` raises when the run is not wanted any more.
        """
        path = str(self.layout.lock(name))
        os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            self._wait_for(fd, shared=shared)
            yield
        finally:
            os.close(fd)

    def _wait_for(self, fd: int, *, shared: bool) -> None:
        import fcntl

        began, told = time.monotonic(), False
        while True:
            try:
                return fcntl.flock(fd, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
            except BlockingIOError:
                pass
            if not told and time.monotonic() - began > _TOLD_AFTER_S:
                self._say("another run is building the same environment: waiting for it")
                told = True
            self._pause(_LOOK_S, ())

    # --- what is known

    def answer(self, key: str) -> Optional[Answer]:
        """The environment that answers a request, if it was resolved before and its lock is there."""
        found = disk.read_record(self.layout.request(key), Answer)
        if found is None or not self.layout.environment(found.environment).locked.exists():
            return None
        _touch(str(self.layout.request(key)))
        return found

    def remember(self, key: str, answer: Answer) -> None:
        """From now on the request has this answer."""
        path = self.layout.request(key)
        os.makedirs(os.path.dirname(str(path)), mode=0o755, exist_ok=True)
        disk.write_whole(path, dumps(answer))

    def keep_lock(self, name: str, lock: str, python: Python) -> None:
        """Write an environment's lock and its Python, before it is built."""
        layout = self.layout.environment(name)
        os.makedirs(str(layout.root), mode=0o755, exist_ok=True)
        disk.write_record(layout.base, python)
        if not layout.locked.exists():
            disk.write_whole(layout.locked, lock.encode("utf-8"))

    def lock_text(self, name: str) -> str:
        """An environment's lock."""
        with open(self.layout.environment(name).locked, encoding="utf-8") as file:
            return file.read()

    # --- builds

    def use(self, name: str) -> Optional[Built]:
        """The newest whole build, on record as used by this node; None: there is none that is as it was built."""
        with self.holding(name, shared=True):
            return self.use_locked(name)

    def use_locked(self, name: str) -> Optional[Built]:
        """:meth:`use`, for who holds the environment's lock."""
        layout = self.layout.environment(name)
        newest = max(numbers(layout), default=None)
        if newest is None:
            return None
        facts = disk.read_record(layout.complete(newest), Facts)
        if facts is None or not self._is_sound(layout, newest, facts):
            return None
        self._take_into_use(layout, newest)
        return Built(name, newest, str(layout.build(newest)), facts)

    def _is_sound(self, layout: EnvironmentLayout, number: int, facts: Facts) -> bool:
        folder = str(layout.build(number))
        if not os.access(os.path.join(folder, "bin", "python"), os.X_OK):
            self._say_once("the Python that environment %s was built with is gone: it is built anew" % layout.root.name)
            return False
        if facts.boot != boot() and not layout.settled(number).exists():
            self._say_once("environment %s may not be whole after a power loss: it is built anew" % layout.root.name)
            return False
        if facts.fingerprint != fingerprint(folder):
            self._say_once(
                "environment %s was changed after it was built (by `pip install`?): this run gets a clean one"
                % layout.root.name
            )
            return False
        return True

    def _say_once(self, words: str) -> None:
        """A build is looked at before its lock is held and after."""
        if words not in self._said:
            self._said.add(words)
            self._say(words)

    def _take_into_use(self, layout: EnvironmentLayout, number: int) -> None:
        os.makedirs(str(layout.uses), mode=0o755, exist_ok=True)
        use = EnvironmentUse(str(self._user.root), number)
        disk.write_whole(layout.uses / self._use_name, dumps(use))
        _touch(str(layout.complete(number)))

    def release(self, name: str) -> None:
        """The node needs the environment no more."""
        try:
            os.unlink(str(self.layout.environment(name).uses / self._use_name))
        except OSError:
            pass  # pruned with all else

    def next_number(self, name: str) -> int:
        """For a new build. What lies there half made is removed, and builds that nobody uses, too."""
        layout = self.layout.environment(name)
        kept = in_use(str(layout.uses))
        for entry in os.listdir(str(layout.root)):
            if entry.isdigit() and int(entry) not in kept:
                self.remove(str(layout.root / entry))
        return max(kept, default=0) + 1

    def remove(self, folder: str) -> None:
        """At once under its name; somebody who still writes into it writes into nothing that anybody looks at."""
        aside = str(self.layout.work / ("gone-%s" % os.urandom(8).hex()))
        os.makedirs(os.path.dirname(aside), mode=0o755, exist_ok=True)
        os.rename(folder, aside)
        shutil.rmtree(aside, ignore_errors=True)


def in_use(uses: str) -> List[int]:
    """The builds of which a living node folder says, in an environment's folder ``uses``, that it uses them."""
    try:
        names = os.listdir(uses)
    except FileNotFoundError:
        return []
    found = [disk.read_record(os.path.join(uses, name), EnvironmentUse) for name in names]
    return [use.build for use in found if use is not None and is_living(use.node_folder)]


def is_living(node_folder: str) -> bool:
    """Whether a node folder is still at work."""
    return os.path.isdir(node_folder) and not os.path.exists(os.path.join(node_folder, "done.json"))


def numbers(layout: EnvironmentLayout) -> List[int]:
    """The whole builds."""
    try:
        names = os.listdir(str(layout.root))
    except FileNotFoundError:
        return []
    return [int(name) for name in names if name.isdigit() and layout.complete(int(name)).exists()]


def fingerprint(folder: str) -> str:
    """Changes when a package is installed, replaced or removed, but not by the byte code that imports write."""
    found: List[str] = []
    for place in [*site_packages(folder), os.path.join(folder, "bin")]:
        with os.scandir(place) as entries:
            for entry in entries:
                if entry.name != "__pycache__":
                    found.append(_facts(entry))
    return hashlib.sha256("\n".join(sorted(found)).encode("utf-8", "surrogateescape")).hexdigest()[:32]


def _facts(entry: os.DirEntry[str]) -> str:
    seen = entry.stat(follow_symlinks=False)
    if entry.is_dir(follow_symlinks=False) and not entry.name.endswith((".dist-info", ".egg-info")):
        return "%s %d" % (entry.name, seen.st_ino)
    return "%s %d %d %d" % (entry.name, seen.st_ino, seen.st_mtime_ns, seen.st_size)


def site_packages(folder: str) -> List[str]:
    """Where a virtual environment's packages lie."""
    lib = os.path.join(folder, "lib")
    names = [name for name in os.listdir(lib) if name.startswith("python")]
    return [os.path.join(lib, name, "site-packages") for name in sorted(names)]


def boot() -> str:
    """Another one after each start of the machine; empty where nothing tells."""
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            return file.read().strip()
    except OSError:
        return ""


def _touch(path: str) -> None:
    """Used now: what was not for long may be pruned."""
    try:
        os.utime(path)
    except OSError:
        pass
