"""The code of the next run is written ahead: the same files, whatever the runs before did to theirs."""

from __future__ import annotations

from pathlib import Path

import pytest

from azureml.core import Experiment, ScriptRunConfig, Workspace
from azureml.core.runconfig import RunConfiguration
from tests.support.waiting import wait_until
from trainshed.contract.layout import HomeLayout

TRAIN = """
import os
from azureml.core import Run

names = sorted(name for name in os.listdir('.') if name.endswith('.txt'))
run = Run.get_context()
run.log('texts', ' '.join(open(name).read() for name in names))
run.log('empty', int(not os.listdir('outputs') and not os.listdir('logs')))
run.log_list('files', [os.stat(name).st_ino for name in names])
for name in names:
    with open(name, 'a') as file:
        file.write('!')
with open('outputs/mine', 'w') as file:
    file.write('x')
"""


def test_a_run_gets_the_snapshot_and_nothing_of_the_run_before(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "train.py").write_text(TRAIN)
    for number in range(10):
        (folder / f"{number}.txt").write_text(str(number))
    config = RunConfiguration()
    config.environment.python.user_managed_dependencies = True
    experiment = Experiment(Workspace.from_config(), "spares")
    spares = HomeLayout(home).spares
    used: list[set[int]] = []
    ready: set[int] = set()
    for _ in range(4):
        run = experiment.submit(ScriptRunConfig(str(folder), "train.py", run_config=config))
        run.wait_for_completion()
        metrics = run.get_metrics()
        used.append(set(metrics.pop("files")))
        assert metrics == {"texts": " ".join(map(str, range(10))), "empty": 1}
        assert used[-1] <= ready or not ready, "the spare was not used"
        wait_until(lambda: len(list(spares.glob("*/code"))) == 2, 60, "the next two runs' code")
        ready = {path.stat().st_ino for path in spares.glob("*/code/*.txt")}
    assert len(set().union(*used)) == 40, "a spare was handed out twice"

    (folder / "0.txt").write_text("changed")
    run = experiment.submit(ScriptRunConfig(str(folder), "train.py", run_config=config))
    run.wait_for_completion()
    assert run.get_metrics("texts")["texts"].startswith("changed 1 ")


def test_few_spares_are_kept(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    config = RunConfiguration()
    config.environment.python.user_managed_dependencies = True
    experiment = Experiment(Workspace.from_config(), "spares")
    spares = HomeLayout(home).spares
    for project in range(5):
        folder = tmp_path / str(project)
        folder.mkdir()
        for number in range(9):
            (folder / f"{number}.py").write_text(f"# {project} {number}")
        run = experiment.submit(ScriptRunConfig(str(folder), "0.py", run_config=config))
        run.wait_for_completion()
        snapshot = run.get_snapshot_id()
        wait_until(lambda snapshot=snapshot: (spares / snapshot).is_dir(), 60, "the next run's code")
    wait_until(lambda: len(list(spares.iterdir())) == 6, 60, "two each of three snapshots")
    assert len({path.name[:-2] if path.name.endswith(".2") else path.name for path in spares.iterdir()}) == 3
