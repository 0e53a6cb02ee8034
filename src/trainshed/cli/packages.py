"""``trainshed run``'s words about packages, as an estimator's arguments or a registered environment would say them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainshed.cli.errors import BadUsage

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from trainshed.sdk.configuration.run_configuration import RunConfiguration
    from trainshed.sdk.workspace import Workspace

#: Options that ask for an environment to be built, and the names under which argparse keeps them.
_BUILT = {
    "--pip": "pip",
    "--conda": "conda",
    "--requirements": "requirements",
    "--conda-file": "conda_file",
    "--python": "python",
    "--as-of": "as_of",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the script needs."""
    parser.add_argument("--pip", action="append", default=[], metavar="REQUIREMENT", help="such as scikit-learn==1.5")
    parser.add_argument("--conda", action="append", default=[], metavar="PACKAGE", help="such as numpy=2.1")
    parser.add_argument("--requirements", metavar="FILE", help="a requirements file")
    parser.add_argument("--conda-file", metavar="FILE", help="a conda environment file")
    parser.add_argument("--python", metavar="VERSION", help="of the environment that is built, such as 3.11")
    parser.add_argument("--as-of", metavar="DAY", help="packages as they were on that day, such as 2020-08-27")
    parser.add_argument("--environment", metavar="NAME[:VERSION]", help="a registered or curated environment")


def wants_environment(args: argparse.Namespace) -> bool:
    """Whether the script asks for anything but an interpreter that is there.

    Raises:
        BadUsage: options that say different things.
    """
    given = [option for option, name in _BUILT.items() if getattr(args, name)]
    if args.environment:
        given.append("--environment")
    if args.interpreter and given:
        raise BadUsage(why=f"--interpreter uses packages as they are there; {given[0]} asks for others. Give one.")
    if args.environment and len(given) > 1:
        raise BadUsage(why=f"--environment names packages that are kept; {given[0]} asks for others. Give one.")
    if args.conda_file and (args.pip or args.conda):
        raise BadUsage(why="--conda-file names all packages: put those of --pip and --conda into it.")
    return bool(given)


def configure(configuration: RunConfiguration, args: argparse.Namespace, folder: Path, workspace: Workspace) -> None:
    """Ask for what was typed: packages to be built, or what is kept under a name.

    Raises:
        UserErrorException: a file that is not there, a requirement that is none, a name that nobody has.
    """
    if args.environment:
        from trainshed.sdk import environments

        name, _, version = args.environment.partition(":")
        configuration.environment = environments.get(workspace, name, version or None)
        return
    from trainshed.sdk.estimator.packages import dependencies

    asked = dependencies(str(folder), args.conda, args.pip, args.conda_file, args.requirements)
    if args.python:
        asked.set_python_version(args.python)
    configuration.environment.python.conda_dependencies = asked
    configuration.environment.as_of = args.as_of
