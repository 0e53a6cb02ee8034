"""Git facts of the folder that was submitted, and its uncommitted changes."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

from azureml.core import Run, ScriptRunConfig
from tests.integration.submitting import Desk, content, user_managed, wait_for_end, write
from trainshed.sdk.git import DIFF_FILE

pytestmark = pytest.mark.timeout(120)


def git(folder: Path, *words: str) -> str:
    command = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True, timeout=60).stdout.strip()


@pytest.fixture
def repository(desk: Desk) -> Path:
    folder = desk.folder / "repo"
    write(folder / "train.py", "print('committed')\n")
    git(folder, "init", "-q")
    git(folder, "remote", "add", "origin", "https://me:secret@example.org/me/repo.git")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "first")
    return folder


def submit(desk: Desk, folder: Path, script: str = "train.py") -> Run:
    run = desk.experiment.submit(ScriptRunConfig(str(folder), script=script, run_config=user_managed()))
    assert wait_for_end(run) == "Completed"
    return run


def test_a_clean_tree(desk: Desk, repository: Path) -> None:
    found = submit(desk, repository).get_properties()
    commit = git(repository, "rev-parse", "HEAD")
    assert found["azureml.git.commit"] == found["mlflow.source.git.commit"] == commit
    assert found["azureml.git.branch"] == found["mlflow.source.git.branch"] == "main"
    assert found["azureml.git.dirty"] == "False"
    assert found["azureml.git.repository_uri"] == "https://example.org/me/repo.git"
    assert found["mlflow.source.git.repoURL"] == "https://example.org/me/repo.git"


def test_uncommitted_changes_are_an_artifact(desk: Desk, repository: Path) -> None:
    write(repository / "train.py", "print('changed, not committed')\n")
    run = submit(desk, repository)
    assert run.get_properties()["azureml.git.dirty"] == "True"
    diffs = [name for name in run.get_file_names() if "diff" in name or "patch" in name]
    assert len(diffs) == 1, run.get_file_names()
    text = content(run, diffs[0], desk.folder).decode()
    assert "-print('committed')" in text and "+print('changed, not committed')" in text


def test_a_folder_below_a_worktree_with_a_detached_head(desk: Desk, repository: Path) -> None:
    other = desk.folder / "worktree"
    git(repository, "worktree", "add", "-q", "--detach", str(other))
    write(other / "sub" / "job.py", "print('x')")
    found = submit(desk, other / "sub", "job.py").get_properties()
    assert found["azureml.git.commit"] == git(repository, "rev-parse", "HEAD")
    assert found["azureml.git.dirty"] == "True"


def test_no_repository(desk: Desk) -> None:
    found = desk.completed("pass").get_properties()
    assert not [name for name in found if "git" in name]


def test_variables_win_over_git(desk: Desk, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZUREML_GIT_BRANCH", "from-the-environment")
    assert submit(desk, repository).get_properties()["azureml.git.branch"] == "from-the-environment"


def test_a_git_that_does_not_answer_holds_nobody(desk: Desk, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = write(desk.folder / "bin" / "git", "#!/bin/sh\nexec sleep 600\n")
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", f"{slow.parent}:/usr/bin:/bin")
    began = time.monotonic()
    run = desk.experiment.submit(ScriptRunConfig(str(repository), script="train.py", run_config=user_managed()))
    assert time.monotonic() - began < 300, "git was waited for"
    assert wait_for_end(run) == "Completed"
    assert run.get_properties()["azureml.git.dirty"] == "unknown"


def test_a_run_of_the_notebook(desk: Desk, repository: Path) -> None:
    write(repository / "train.py", "print('changed, not committed')\n")
    run = desk.experiment.start_logging(snapshot_directory=str(repository), outputs=False)
    found = run.get_properties()
    assert found["azureml.git.commit"] == git(repository, "rev-parse", "HEAD")
    assert found["azureml.git.dirty"] == "True"
    assert DIFF_FILE in run.get_file_names()
    run.complete()
