"""Experiments: listed, tagged, archived, brought back, renamed, removed."""

from __future__ import annotations

import pytest

from tests.server.lab import Lab
from trainshed.contract.errors import (
    BadExperimentName,
    BadValue,
    ExperimentExists,
    ExperimentHasRuns,
    ExperimentNotFound,
    NotAllowed,
    WorkspaceNotFound,
)
from trainshed.contract.history import ALL, ARCHIVED_ONLY, ExperimentPatch
from trainshed.server.services.callers import RUN, THE_USER, Caller
from trainshed.server.storage import run_rows
from trainshed.server.storage.run_rows import RunFilter

pytestmark = pytest.mark.anyio


async def names(lab: Lab, view: str = "ActiveOnly", **narrowed: object) -> list[str]:
    return [one.name for one in await lab.services.experiments.list(lab.ws, view, **narrowed)]  # type: ignore[arg-type]


async def patch(lab: Lab, name: str, caller: Caller = THE_USER, **values: object) -> object:
    return await lab.services.experiments.patch(lab.ws, name, ExperimentPatch(**values), caller)  # type: ignore[arg-type]


async def test_lists_are_narrowed(lab: Lab) -> None:
    for name in ("b", "a", "c"):
        await lab.services.experiments.ensure(lab.ws, name)
    await patch(lab, "a", set_tags={"kind": "x", "none": None})
    await patch(lab, "b", set_tags={"kind": "y"})
    assert await names(lab) == ["a", "b", "c"]
    assert await names(lab, name="b") == ["b"]
    assert await names(lab, tags=[("kind", None)]) == ["a", "b"]
    assert await names(lab, tags=[("kind", "x"), ("none", None)]) == ["a"]
    (seen,) = await lab.services.experiments.list(lab.ws, name="a")
    assert (seen.tags, seen.archived_at, seen.run_count) == ({"kind": "x", "none": None}, None, 0)
    await patch(lab, "a", set_tags={"kind": "z"}, remove_tags=("none", "never there"))
    assert (await lab.services.experiments.get(lab.ws, "a")).tags == {"kind": "z"}


async def test_archived_and_back_with_the_next_run(lab: Lab) -> None:
    await lab.record()
    await patch(lab, "exp", archived=True)
    assert await names(lab) == [] and await names(lab, ARCHIVED_ONLY) == await names(lab, ALL) == ["exp"]
    # Whoever only looks does not bring it back.
    assert (await lab.services.experiments.ensure(lab.ws, "exp")).archived_at is not None
    await lab.record()
    assert await names(lab) == ["exp"] and await names(lab, ARCHIVED_ONLY) == []


async def test_a_new_name_is_that_of_its_runs_too(lab: Lab) -> None:
    run = await lab.record()
    await patch(lab, "exp", archived=True)
    await patch(lab, "exp", archived=False, new_name="renamed")
    assert await names(lab) == ["renamed"] and lab.get(run).experiment == "renamed"
    page = await lab.services.runs.list(lab.ws, RunFilter(experiment="renamed"))
    assert [one.id for one in page.runs] == [run.id]
    await lab.services.experiments.ensure(lab.ws, "taken")
    with pytest.raises(ExperimentExists, match="'taken'"):
        await patch(lab, "renamed", new_name="taken", set_tags={"not": "set"})
    assert (await lab.services.experiments.get(lab.ws, "renamed")).tags == {}
    with pytest.raises(BadExperimentName):
        await patch(lab, "renamed", new_name="no name!")


async def test_only_one_without_runs_is_removed(lab: Lab) -> None:
    await lab.services.experiments.ensure(lab.ws, "empty")
    await patch(lab, "empty", set_tags={"a": "b"})
    assert (await lab.services.experiments.remove(lab.ws, "empty")).name == "empty"
    await lab.record()
    with pytest.raises(ExperimentHasRuns, match=r"has 1 runs.*archive"):
        await lab.services.experiments.remove(lab.ws, "exp")
    assert await names(lab) == ["exp"]


async def test_what_is_not_there_is_named(lab: Lab) -> None:
    await lab.record()
    for call in (
        lambda: lab.services.experiments.get(lab.ws, "none"),
        lambda: patch(lab, "none", archived=True),
        lambda: lab.services.experiments.remove(lab.ws, "none"),
    ):
        with pytest.raises(ExperimentNotFound, match="Known: exp"):
            await call()
    with pytest.raises(BadValue, match="ArchivedOnly"):
        await names(lab, "archived")
    with pytest.raises(WorkspaceNotFound):
        await lab.services.experiments.list("nowhere")


async def test_a_run_changes_its_own_experiment_only(lab: Lab) -> None:
    run = await lab.record()
    await lab.services.experiments.ensure(lab.ws, "other")
    row = run_rows.find(lab.services.ground.database.reader, lab.ws, run.id)
    assert row is not None
    caller = Caller(RUN, lab.ws, run.id, row.uid)
    await patch(lab, "exp", caller, set_tags={"from": "the script"})
    with pytest.raises(NotAllowed, match="its own experiment"):
        await patch(lab, "other", caller, archived=True)
