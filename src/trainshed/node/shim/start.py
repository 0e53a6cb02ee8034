"""Start a rank's command: a process of its own session, with nothing of ours in it."""

from __future__ import annotations

import errno
import os
from typing import Callable, Optional, Tuple

from trainshed.contract.messages import ShimCommand
from trainshed.node import signals

#: Added to the kernel's out-of-memory score, so that it takes training before us.
_OOM_SCORE = 500
_HINTS = {
    errno.ENOENT: "there is no such program on this node, or the one named in its first line (#!) is missing",
    errno.EACCES: "it is not executable for this user",
    errno.ENOEXEC: "it is not a program for this machine",
    errno.E2BIG: "its arguments and environment are longer than the system allows",
}


def start(command: ShimCommand, before_exec: Callable[[int], None]) -> Tuple[int, Optional[str]]:
    """Fork, let ``before_exec`` put the child's pid on record, then let the child exec.

    A caller that dies in ``before_exec`` leaves nothing behind: the child ends with it.

    Returns:
        The child's pid, and why it could not execute the command (None: it does). The caller reaps it in both cases.
    """
    gate_out, gate_in = os.pipe()
    words_out, words_in = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(gate_in)
        _become(command, gate_out, words_in)
    os.close(gate_out)
    os.close(words_in)
    before_exec(pid)
    try:
        os.write(gate_in, b"!")
    except BrokenPipeError:
        pass  # killed already: its exit status tells
    os.close(gate_in)
    with os.fdopen(words_out, "rb") as words:
        failure = words.read().decode("utf-8", "surrogateescape")
    return pid, failure or None


def _become(command: ShimCommand, gate: int, words: int) -> None:
    """In the child: never returns. Whatever goes wrong is written to ``words``, which exec closes."""
    try:
        if os.read(gate, 1):
            _exec(command, words)
    except OSError as error:
        _say(words, "%s: %s" % (error.filename or command.argv[0], error.strerror))
    except BaseException as error:  # noqa: BLE001  this process has no caller to raise it to
        _say(words, repr(error))
    finally:
        os._exit(127)


def _exec(command: ShimCommand, words: int) -> None:
    os.setsid()
    os.umask(0o022)
    _raise_oom_score()
    log = os.open(_encoded(command.log), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    _close_all_but(words)
    try:
        os.chdir(_encoded(command.cwd))
    except OSError as error:
        _say(words, "its working folder %s cannot be entered: %s" % (command.cwd, error.strerror))
        return
    environment = {_encoded(name): _encoded(value) for name, value in command.environment.items()}
    argv = [_encoded(word) for word in command.argv]
    signals.restore_defaults()
    try:
        os.execve(argv[0], argv, environment)
    except (OSError, ValueError) as error:
        hint = _HINTS.get(getattr(error, "errno", None) or 0, getattr(error, "strerror", None) or str(error))
        _say(words, "%s cannot be started: %s" % (command.argv[0], hint))


def _raise_oom_score() -> None:
    try:
        with open("/proc/self/oom_score_adj", "r+", encoding="ascii") as file:
            own = int(file.read())
            file.seek(0)
            file.write("%d" % max(own, _OOM_SCORE))
    except OSError:
        pass  # not Linux, or a sandbox: then the kernel chooses by itself


def _close_all_but(words: int) -> None:
    try:
        opened = [int(name) for name in os.listdir("/dev/fd")]
    except OSError:
        opened = list(range(256))
    for fd in opened:
        if fd > 2 and fd != words:
            try:
                os.close(fd)
            except OSError:
                pass  # the descriptor of the listing itself


def _encoded(text: str) -> bytes:
    # Not os.fsencode: that depends on the locale of whoever started us.
    return text.encode("utf-8", "surrogateescape")


def _say(words: int, text: str) -> None:
    os.write(words, text.encode("utf-8", "surrogateescape"))
