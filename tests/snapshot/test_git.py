"""Git's facts from real repositories of every shape."""

from __future__ import annotations

import logging
import os
import stat
import subprocess
import time
from pathlib import Path
from typing import Dict, Optional, Tuple

import pytest

from tests.snapshot.test_walk import fill
from trainshed.sdk import git, notices

WHO = [
    "-c",
    "user.name=A",
    "-c",
    "user.email=a@b.c",
    "-c",
    "init.defaultBranch=main",
    "-c",
    "protocol.file.allow=always",
]


def run(folder: Path, *words: str) -> str:
    command = ["git", *WHO, "-C", str(folder), *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = fill(tmp_path / "repository", ["train.py", "src/model.py"])
    run(root, "init", "-q")
    run(root, "add", "-A")
    run(root, "commit", "-q", "-m", "first")
    return root


def facts(folder: Path) -> Tuple[Dict[str, str], Optional[bytes]]:
    return git.answer(git.ask(str(folder)))


def test_a_clean_repository(repository: Path) -> None:
    run(repository, "remote", "add", "origin", "https://me:secret@example.com/a/b.git")
    commit = run(repository, "rev-parse", "HEAD")
    assert facts(repository) == (
        {
            "azureml.git.repository_uri": "https://example.com/a/b.git",
            "azureml.git.branch": "main",
            "azureml.git.commit": commit,
            "azureml.git.dirty": "False",
            "mlflow.source.git.repoURL": "https://example.com/a/b.git",
            "mlflow.source.git.branch": "main",
            "mlflow.source.git.commit": commit,
        },
        None,
    )


def test_uncommitted_changes_come_as_a_patch(repository: Path, tmp_path: Path) -> None:
    (repository / "train.py").write_text("changed\n")
    (repository / "src" / "weights.bin").write_bytes(bytes(range(256)))
    run(repository, "add", "src/weights.bin")
    (repository / "src" / "model.py").unlink()
    properties, diff = facts(repository)
    assert properties["azureml.git.dirty"] == "True" and diff is not None
    clone = tmp_path / "clone"
    run(tmp_path, "clone", "-q", str(repository), str(clone))
    subprocess.run(["git", "-C", str(clone), "apply", "--index"], input=diff, check=True)
    assert (clone / "train.py").read_text() == "changed\n"
    assert (clone / "src" / "weights.bin").read_bytes() == bytes(range(256))
    assert not (clone / "src" / "model.py").exists()


def test_only_the_source_folder_counts(repository: Path) -> None:
    (repository / "train.py").write_text("changed\n")
    properties, diff = facts(repository / "src")
    assert (properties["azureml.git.dirty"], diff) == ("False", None)
    (repository / "src" / "model.py").write_text("changed\n")
    properties, diff = facts(repository / "src")
    assert properties["azureml.git.dirty"] == "True"
    assert diff is not None and b"src/model.py" in diff and b"train.py" not in diff


def test_an_untracked_file_makes_it_dirty_and_no_patch(repository: Path) -> None:
    fill(repository, ["new.py"])
    properties, diff = facts(repository)
    assert (properties["azureml.git.dirty"], diff) == ("True", None)


def test_a_renamed_file_with_an_odd_name(repository: Path) -> None:
    run(repository, "mv", "train.py", "1 train\n# branch.oid x.py")
    properties, diff = facts(repository)
    assert properties["azureml.git.commit"] == run(repository, "rev-parse", "HEAD")
    assert properties["azureml.git.dirty"] == "True" and diff


def test_a_detached_head_has_no_branch(repository: Path) -> None:
    run(repository, "checkout", "-q", "--detach")
    properties, _ = facts(repository)
    assert "azureml.git.branch" not in properties
    assert properties["azureml.git.commit"] == run(repository, "rev-parse", "HEAD")


def test_no_commit_yet(tmp_path: Path) -> None:
    root = fill(tmp_path, ["train.py"])
    run(root, "init", "-q")
    run(root, "add", "-A")
    properties, diff = facts(root)
    assert properties == {
        "azureml.git.branch": "main",
        "mlflow.source.git.branch": "main",
        "azureml.git.dirty": "True",
    }
    assert diff is None


def test_a_worktree(repository: Path, tmp_path: Path) -> None:
    run(repository, "worktree", "add", "-q", "-b", "other", str(tmp_path / "tree"))
    properties, _ = facts(tmp_path / "tree" / "src")
    assert properties["azureml.git.branch"] == "other"
    assert properties["azureml.git.commit"] == run(repository, "rev-parse", "HEAD")


def test_a_submodule_is_a_repository_of_its_own(repository: Path, tmp_path: Path) -> None:
    inner = fill(tmp_path / "inner", ["lib.py"])
    run(inner, "init", "-q")
    run(inner, "add", "-A")
    run(inner, "commit", "-q", "-m", "lib")
    run(repository, "submodule", "add", "-q", str(inner), "lib")
    assert facts(repository / "lib")[0]["azureml.git.commit"] == run(inner, "rev-parse", "HEAD")
    assert facts(repository)[0]["azureml.git.commit"] == run(repository, "rev-parse", "HEAD")


def test_no_repository_starts_no_process(tmp_path: Path) -> None:
    asked = git.ask(str(fill(tmp_path, ["train.py"])))
    assert asked.status is None
    assert git.answer(asked) == ({}, None)


def test_git_is_not_installed(
    repository: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    notices._SAID.clear()
    monkeypatch.setenv("PATH", str(repository))
    with caplog.at_level(logging.WARNING, "azureml"):
        assert facts(repository) == ({}, None)
        assert facts(repository) == ({}, None)
    assert [record.message for record in caplog.records] == [
        "git is not installed: the run is recorded without commit and branch."
    ]


def test_a_repository_of_somebody_else_is_refused_in_gits_words(
    repository: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    notices._SAID.clear()
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    monkeypatch.setenv("HOME", str(repository))
    with caplog.at_level(logging.WARNING, "azureml"):
        assert facts(repository) == ({}, None)
    assert "safe.directory" in caplog.text


def test_variables_win(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZUREML_GIT_BRANCH", "release")
    monkeypatch.setenv("AZUREML_GIT_REPOSITORY_URI", "https://u:t@example.com/x.git?token=1")
    monkeypatch.setenv("AZUREML_GIT_BUILD_ID", "17")
    monkeypatch.setenv("AZUREML_GIT_BUILD_URI", "https://ci.example.com/17")
    properties, _ = facts(repository)
    assert properties["azureml.git.branch"] == properties["mlflow.source.git.branch"] == "release"
    assert properties["azureml.git.repository_uri"] == "https://example.com/x.git"
    assert properties["azureml.git.build_id"] == "17"
    assert properties["azureml.git.build_uri"] == "https://ci.example.com/17"
    assert properties["azureml.git.commit"] == run(repository, "rev-parse", "HEAD")


def test_variables_alone_are_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZUREML_GIT_COMMIT", "abc")
    assert facts(tmp_path) == ({"azureml.git.commit": "abc", "mlflow.source.git.commit": "abc"}, None)


def test_variables_of_a_git_hook_do_not_mislead(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    assert facts(repository)[0]["azureml.git.branch"] == "main"


def test_a_git_that_takes_too_long(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`git status` hangs (a cold network disk); commit and branch are told all the same."""
    real = subprocess.run(["which", "git"], check=True, capture_output=True, text=True).stdout.strip()
    slow = tmp_path / "bin" / "git"
    slow.parent.mkdir()
    slow.write_text(f'#!/bin/sh\ncase "$*" in *" status "*) exec sleep 60;; esac\nexec {real} "$@"\n')
    slow.chmod(slow.stat().st_mode | stat.S_IXUSR)
    commit = run(repository, "rev-parse", "HEAD")
    monkeypatch.setenv("PATH", f"{slow.parent}{os.pathsep}{os.environ['PATH']}")
    begun = time.monotonic()
    properties, diff = facts(repository)
    assert git.DEADLINE_S <= time.monotonic() - begun < 50, "git was waited for"
    assert (properties["azureml.git.dirty"], properties["azureml.git.commit"]) == ("unknown", commit)
    assert properties["azureml.git.branch"] == "main" and diff is None


def test_too_many_changes_are_told_and_not_kept(repository: Path, caplog: pytest.LogCaptureFixture) -> None:
    (repository / "train.py").write_text("x" * 79 + "\n")
    (repository / "train.py").write_text(("%s\n" % ("x" * 79)) * (git.DIFF_MOST_BYTES // 80 + 1))
    with caplog.at_level(logging.WARNING, "azureml"):
        properties, diff = facts(repository)
    assert properties["azureml.git.dirty"] == "True" and diff is None
    assert "not kept" in caplog.text


def test_a_question_nobody_waits_for_leaves_no_process(repository: Path) -> None:
    asked = git.ask(str(repository))
    git.cancel(asked)
    assert asked.status is not None and asked.status.returncode is not None


def test_asking_takes_no_lock_and_changes_nothing(repository: Path) -> None:
    index = repository / ".git" / "index"
    before = index.read_bytes()
    os.utime(repository / "train.py", (1, 1))  # git would refresh its index
    facts(repository)
    assert index.read_bytes() == before


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("https://user:token@host/a.git", "https://host/a.git"),
        ("https://token@host:8443/a.git?private_token=x#y", "https://host:8443/a.git"),
        ("http://host/a@b.git", "http://host/a@b.git"),
        ("ssh://git@host:22/a.git", "ssh://git@host:22/a.git"),
        ("ssh://git:pw@host/a.git", "ssh://git@host/a.git"),
        ("git@host:team/a.git", "git@host:team/a.git"),
        ("/srv/git/a.git", "/srv/git/a.git"),
        ("https://user:p@ss@host/a.git", "https://host/a.git"),
    ],
)
def test_credentials_leave_remote_urls(given: str, expected: str) -> None:
    assert git.without_credentials(given) == expected
