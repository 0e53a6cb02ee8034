"""The code of the pages in docs/ works where it is pasted, in a folder with the files that it speaks of."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any, Dict, List

import pytest

from azureml.core import Dataset, Environment
from tests.integration.submitting import Desk, driver_log, wait_for_end, write
from tests.support.wheels import CLONE


def blocks(page: str) -> List[str]:
    """The page's Python blocks."""
    return re.findall(r"```python\n(.*?)```", (CLONE / "docs" / page).read_text(encoding="utf-8"), re.DOTALL)


def pasted(code: str, **names: Any) -> Dict[str, Any]:
    """What there is after a block that was pasted into a notebook with these names."""
    exec(compile(code, "pasted", "exec"), names)
    del names["__builtins__"]
    return names


def test_data(desk: Desk) -> None:
    for name in ("mnist/a.gz", "a/x.csv", "a/b/y.csv", "data/z", "year/animals/dog/year-2018/1.jpg"):
        write(desk.folder / name, name)
    ws = desk.workspace
    transfers, datasets, arguments = blocks("data.md")
    store = pasted(transfers, ws=ws)["store"]
    assert Path("copy/mnist/a.gz").is_file()
    for folder in ("year", "a"):
        store.upload(folder, target_path="" if folder == "year" else "a", show_progress=False)
    store.upload("a/b", target_path="b", show_progress=False)
    pasted(datasets, store=store)
    given = pasted(arguments, ds=Dataset.File.from_files((store, "mnist")))
    assert list(given["script_params"]) == ["--data-folder"] and given["arguments"][0] == "--data-folder"


def test_models(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    script = (
        "import os\nos.makedirs('outputs/net')\nfor name in ('model.pkl', 'net/a'):\n    open('outputs/' + name, 'w')"
    )
    write(desk.folder / "local" / "model.pkl", "x")
    registers, finds, secrets = blocks("models.md")
    ws = desk.workspace
    names = pasted(registers, run=desk.completed(script), ws=ws)
    pasted(finds, **names)
    monkeypatch.setenv("DB_PASSWORD", "hush")
    at_the_desk, in_the_script = secrets.rsplit("\n", 2)[:2]
    pasted(at_the_desk, ws=ws)
    run = desk.completed("from azureml.core import Run\nprint('it is', %s)" % in_the_script.split("  #")[0])
    assert "it is hush" in driver_log(run)


def test_compute(desk: Desk) -> None:
    (made,) = blocks("compute.md")
    for _ in range(2):
        assert pasted(made, ws=desk.workspace)["cluster"].name == "cpu-cluster"


def test_environments(desk: Desk) -> None:
    (made,) = blocks("environments.md")
    env = pasted(made, ws=desk.workspace)["env"]
    assert env.version is None and Environment.get(desk.workspace, "mine").version == "1"


def test_estimators(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    (made,) = blocks("estimators.md")[:1]
    monkeypatch.setenv("TRAINSHED_OVERRIDES", f"*={sys.executable}")
    write(desk.folder / "proj" / "train.py", "import sys\nprint(sys.argv[3:])")
    write(desk.folder / "digits" / "a.gz", "x")
    run = pasted(made, ds=Dataset.File.from_files("digits"), experiment=desk.experiment)["run"]
    assert wait_for_end(run, 60) == "Completed", driver_log(run)
    assert "['--regularization', '0.8', '--verbose']" in driver_log(run)
