"""The ``trainshed`` command: finds the verb, imports that verb alone, and turns errors into words and an exit code.

docs/decisions.md tells why argparse parses here: the command's start is a part of every run's time.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Protocol, cast

from trainshed.cli import exits

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from trainshed.cli.output import Output

#: Every verb and its module, in the order of the help page.
VERBS = {
    "run": "trainshed.cli.run",
    "runs": "trainshed.cli.runs",
    "show": "trainshed.cli.show",
    "logs": "trainshed.cli.logs",
    "cancel": "trainshed.cli.cancel",
    "download": "trainshed.cli.download",
    "models": "trainshed.cli.models",
    "env": "trainshed.cli.env",
    "portal": "trainshed.cli.portal",
    "compute": "trainshed.cli.compute",
    "snapshot": "trainshed.cli.snapshot",
    "server": "trainshed.cli.server",
    "doctor": "trainshed.cli.doctor",
    "du": "trainshed.cli.du",
    "prune": "trainshed.cli.prune",
    "completion": "trainshed.cli.completion",
    "help": "trainshed.cli.help",
    "version": "trainshed.cli.version",
}


#: What the shells' completion types, followed by the words so far; no verb for people.
COMPLETE = "__complete"
#: How much a word must be like a verb's: rnus is, bogus is not.
_CLOSE = 0.7


class Verb(Protocol):
    """What a verb's module holds."""

    SUMMARY: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the verb's own options; ``--json`` is added to each."""

    def execute(self, args: argparse.Namespace, out: Output) -> int:
        """Do it; the exit code."""


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point of the command; ``argv`` without the program's name, None: the process's own."""
    if sys.version_info < (3, 10):
        print("trainshed: the command needs Python 3.10 or newer; scripts run on 3.8.", file=sys.stderr)
        return exits.OURS
    words = list(sys.argv[1:] if argv is None else argv)
    if words and words[0] == COMPLETE:
        return _complete(words[1:])
    if not words or words[0] in ("-h", "--help"):
        words = ["help"]
    if words[0] in ("-V", "--version"):
        words[0] = "version"
    if words[0] not in VERBS:
        return _unknown(words[0], as_json="--json" in words)
    return _execute(words[0], words[1:])


def _execute(name: str, words: list[str]) -> int:
    from trainshed.cli import interrupts
    from trainshed.cli.output import Output
    from trainshed.contract.exceptions import AzureMLException

    verb = load(name)
    # What follows -- is the script's; argparse would take -- away in other places too.
    rest = words[words.index("--") + 1 :] if "--" in words else []
    own = words[: len(words) - len(rest) - ("--" in words)]
    args = parser_of(name, verb, as_json="--json" in own).parse_intermixed_args(own)
    args.rest = rest
    out = Output(as_json=args.json)
    interrupts.listen()
    try:
        code = verb.execute(args, out)
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        return exits.INTERRUPTED
    except BrokenPipeError:
        return _reader_left()
    except (AzureMLException, OSError) as error:
        return _failed(name, error, out)
    finally:
        interrupts.end()


def _failed(name: str, error: OSError | BaseException, out: Output) -> int:
    from trainshed.cli.errors import describe

    failure = describe(error, name)  # type: ignore[arg-type]
    out.failure(failure)
    return exits.OURS if name == "run" else failure.exit_code


def _reader_left() -> int:
    """The reader of our output (``| head``) has enough. Python's last flush must not complain about it."""
    import os

    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return exits.BROKEN_PIPE


def load(name: str) -> Verb:
    """The module of a verb."""
    from importlib import import_module

    return cast("Verb", import_module(VERBS[name]))


def parser_of(name: str, verb: Verb, *, as_json: bool = False) -> argparse.ArgumentParser:
    """A verb's parser. ``run`` answers bad usage with its own exit code; ``as_json``: bad usage is told so."""
    from trainshed.cli.parser import VerbParser

    parser = VerbParser(
        prog=f"trainshed {name}", description=verb.SUMMARY, exit_code=_usage_exit(name), as_json=as_json
    )
    parser.add_argument("--json", action="store_true", help="print JSON for programs")
    verb.add_arguments(parser)
    return parser


def _usage_exit(name: str) -> int:
    return exits.OURS if name == "run" else exits.USAGE


def _complete(words: list[str]) -> int:
    from trainshed.cli.completing import candidates

    print(*candidates(words), sep="\n")
    return exits.DONE


def _unknown(word: str, *, as_json: bool) -> int:
    from difflib import get_close_matches

    from trainshed.cli.errors import Failure
    from trainshed.cli.output import Output

    close = get_close_matches(word, VERBS, 1, _CLOSE)
    hint = f"trainshed {close[0]}" if close else "trainshed --help"
    failure = Failure("bad_usage", f"there is no verb {word!r}.", hint, exits.USAGE, {"verb": word})
    Output(as_json=as_json).failure(failure)
    return failure.exit_code


if __name__ == "__main__":
    sys.exit(main())
