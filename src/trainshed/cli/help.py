"""``trainshed help``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainshed.cli import exits

if TYPE_CHECKING:
    import argparse

    from trainshed.cli.output import Output

SUMMARY = "Tell what there is: the verbs, a verb's options, the exit codes."
EXIT_CODES = "exit-codes"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """About what."""
    parser.add_argument("about", nargs="?", metavar="VERB", help=f"a verb, or {EXIT_CODES}; default: all verbs")


def execute(args: argparse.Namespace, out: Output) -> int:
    """Asks no server."""
    if args.about == EXIT_CODES:
        return _exit_codes(out)
    return _verb(args.about, out) if args.about else _verbs(out)


def _verbs(out: Output) -> int:
    from trainshed.cli.main import VERBS, load

    summaries = {name: load(name).SUMMARY for name in VERBS}
    if out.as_json:
        out.record({"verbs": summaries})
        return exits.DONE
    out.line("usage: trainshed VERB ...\n\nRuns Azure ML SDK v1 training code on machines you own.\n")
    width = max(map(len, VERBS))
    for name, summary in summaries.items():
        out.line(f"  {name:<{width}}  {summary}")
    out.line("\ntrainshed VERB --help tells a verb's options, trainshed doctor what is amiss,")
    out.line(f"trainshed help {EXIT_CODES} what the exit codes mean.")
    return exits.DONE


def _verb(name: str, out: Output) -> int:
    from trainshed.cli.errors import BadUsage
    from trainshed.cli.main import VERBS, load, parser_of

    if name not in VERBS:
        raise BadUsage(why=f"There is no help about {name!r}. There is about: {', '.join(VERBS)}, {EXIT_CODES}.")
    parser = parser_of(name, load(name))
    if out.as_json:
        out.record({"verb": name, "help": parser.format_help()})
    else:
        out.line(parser.format_help().rstrip("\n"))
    return exits.DONE


def _exit_codes(out: Output) -> int:
    if out.as_json:
        fields = [{"code": code, "meaning": text} for code, text in exits.MEANINGS]
        run = [{"code": code, "meaning": text} for code, text in exits.MEANINGS_OF_RUN]
        out.record({"exit_codes": fields, "of_run": run})
        return exits.DONE
    _codes(out, "every verb", exits.MEANINGS)
    out.line()
    _codes(out, "run, logs -f, env build: as the run ended", exits.MEANINGS_OF_RUN)
    return exits.DONE


def _codes(out: Output, heading: str, meanings: tuple[tuple[str, str], ...]) -> None:
    out.line(heading)
    for code, text in meanings:
        out.line(f"  {code:<8}  {text}")
