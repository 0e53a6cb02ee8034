"""Start a rank's command: a process of its own session, with nothing of ours in it."""

from __future__ import annotations

import errno
import os
from typing import Callable, Optional

from trainshed.contract.messages import ShimCommand
from trainshed.contract.wire import dumps, loads
from trainshed.node import disk, namespaces, signals

#: Added to the kernel's out-of-memory score, so that it takes training before us.
_OOM_SCORE = 500
_HINTS = {
    errno.ENOENT: "there is no such program on this node, or the one named in its first line (#!) is missing",
    errno.EACCES: "it is not executable for this user",
    errno.ENOEXEC: "it is not a program for this machine",
    errno.E2BIG: "its arguments and environment are longer than the system allows",
}
_GO = b"!"
_SIZE_BYTES = 4


class Child:
    """A forked child that waits to be told what to become. It goes when its parent does, and leaves nothing behind."""

    def __init__(self) -> None:
        self._fork()

    def _fork(self) -> None:
        gate_out, self._gate = os.pipe()
        self._words, words_in = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self._gate)
            os.close(self._words)
            _become(gate_out, words_in)
        os.close(gate_out)
        os.close(words_in)

    def start(self, command: ShimCommand, before_exec: Callable[[int], None]) -> Optional[str]:
        """Let ``before_exec`` put the child's pid on record, then let the child exec.

        Returns:
            Why it could not execute the command; None: it does. The caller reaps it in both cases.
        """
        while not self._tell(command):
            os.waitpid(self.pid, 0)
            os.close(self._gate)
            os.close(self._words)
            self._fork()
        before_exec(self.pid)
        try:
            os.write(self._gate, _GO)
        except BrokenPipeError:
            pass  # killed already: its exit status tells
        os.close(self._gate)
        with os.fdopen(self._words, "rb") as words:
            failure = words.read().decode("utf-8", "surrogateescape")
        return failure or None

    def _tell(self, command: ShimCommand) -> bool:
        """False when somebody killed the child while it waited; nobody has heard of it yet."""
        data = dumps(command)
        try:
            disk.write_all(self._gate, len(data).to_bytes(_SIZE_BYTES, "big") + data)
        except BrokenPipeError:
            return False
        return True


def _become(gate: int, words: int) -> None:
    """In the child: never returns. Whatever goes wrong is written to ``words``, which exec closes."""
    try:
        command = _read_command(gate)
        if command is not None:
            _exec(command, gate, words)
    except OSError as error:
        _say(words, "%s: %s" % (error.filename or "the system refused", error.strerror))
    except BaseException as error:  # noqa: BLE001  this process has no caller to raise it to
        _say(words, repr(error))
    finally:
        os._exit(127)


def _read_command(gate: int) -> Optional[ShimCommand]:
    size = int.from_bytes(_read_exactly(gate, _SIZE_BYTES), "big")
    data = _read_exactly(gate, size)
    return loads(ShimCommand, data) if data else None  # the parent is gone


def _read_exactly(fd: int, size: int) -> bytes:
    """Not a byte more; fewer only when the other end was closed before, and then none."""
    data = b""
    while len(data) < size:
        more = os.read(fd, size - len(data))
        if not more:
            return b""
        data += more
    return data


def _exec(command: ShimCommand, gate: int, words: int) -> None:
    os.setsid()
    os.umask(0o022)
    _raise_oom_score()
    log = os.open(_encoded(command.log), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    _close_all_but(gate, words)
    if command.mounts and not _mount(command, words):
        return
    try:
        os.chdir(_encoded(command.cwd))
    except OSError as error:
        _say(words, "its working folder %s cannot be entered: %s" % (command.cwd, error.strerror))
        return
    environment = {_encoded(name): _encoded(value) for name, value in command.environment.items()}
    argv = [_encoded(word) for word in command.argv]
    signals.restore_defaults()
    if os.read(gate, 1) != _GO:
        return
    try:
        os.execve(argv[0], argv, environment)
    except (OSError, ValueError) as error:
        hint = _HINTS.get(getattr(error, "errno", None) or 0, getattr(error, "strerror", None) or str(error))
        _say(words, "%s cannot be started: %s" % (command.argv[0], hint))


def _mount(command: ShimCommand, words: int) -> bool:
    # In this process, not in the shim: the shim goes on seeing the machine as it is.
    try:
        namespaces.enter(command.mounts)
    except OSError as error:
        sources = {mount.target: mount.source for mount in command.mounts}
        place = error.filename or "its own view of the file system"
        given = sources.get(place)
        _say(words, "%s cannot be mounted%s: %s" % (given or place, " at %s" % place if given else "", error.strerror))
        return False
    return True


def _raise_oom_score() -> None:
    try:
        with open("/proc/self/oom_score_adj", "r+", encoding="ascii") as file:
            own = int(file.read())
            file.seek(0)
            file.write("%d" % max(own, _OOM_SCORE))
    except OSError:
        pass  # not Linux, or a sandbox: then the kernel chooses by itself


def _close_all_but(*kept: int) -> None:
    try:
        opened = [int(name) for name in os.listdir("/dev/fd")]
    except OSError:
        opened = list(range(256))
    for fd in opened:
        if fd > 2 and fd not in kept:
            try:
                os.close(fd)
            except OSError:
                pass  # the descriptor of the listing itself


def _encoded(text: str) -> bytes:
    # Not os.fsencode: that depends on the locale of whoever started us.
    return text.encode("utf-8", "surrogateescape")


def _say(words: int, text: str) -> None:
    os.write(words, text.encode("utf-8", "surrogateescape"))
