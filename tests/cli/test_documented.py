"""docs/cli.md names every verb with every option of its parser, and nothing that is not there."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import Dict, List, Set, Tuple

import pytest

from tests.cli.conftest import trainshed
from trainshed.cli import exits
from trainshed.cli.main import VERBS, load, parser_of

PAGE = Path(__file__).resolve().parents[2] / "docs" / "cli.md"
_OPTION = re.compile(r"(?<![\w-])(--?[a-z][a-z-]*)")


def sections() -> Dict[str, str]:
    parts = re.split(r"(?m)^## ", PAGE.read_text(encoding="utf-8"))
    return {part.split("\n", 1)[0].strip(): part for part in parts[1:]}


def options_of(verb: str) -> Set[str]:
    actions = parser_of(verb, load(verb))._actions
    return {name for action in actions for name in action.option_strings} - {"-h", "--help"}


@pytest.mark.parametrize("verb", VERBS)
def test_every_option_is_documented(verb: str) -> None:
    text = sections()[verb]
    assert options_of(verb) <= set(_OPTION.findall(text))


@pytest.mark.parametrize("verb", VERBS)
def test_nothing_is_documented_that_is_not_there(verb: str) -> None:
    rows = [line for line in sections()[verb].splitlines() if line.startswith("| `-")]
    named = {name for row in rows for name in _OPTION.findall(row.split(" | ")[0])}
    assert named == options_of(verb)


@pytest.mark.parametrize("verb", VERBS)
def test_every_argument_has_a_help_text_or_a_telling_name(verb: str) -> None:
    for action in parser_of(verb, load(verb))._actions:
        assert action.help or action.metavar or action.choices, action
        if isinstance(action, argparse._StoreAction) and action.option_strings and action.choices is None:
            assert action.metavar, action


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_takes_json(verb: str) -> None:
    assert "--json" in options_of(verb)


def told(rows: List[str]) -> List[Tuple[str, str]]:
    """The rows of a table of exit codes, without marks of code."""
    cells = [re.split(r"(?<!\\) \| ", row.strip("| ")) for row in rows]
    return [(code, text.replace("`", "").replace("\\|", "|")) for code, text in cells]


def test_exit_codes_are_told_as_they_are_documented() -> None:
    rows = [line for line in sections()["Exit codes"].splitlines() if re.match(r"\| [\d]+", line)]
    of_verbs, of_run = rows[: len(exits.MEANINGS)], rows[len(exits.MEANINGS) :]
    assert told(of_verbs) == list(exits.MEANINGS)
    assert told(of_run) == list(exits.MEANINGS_OF_RUN)
    known = {value for name, value in vars(exits).items() if name.isupper() and isinstance(value, int)}
    written = {int(code) for code, _ in (*exits.MEANINGS, *exits.MEANINGS_OF_RUN) if code.isdigit()}
    assert known - {exits.SIGNALED} == written


def test_help_tells_the_exit_codes() -> None:
    typed = trainshed("help", "exit-codes")
    assert typed.code == 0
    assert all(f"  {code:<8}  {text}" in typed.lines for code, text in exits.MEANINGS_OF_RUN)
    as_json = trainshed("help", "exit-codes", "--json").json
    assert [entry["code"] for entry in as_json["exit_codes"]] == [code for code, _ in exits.MEANINGS]
