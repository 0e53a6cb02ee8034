"""``trainshed env list``, ``show``, ``versions`` and ``build``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from trainshed.cli import exits
from trainshed.cli.times import local

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from trainshed.cli.output import Output
    from trainshed.contract.environment_records import EnvironmentRecord
    from trainshed.sdk.configuration.environment import Environment

SUMMARY = "List, show and build environments of packages."
COLUMNS = ("environment", "version", "registered", "python", "packages", "labels")
_SHOWN = 6
_PYTHON = re.compile(r"python\s*([<>=!].*)?$")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do, with which."""
    parser.add_argument("action", nargs="?", default="list", choices=("list", "show", "versions", "build"))
    parser.add_argument("name", nargs="?", metavar="NAME", help="NAME (its newest version), or NAME:VERSION")
    parser.add_argument("--curated", action="store_true", help="of list: the curated ones too")
    parser.add_argument("--target", metavar="NAME", help="of build: the compute target that shall have it")


def execute(args: argparse.Namespace, out: Output) -> int:
    """``build`` makes the environment now, so that the runs that need it find it; its log is standard output."""
    from trainshed.cli.errors import BadUsage

    for action, given in (("list", args.curated), ("build", args.target)):
        if given and args.action != action:
            raise BadUsage(why=f"An option was given that belongs to: trainshed env {action}")
    if args.action != "list" and not args.name:
        raise BadUsage(why=f"trainshed env {args.action}: say which NAME.")
    return {"list": _list, "show": _show, "versions": _versions, "build": _build}[args.action](args, out)


def _list(args: argparse.Namespace, out: Output) -> int:
    from trainshed.cli.place import open_place
    from trainshed.contract.packages import curated

    place = open_place()
    found = place.api.environments.all(place.workspace.id).environments
    names = curated.listed() if args.curated else ()
    if out.as_json:
        out.record({"environments": found, **({"curated": names} if args.curated else {})})
        return exits.DONE
    out.table(COLUMNS, [*map(_row, found), *((name, "", "", "", "", "curated") for name in names)])
    if not found and not names:
        out.remark(
            "No environment was registered.\n"
            "  next: Environment('mine').register(workspace), or trainshed env list --curated"
        )
    return exits.DONE


def _versions(args: argparse.Namespace, out: Output) -> int:
    from trainshed.cli.place import open_place

    place = open_place()
    found = place.api.environments.versions(place.workspace.id, args.name.partition(":")[0]).environments
    if out.as_json:
        out.record({"environments": found})
    else:
        out.table(COLUMNS, [_row(one) for one in found])
    return exits.DONE


def _row(record: EnvironmentRecord) -> tuple[str, ...]:
    from trainshed.sdk import environments

    found = environments.of_record(record)
    packages = [*_conda(found), *_pip(found)]
    shown = ", ".join(packages[:_SHOWN]) + (f" and {len(packages) - _SHOWN} more" if len(packages) > _SHOWN else "")
    made = local(record.created_at)
    return (record.name, str(record.version), made, _python(found), shown, ", ".join(record.labels))


def _show(args: argparse.Namespace, out: Output) -> int:
    found = _found(args.name)
    if out.as_json:
        out.record({"environment": found.to_record(public=True)})
        return exits.DONE
    facts = [
        ("environment", found.name or ""),
        ("version", found.version or ""),
        ("python", _python(found)),
        ("as of", str(found.as_of or "")),
    ]
    out.pairs([(name, value) for name, value in facts if value])
    _section(out, "conda", _conda(found))
    _section(out, "pip", _pip(found))
    _section(out, "variables", [f"{name} = {value}" for name, value in found.environment_variables.items()])
    return exits.DONE


def _section(out: Output, heading: str, lines: Sequence[str]) -> None:
    from trainshed.cli.output import one_line

    if lines:
        out.line(f"\n{heading}")
    for line in lines:
        out.line("  " + one_line(line))


def _build(args: argparse.Namespace, out: Output) -> int:
    from trainshed.cli.following import BUILD_LOG
    from trainshed.cli.logs import followed
    from trainshed.cli.place import Place, open_workspace
    from trainshed.sdk import environment_building

    workspace = open_workspace()
    details = environment_building.build(_found(args.name), workspace, args.target)
    place = Place(workspace._api, workspace._record)
    run = place.find(details.build_id)
    out.remark(f"Run {run.id}")
    return followed(place, run, BUILD_LOG, out)


def _found(word: str) -> Environment:
    from trainshed.cli.place import open_workspace
    from trainshed.sdk import environments

    name, _, version = word.partition(":")
    return environments.get(open_workspace(), name, version or None)


def _python(found: Environment) -> str:
    if found.python.user_managed_dependencies:
        return found.python.interpreter_path
    asked = found.python.conda_dependencies
    return (asked.get_python_version() if asked else None) or ""


def _conda(found: Environment) -> list[str]:
    asked = None if found.python.user_managed_dependencies else found.python.conda_dependencies
    return [package for package in asked.conda_packages if not _PYTHON.match(package)] if asked else []


def _pip(found: Environment) -> list[str]:
    asked = None if found.python.user_managed_dependencies else found.python.conda_dependencies
    return [*asked.pip_options, *asked.pip_packages] if asked else []
