"""The parser that every verb gets."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from datetime import datetime


class VerbParser(argparse.ArgumentParser):
    """argparse without guessing of shortened options, with the exit code that the verb documents."""

    def __init__(self, *, exit_code: int, as_json: bool = False, **kwargs: Any) -> None:
        super().__init__(allow_abbrev=False, formatter_class=_Formatter, **kwargs)
        self._exit_code = exit_code
        self._as_json = as_json

    def error(self, message: str) -> NoReturn:
        """What was typed is wrong: the usage, what is wrong, where to read on."""
        if self._as_json:
            from trainshed.cli.errors import Failure
            from trainshed.cli.output import Output

            Output(as_json=True).failure(Failure("bad_usage", message, f"{self.prog} --help", self._exit_code, {}))
            self.exit(self._exit_code)
        self.print_usage(sys.stderr)
        hint = "Arguments for the script go after --\n" if self.prog == "trainshed run" and "unrecog" in message else ""
        self.exit(self._exit_code, f"trainshed: {message}\n{hint}  next: {self.prog} --help\n")


class _Formatter(argparse.HelpFormatter):
    """argparse makes one for each option, to check it, and imports shutil (5 ms) to ask the terminal for its width."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=_width() - 2)


def _width() -> int:
    try:
        return int(os.environ["COLUMNS"])
    except (KeyError, ValueError):
        pass
    try:
        return os.get_terminal_size(sys.__stdout__.fileno()).columns or 80 if sys.__stdout__ else 80
    except (OSError, ValueError):
        return 80


def key_value(text: str) -> tuple[str, str]:
    """``k=v`` as a pair; the value may hold further ``=``."""
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise argparse.ArgumentTypeError(f"{text!r} is not KEY=VALUE")
    return key, value


def duration_s(text: str) -> float:
    """``90``, ``90s``, ``15m``, ``6h``, ``7d`` in seconds."""
    units = {"s": 1, "m": 60, "h": 3600, "d": 86400}
    number, unit = (text[:-1], text[-1]) if text[-1:] in units else (text, "s")
    try:
        seconds = float(number) * units[unit]
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is no duration; write 90s, 15m, 6h or 7d")
    return seconds


def when(text: str) -> datetime:
    """A day, a time, or how long ago."""
    from trainshed.cli.times import moment
    from trainshed.contract.wire import now

    try:
        return moment(text, now())
    except (ValueError, OverflowError):
        message = f"{text!r} is no time; write 2026-11-24, 2026-11-24T15:30, today, yesterday, 90m, 6h or 7d"
        raise argparse.ArgumentTypeError(message) from None


def count(text: str) -> int:
    """A whole number above 0."""
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number above 0")
    return number
