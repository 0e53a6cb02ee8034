"""Building an environment before a run needs it: a run of its own that does nothing else.

Follows: azureml.core.environment.Environment.build, build_local and ImageBuildDetails (1.11, 1.62). Known differences:
packages are installed on the machine, no image is made; the run is in the experiment ``prepare_image``, as in v1 where
a compute target built an image.
"""

from __future__ import annotations

import os
import tempfile
from typing import TYPE_CHECKING, Any, Optional

from trainshed.contract.errors import BadValue
from trainshed.sdk.notices import warn_once
from trainshed.sdk.workspace_argument import check_workspace

if TYPE_CHECKING:
    from trainshed.sdk.configuration.environment import Environment
    from trainshed.sdk.run import Run
    from trainshed.sdk.workspace import Workspace

EXPERIMENT = "prepare_image"
_LOG = "azureml-logs/20_image_build_log.txt"
_SCRIPT = "prepare.py"
_SAYS = "import sys\nprint('The environment is ready:', sys.prefix)\n"
_STATES = {"Completed": "Succeeded", "Failed": "Failed", "Canceled": "Canceled", "NotStarted": "NotStarted"}


class ImageBuildDetails:
    """A build that was asked for.

    Args:
        environment_client: the run that builds.
        log_url: where its log is shown.
        build_id: the run's id.
    """

    def __init__(self, environment_client: Run, log_url: str, build_id: str) -> None:
        self.environment_client = environment_client
        self.log_url = log_url
        self.build_id = build_id

    @property
    def status(self) -> str:
        """v1's word: NotStarted, Queued, Running, Succeeded, Failed or Canceled. One request."""
        status = str(self.environment_client.get_status())
        return _STATES.get(status, "Queued" if status == "Queued" else "Running")

    def get_log(self) -> str:
        """What the installer has said so far."""
        run = self.environment_client
        return run._text_of(_LOG) if _LOG in run.get_file_names() else ""

    def wait_for_completion(self, show_output: bool = True) -> None:
        """Wait until it is built.

        Raises:
            ActivityFailedException: it can't be; with the installer's words.
        """
        self.environment_client.wait_for_completion(show_output=show_output)


def build(
    environment: Environment, workspace: Workspace, image_build_compute: Optional[Any], source: Optional[str] = None
) -> ImageBuildDetails:
    """See :meth:`Environment.build`. ``source``: where files that the environment names are looked for first."""
    from trainshed.sdk.configuration.script_run_config import ScriptRunConfig
    from trainshed.sdk.experiment import Experiment

    check_workspace(workspace, "Environment.build")
    if environment.python.user_managed_dependencies:
        raise BadValue(
            what="Environment %r" % environment.name, why="you look after its packages; there is nothing to build"
        )
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, _SCRIPT), "w", encoding="utf-8") as file:
            file.write(_SAYS)
        _copy_named(environment, source, folder)
        config = ScriptRunConfig(folder, _SCRIPT, environment=environment, compute_target=image_build_compute)
        run = Experiment(workspace, EXPERIMENT).submit(config)
    return ImageBuildDetails(run, run.get_portal_url(), run.id)


def _copy_named(environment: Environment, source: Optional[str], folder: str) -> None:
    """The conda file of the source folder, and what lies beside it as text: a requirements file that it names."""
    import shutil

    name = environment.python.conda_dependencies_file
    if source is None or not name or os.path.isabs(name):
        return
    beside = os.path.dirname(os.path.join(source, name))
    for entry in os.listdir(beside) if os.path.isdir(beside) else ():
        path = os.path.join(beside, entry)
        if os.path.isfile(path) and entry.endswith((".yml", ".yaml", ".txt", ".in")):
            target = os.path.join(folder, os.path.dirname(name), entry)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copyfile(path, target)


def build_local(environment: Environment, workspace: Workspace, **options: Any) -> str:
    """See :meth:`Environment.build_local`."""
    if any(options.values()):
        warn_once("No image is made: %s has no effect." % ", ".join(sorted(options)))
    details = build(environment, workspace, None)
    details.wait_for_completion(show_output=True)
    return details.get_log()
