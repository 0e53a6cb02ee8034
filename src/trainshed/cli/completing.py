"""What may follow the words that somebody has typed so far. Starts no server, waits for none, and never complains."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from trainshed.contract.exceptions import AzureMLException

if TYPE_CHECKING:
    import argparse

    from trainshed.cli.place import Place

#: Whoever has pressed the tabulator waits no longer.
_DEADLINE_S = 1.5
_MOST = 50


def candidates(words: Sequence[str]) -> list[str]:
    """What the last word may become, best first; nothing where the shell's own file names are meant.

    Args:
        words: without the command's name; the last one is the one to be completed, perhaps empty.
    """
    from trainshed.cli.main import VERBS

    if hasattr(signal, "setitimer"):
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, _DEADLINE_S)
    *before, last = words or [""]
    if not before:
        return _beginning(VERBS, last)
    if before[0] not in VERBS or "--" in before:
        return []
    return _of_verb(before[0], before[1:], last)


def _beginning(found: Iterable[str], last: str) -> list[str]:
    return [word for word in found if word.startswith(last)]


def _of_verb(verb: str, before: Sequence[str], last: str) -> list[str]:
    from trainshed.cli.main import load, parser_of

    actions = parser_of(verb, load(verb))._actions
    options = {name: action for action in actions for name in action.option_strings}
    name, equals, value = last.partition("=")
    if equals and _takes_value(options.get(name)):
        return [f"{name}={word}" for word in _values(verb, options[name], before, value)]
    if before and _takes_value(options.get(before[-1])):
        return _values(verb, options[before[-1]], before, last)
    if last.startswith("-"):
        return _beginning([option for option in options if option.startswith("--")], last)
    positional = _positional(actions, _plain(options, before))
    return _values(verb, positional, before, last) if positional is not None else []


def _takes_value(action: argparse.Action | None) -> bool:
    return action is not None and action.nargs != 0


def _plain(options: dict[str, argparse.Action], before: Sequence[str]) -> list[str]:
    """The words that are neither options nor their values."""
    return [
        word
        for number, word in enumerate(before)
        if not word.startswith("-") and not (number and _takes_value(options.get(before[number - 1])))
    ]


def _positional(actions: Sequence[argparse.Action], plain: Sequence[str]) -> argparse.Action | None:
    """The argument whose turn it is; one that may be repeated takes all the rest."""
    wanted = [action for action in actions if not action.option_strings]
    if len(plain) < len(wanted):
        return wanted[len(plain)]
    return wanted[-1] if wanted and wanted[-1].nargs == "+" else None


def _values(verb: str, action: argparse.Action, before: Sequence[str], last: str) -> list[str]:
    if action.choices is not None:
        return _beginning(action.choices, last)
    if (verb, action.dest) == ("help", "about"):
        from trainshed.cli.help import EXIT_CODES
        from trainshed.cli.main import VERBS

        return _beginning([*VERBS, EXIT_CODES], last)
    source = _SOURCES.get((verb, action.dest)) or _SOURCES.get(("", action.dest))
    if source is None:
        return []
    try:
        place = _running()
        return _beginning(source(place, before, last), last) if place is not None else []
    except (AzureMLException, OSError):
        return []


def _running() -> Place | None:
    """The workspace, if its server runs."""
    from trainshed.cli.place import Place, open_workspace
    from trainshed.client import embedded
    from trainshed.contract import variables

    if not os.environ.get(variables.SERVER) and embedded.status() is None:
        return None
    workspace = open_workspace(create=False)
    return Place(workspace._api, workspace._record)


def _runs(place: Place, _before: Sequence[str], last: str) -> list[str]:
    found = [run.id for run in place.runs(_MOST, include_children=True, prefix=last or None)]
    return [*found, "last"] if found or "last".startswith(last) else []


def _files(place: Place, before: Sequence[str], _last: str) -> list[str]:
    run = next((word for word in before if not word.startswith("-")), "")
    return [file.path for file in place.files(place.find(run).id)]


def _experiments(place: Place, _before: Sequence[str], _last: str) -> list[str]:
    return [view.name for view in place.api.history.experiments(place.workspace.id)]


def _targets(place: Place, _before: Sequence[str], _last: str) -> list[str]:
    return [view.name for view in place.api.targets(place.workspace.id).targets]


def _clusters(place: Place, _before: Sequence[str], _last: str) -> list[str]:
    return [cluster.name for cluster in place.api.compute.all(place.workspace.id).clusters]


def _models(place: Place, _before: Sequence[str], last: str) -> list[str]:
    """Names; after a colon, the versions of that name."""
    name, colon, _ = last.partition(":")
    page = place.api.models.page(
        place.workspace.id, name=name if colon else None, tags=(), run=None, latest=not colon, limit=_MOST, after=None
    )
    return [model.label if colon else model.name for model in page.models]


def _environments(place: Place, _before: Sequence[str], last: str) -> list[str]:
    from trainshed.contract.packages import curated

    name, colon, _ = last.partition(":")
    if colon:
        found = place.api.environments.versions(place.workspace.id, name).environments
        return [f"{one.name}:{one.version}" for one in found]
    return [*(one.name for one in place.api.environments.all(place.workspace.id).environments), *curated.listed()]


_SOURCES: dict[tuple[str, str], Callable[[Place, Sequence[str], str], list[str]]] = {
    ("", "run"): _runs,
    ("", "experiment"): _experiments,
    ("", "target"): _targets,
    ("", "environment"): _environments,
    ("logs", "file"): _files,
    ("download", "file"): _files,
    ("compute", "name"): _clusters,
    ("models", "model"): _models,
    ("env", "name"): _environments,
}
