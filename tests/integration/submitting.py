"""What a user does between an idea and a run, in few words."""

from __future__ import annotations

import tempfile
import textwrap
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Iterable, List, Optional, Sequence

from azureml.core import Experiment, Run, ScriptRunConfig, Workspace
from azureml.core.runconfig import RunConfiguration
from tests.support.chaos import House
from tests.support.waiting import wait_until

ENDED = ("Completed", "Failed", "Canceled")


def user_managed() -> RunConfiguration:
    """A run configuration that uses the interpreter of these tests."""
    configuration = RunConfiguration()
    configuration.environment.python.user_managed_dependencies = True
    return configuration


@dataclass
class Desk:
    """A folder, a workspace and an experiment of one test."""

    home: Path
    folder: Path
    workspace: Workspace
    experiment: Experiment
    _count: List[int] = field(default_factory=list)

    @property
    def house(self) -> House:
        return House(self.home)

    def project(self, script: str, **files: str) -> Path:
        """A new source folder with `train.py` and other files (`data__a_txt='..'` is data/a.txt)."""
        self._count.append(1)
        folder = self.folder / f"project{len(self._count)}"
        folder.mkdir()
        write(folder / "train.py", script)
        for name, text in files.items():
            write(folder / name.replace("__", "/").replace("_", "."), text)
        return folder

    def config(self, script: str, arguments: Optional[Sequence[Any]] = None, **files: str) -> ScriptRunConfig:
        folder = self.project(script, **files)
        return ScriptRunConfig(str(folder), script="train.py", arguments=arguments, run_config=user_managed())

    def submit(self, script: str, arguments: Optional[Sequence[Any]] = None, **files: str) -> Run:
        return self.experiment.submit(self.config(script, arguments, **files))

    def completed(self, script: str, arguments: Optional[Sequence[Any]] = None, **files: str) -> Run:
        """Submit, wait, and see that it went well."""
        run = self.submit(script, arguments, **files)
        run.wait_for_completion()
        assert run.get_status() == "Completed"
        return run


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(textwrap.dedent(text))
    return path


def wait_for_status(run: Run, *wanted: str, deadline_s: float = 60.0) -> str:
    """Ask until the status is one of `wanted`; a run that ended as something else fails at once."""

    def seen() -> str:
        status = str(run.get_status())
        assert status in wanted or status not in ENDED, f"the run ended as {status}, not {wanted}: {run.get_details()}"
        return status if status in wanted else ""

    return wait_until(seen, deadline_s, f"{run.id} to become {' or '.join(wanted)}")


def wait_for_end(run: Run, deadline_s: float = 60.0) -> str:
    return wait_for_status(run, *ENDED, deadline_s=deadline_s)


def wait_for_file(path: Path, deadline_s: float = 60.0) -> Path:
    wait_until(path.exists, deadline_s, f"{path} to come")
    return path


def wait_for_log(run: Run, words: str, deadline_s: float = 60.0) -> str:
    """The driver log, as soon as it holds `words`."""

    def seen() -> str:
        text = driver_log(run)
        return text if words in text else ""

    return wait_until(seen, deadline_s, f"{words!r} in the log of {run.id}")


def driver_log(run: Run) -> str:
    """The bytes of 70_driver_log.txt so far, decoded as readers do; empty while there is none."""
    name = "azureml-logs/70_driver_log.txt"
    if name not in run.get_file_names():
        return ""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder, "log")
        run.download_file(name, str(target))
        return target.read_bytes().decode("utf-8", "replace")


def content(run: Run, name: str, folder: Path) -> bytes:
    """A file of the run, through download_file."""
    target = folder / "downloaded" / name.replace("/", "_")
    target.parent.mkdir(exist_ok=True)
    run.download_file(name, str(target))
    return target.read_bytes()


def by_name(names: Iterable[str], prefix: str) -> List[str]:
    return sorted(name for name in names if name.startswith(prefix))


def error_of(run: Run) -> str:
    """Why the run failed, in whatever words; empty when it did not."""
    return str(run.get_details().get("error") or "")


def warnings_of(run: Run) -> str:
    return " ".join(str(warning) for warning in run.get_details().get("warnings") or [])
