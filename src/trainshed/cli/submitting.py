"""``trainshed run``'s options as what a user would write: a ScriptRunConfig in an environment."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from trainshed.contract.errors import SourceMissing
from trainshed.contract.frozen import dataclass

if TYPE_CHECKING:
    import argparse

    from trainshed.cli.place import Place
    from trainshed.contract.records import RunRecord
    from trainshed.sdk.configuration.run_configuration import RunConfiguration
    from trainshed.sdk.workspace import Workspace


@dataclass(frozen=True)
class _Experiment:
    """As much of an experiment as a submit reads; ``trainshed.sdk.experiment`` would be imported for nothing."""

    workspace: Workspace
    name: str


def submit(args: argparse.Namespace) -> tuple[Place, RunRecord]:
    """Submit what was typed.

    Raises:
        AzureMLException: whatever ``experiment.submit`` says is wrong; nothing is half-made then.
    """
    from trainshed.cli import packages
    from trainshed.cli.place import Place, open_workspace
    from trainshed.sdk import submission
    from trainshed.sdk.configuration.script_run_config import ScriptRunConfig

    folder, script = located(args.script, args.source)
    configuration = _configuration(args)
    built = packages.wants_environment(args)
    workspace = open_workspace()
    if built:
        packages.configure(configuration, args, folder, workspace)
    else:
        configuration.environment.python.user_managed_dependencies = True
        configuration.environment.python.interpreter_path = args.interpreter or sys.executable
    config = ScriptRunConfig(str(folder), script=script, arguments=args.rest, run_config=configuration)
    experiment = _Experiment(workspace, args.experiment or experiment_name(folder))
    run = submission.submit(experiment, config, dict(args.tag))
    return Place(workspace._api, workspace._record), run


def located(script: str, source: str | None) -> tuple[Path, str]:
    """The source folder, and the script's name relative to it. SourceMissing: there is no such file or folder."""
    if source is not None:
        return Path(source), script
    path = Path(script)
    if not path.is_file():
        raise SourceMissing(what="Script", path=script, why="is no file. Give the path of a Python file.")
    return path.parent, path.name


def experiment_name(folder: Path) -> str:
    """The folder's name as an experiment may be called."""
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", folder.resolve().name).strip("-_")
    return name[:255] or "default"


def _configuration(args: argparse.Namespace) -> RunConfiguration:
    from trainshed.sdk.configuration.run_configuration import RunConfiguration

    configuration = RunConfiguration()
    configuration.target = args.target
    configuration.max_run_duration_seconds = args.max_duration
    configuration.environment.environment_variables = {}
    configuration.environment_variables = dict(args.env)
    return configuration
