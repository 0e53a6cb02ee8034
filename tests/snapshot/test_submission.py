"""Submitting to a real server: what is queued, what is not, and what the run says about its source."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, List

import pytest

from tests.snapshot.test_git import run as run_git
from tests.snapshot.test_taking import aged
from tests.snapshot.test_walk import fill
from tests.support.waiting import wait_until
from trainshed.client import embedded
from trainshed.client.api import Api
from trainshed.contract.api import WorkspaceAsk
from trainshed.contract.errors import (
    BadExperimentName,
    BadValue,
    CondaNameWithoutCounterpart,
    RunExists,
    SourceMissing,
    UnknownTarget,
)
from trainshed.contract.records import RunRecord
from trainshed.contract.status import ENDED
from trainshed.sdk import git
from trainshed.sdk.configuration.environment import Environment
from trainshed.sdk.configuration.run_configuration import RunConfiguration
from trainshed.sdk.configuration.script_run_config import ScriptRunConfig
from trainshed.sdk.snapshot import recording, taking
from trainshed.sdk.submission import submit


class Workspace:
    """As much of a workspace as a submit reads."""

    name = "default"

    def __init__(self, api: Api, workspace_id: str) -> None:
        self._api = api
        self._workspace_id = workspace_id


class Experiment:
    """As much of an experiment as a submit reads, and what the tests ask."""

    name = "tests"

    def __init__(self, home: Path) -> None:
        taking._LAST.clear()
        recording._RECORDED.clear()
        self.api = Api(embedded.connect(home))
        self.id = self.api.workspace(WorkspaceAsk("w", "s", "r", create=True)).id
        self.workspace = Workspace(self.api, self.id)
        self.store = home / "store"

    def ended(self, run: RunRecord) -> RunRecord:
        def seen() -> Any:
            found = self.api.get_run(self.id, run.id)
            return found if found.status in ENDED else None

        found: RunRecord = wait_until(seen, 60, "run %s to end" % run.id)
        return found

    def log(self, run: RunRecord) -> str:
        return self.api.read_file(self.id, run.id, "azureml-logs/70_driver_log.txt").data.decode()

    def runs(self) -> List[str]:
        return [run.id for run in self.api.list_runs(self.id).runs]

    def end_all(self) -> None:
        for run in self.api.list_runs(self.id).runs:
            self.ended(run)


@pytest.fixture
def experiment(home: Path) -> Any:
    made = Experiment(home)
    yield made
    made.end_all()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = fill(tmp_path / "project", ["lib/tool.py", "data/x.csv"])
    (root / "lib" / "tool.py").write_text("X = 1\n")
    (root / "train.py").write_text("import sys, lib.tool; print('here', sys.argv[1:], open('data/x.csv').read())")
    return root


def config(root: Path, *arguments: Any, **more: Any) -> ScriptRunConfig:
    made = RunConfiguration()
    made.environment.python.user_managed_dependencies = True
    return ScriptRunConfig(str(root), more.get("script", "train.py"), list(arguments), made)


def test_a_run_from_a_repository_that_is_not_clean(experiment: Experiment, project: Path) -> None:
    run_git(project, "init", "-q")
    run_git(project, "add", "-A")
    run_git(project, "commit", "-q", "-m", "x")
    (project / "data" / "x.csv").write_text("new data")
    run = submit(experiment, config(project, "--a", 1), {"k": "v"})
    assert run.properties["azureml.git.commit"] == run_git(project, "rev-parse", "HEAD")
    assert run.properties["azureml.git.dirty"] == "True"
    assert run.properties["ContentSnapshotId"] == run.snapshot_id
    assert run.tags == {"k": "v"} and run.type == "azureml.scriptrun"
    diff = experiment.api.read_file(experiment.id, run.id, git.DIFF_FILE).data
    assert b"+new data" in diff
    assert experiment.ended(run).status.value == "Completed"
    assert "here ['--a', '1'] new data" in experiment.log(run)


def test_an_unchanged_folder_sends_nothing(experiment: Experiment, project: Path) -> None:
    first = submit(experiment, config(project))
    aged(project)
    submit(experiment, config(project))
    # What a new process of the same user knows: the hash cache in the home.
    taking._LAST.clear()
    recording._RECORDED.clear()
    snapshot = recording.Recorder(experiment.api, experiment.id).take(str(project))
    assert not snapshot.is_new and snapshot.copies == ()
    again = submit(experiment, config(project))
    assert again.snapshot_id == first.snapshot_id


def test_a_server_that_forgot_everything_gets_the_snapshot_again(experiment: Experiment, project: Path) -> None:
    """Another workspace does not know the snapshot that this process believes to be known."""
    aged(project)
    submit(experiment, config(project))
    other = Experiment.__new__(Experiment)
    other.api = experiment.api
    other.id = experiment.api.workspace(WorkspaceAsk("other", "s", "r", create=True)).id
    other.workspace = Workspace(experiment.api, other.id)
    run = submit(other, config(project))
    assert other.ended(run).status.value == "Completed"


def test_bad_input_queues_nothing(experiment: Experiment, project: Path) -> None:
    not_built = config(project)
    not_built.run_config.environment = Environment("r")
    assert not_built.run_config.environment.python.conda_dependencies is not None
    not_built.run_config.environment.python.conda_dependencies.add_conda_package("r-base")
    elsewhere = config(project)
    elsewhere.run_config.target = "gpu-cluster"
    for wrong, kind in (
        (config(project / "nowhere"), SourceMissing),
        (config(project, script="nowhere.py"), SourceMissing),
        (config(project, script="../project/../x.py"), SourceMissing),
        (config(project, None), BadValue),
        (not_built, CondaNameWithoutCounterpart),
        (elsewhere, UnknownTarget),
        (RunConfiguration(), BadValue),
    ):
        with pytest.raises(kind):
            submit(experiment, wrong)
    with pytest.raises(UnknownTarget, match=r"'gpu-cluster'.*local"):
        submit(experiment, elsewhere)
    experiment.name = "no good"
    with pytest.raises(BadExperimentName):
        submit(experiment, config(project))
    assert experiment.runs() == []
    assert list((experiment.store / "incoming").iterdir()) == []


def test_a_script_that_a_rule_leaves_out(experiment: Experiment, project: Path) -> None:
    (project / ".amlignore").write_text("# ours\n*.py\n")
    with pytest.raises(SourceMissing, match=r"train\.py.*\.amlignore, line 2: \*\.py"):
        submit(experiment, config(project))
    assert experiment.runs() == []


def test_an_id_of_ones_own_counts_once(experiment: Experiment, project: Path) -> None:
    assert submit(experiment, config(project), run_id="mine").id == "mine"
    with pytest.raises(RunExists):
        submit(experiment, config(project), run_id="mine")


def test_the_spec_is_complete(experiment: Experiment, project: Path) -> None:
    run = submit(experiment, config(project, "--a", 0.5))
    spec = experiment.api.details(experiment.id, run.id).spec
    assert spec is not None
    assert spec.source.snapshot_id == run.snapshot_id
    assert spec.definition["arguments"] == ["--a", "0.5"]
    assert json.dumps(spec.definition)


def test_links_programs_and_empty_folders_arrive(experiment: Experiment, project: Path) -> None:
    (project / "same.py").symlink_to("lib/tool.py")
    (project / "empty").mkdir()
    (project / "run.sh").write_text("#!/bin/sh\n")
    (project / "run.sh").chmod(0o755)
    (project / "train.py").write_text(
        "import os; print(os.readlink('same.py'), os.path.isdir('empty'), os.access('run.sh', os.X_OK))"
    )
    run = submit(experiment, config(project))
    experiment.ended(run)
    assert "lib/tool.py True True" in experiment.log(run)
