"""What the command says of an error."""

from __future__ import annotations

import errno
from string import Formatter
from typing import Iterator, Type

import pytest

import trainshed.contract.data_errors
import trainshed.contract.model_errors  # noqa: F401  their classes are looked at, too
from trainshed.cli import exits
from trainshed.cli.errors import describe
from trainshed.contract.errors import BadValue, Coded, FileNotInRun, ServerError


def below(kind: Type[Coded]) -> Iterator[Type[Coded]]:
    for one in kind.__subclasses__():
        yield one
        yield from below(one)


@pytest.mark.parametrize("kind", sorted(below(Coded), key=lambda kind: kind.__name__), ids=lambda kind: kind.__name__)
def test_what_to_type_next_is_always_said(kind: Type[Coded]) -> None:
    facts = {name: "fact" for _, name, _, _ in Formatter().parse(kind.text) if name}
    failure = describe(kind(**facts), "show")
    assert failure.message and failure.next.startswith(("trainshed ", "pip install "))
    assert "{" not in failure.next and failure.exit_code in (
        exits.FAILED,
        exits.USAGE,
        exits.NOT_FOUND,
        exits.NO_SERVER,
    )


def test_next_names_the_run_the_verb_and_the_remedy() -> None:
    facts = {name: "r1" for _, name, _, _ in Formatter().parse(FileNotInRun.text) if name}
    assert describe(FileNotInRun(**facts), "logs").next == "trainshed show r1"
    assert describe(BadValue(what="x", why="y"), "run").next == "trainshed run --help"
    assert describe(BadValue(what="TRAINSHED_HOME '/x'", why="y"), "run").next == "trainshed doctor"
    assert describe(ServerError(message="broken", status=500), "run").next == "trainshed doctor"
    assert describe(OSError(errno.ENOSPC, "No space left on device"), "download").next == "trainshed du"
    assert describe(OSError(errno.EACCES, "Permission denied", "/x"), "download").message == "/x: Permission denied"
