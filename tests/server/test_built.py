"""Which environments may be pruned: what a run uses, or somebody builds, stays."""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path

import pytest

from tests.server.lab import Lab
from trainshed.contract.api import PruneAsk
from trainshed.contract.layout import EnvironmentsLayout, HomeLayout
from trainshed.server.services import built


def make_environment(layout: EnvironmentsLayout, name: str, lock: str = "six==1.0\n") -> Path:
    environment = layout.environment(name)
    (environment.build(1) / "lib").mkdir(parents=True)
    (environment.build(1) / "lib" / "six.py").write_text("x" * 5000)
    environment.locked.write_text(lock)
    environment.complete(1).write_text("{}")
    layout.request("of-" + name).parent.mkdir(exist_ok=True)
    layout.request("of-" + name).write_text(json.dumps({"environment": name}))
    return environment.root


def use(layout: EnvironmentsLayout, name: str, node_folder: Path) -> None:
    environment = layout.environment(name)
    environment.uses.mkdir()
    (environment.uses / "attempt-0").write_text(json.dumps({"node_folder": str(node_folder), "build": 1}))


@pytest.fixture
def shelves(tmp_path: Path) -> EnvironmentsLayout:
    return HomeLayout(tmp_path).environments


def test_what_is_used_stays(shelves: EnvironmentsLayout, tmp_path: Path) -> None:
    unused, used, ended, gone = (make_environment(shelves, name) for name in ("a1", "b2", "c3", "d4"))
    for name, folder in (("b2", "at-work"), ("c3", "done"), ("d4", "never-made")):
        use(shelves, name, tmp_path / folder)
    (tmp_path / "at-work").mkdir()
    (tmp_path / "done").mkdir()
    (tmp_path / "done" / "done.json").write_text("{}")
    assert list(built.prunable(shelves, 0)) == [unused, ended, gone]
    assert list(built.prunable(shelves, 3600)) == []
    assert not built.remove(shelves, used)
    assert built.remove(shelves, unused) and not unused.exists()
    assert not shelves.request("of-a1").exists() and shelves.request("of-b2").exists()


def test_what_is_being_built_or_compiled_stays(shelves: EnvironmentsLayout) -> None:
    environment = make_environment(shelves, "a1")
    shelves.lock("a1").parent.mkdir(parents=True)
    for name in ("a1", "a1.compiling"):
        held = os.open(shelves.lock(name), os.O_RDWR | os.O_CREAT)
        fcntl.flock(held, fcntl.LOCK_SH)
        assert not built.remove(shelves, environment) and environment.exists()
        os.close(held)
    assert built.remove(shelves, environment)


def test_private_wheels_go_with_the_last_lock_that_names_them(shelves: EnvironmentsLayout) -> None:
    kept, unused = "a" * 64, "b" * 64
    make_environment(shelves, "a1", "pp @ file:///home/environments/files/%s/pp-1.0-py3-none-any.whl\n" % kept)
    for name in (kept, unused):
        (shelves.files / name).mkdir(parents=True)
    assert shelves.files / unused in built.prunable(shelves, 0)
    assert shelves.files / kept not in built.prunable(shelves, 0)


@pytest.mark.anyio
async def test_du_and_prune(lab: Lab) -> None:
    layout = lab.services.ground.layout.environments
    environment = make_environment(layout, "a1")
    assert (await lab.services.upkeep.usage()).environments_bytes >= 5000
    pruned = await lab.services.upkeep.prune(PruneAsk(older_than_s=0))
    assert "environments/a1" in pruned.removed and pruned.freed_bytes >= 5000
    assert not environment.exists()
