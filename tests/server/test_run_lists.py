"""Narrowed lists of runs: the right runs in the right order, and along the index that leads there quickly."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any, Optional

import pytest
from sqlalchemy import text

from tests.server.lab import Lab
from trainshed.contract.api import RunCreate
from trainshed.contract.records import RunRecord
from trainshed.contract.status import RunStatus
from trainshed.server.services.callers import THE_USER
from trainshed.server.storage import compute_rows, experiment_rows, run_lists, run_rows
from trainshed.server.storage.run_lists import RunFilter
from trainshed.server.storage.writer import Transaction

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 24, tzinfo=timezone.utc)
STATUSES = ("Queued", "Running", "Completed", "Failed")


async def filled(lab: Lab, count: int) -> list[RunRecord]:
    """Runs of all sorts, oldest first."""
    chance = random.Random(count)
    made: list[RunRecord] = []

    def fill(tx: Transaction) -> None:
        uids: list[int] = []
        numbers = {name: experiment_rows.add(tx, lab.ws, name) for name in ("a", "b")}
        for i in range(count):
            parent = chance.randrange(i) if i and chance.random() < 0.3 else None
            run = RunRecord(
                id="%s%d" % (chance.choice("xy"), i),
                workspace_id=lab.ws,
                experiment=chance.choice("ab"),
                number=i,
                status=RunStatus(chance.choice(STATUSES)),
                created_at=NOW + timedelta(seconds=chance.randrange(20)),
                type=chance.choice(["script", None]),
                parent_id=None if parent is None else made[parent].id,
                target=chance.choice(["cpu", "gpu", None]),
                ended_at=chance.choice([None, NOW + timedelta(seconds=chance.randrange(20))]),
                tags={name: chance.choice(["1", "2", None]) for name in "tu" if chance.random() < 0.6},
                properties={name: chance.choice("12") for name in "pq" if chance.random() < 0.6},
            )
            uids.append(run_rows.add(tx, run, numbers[run.experiment], None if parent is None else uids[parent]))
            made.append(run)

    await lab.services.ground.database.write(fill)
    return made


def some_filter(chance: random.Random, made: list[RunRecord]) -> RunFilter:
    def perhaps(value: Any) -> Any:
        return value if chance.random() < 0.2 else None

    def labels(names: str) -> tuple[tuple[str, Optional[str]], ...]:
        return tuple((name, chance.choice([None, "1", "9"])) for name in names if chance.random() < 0.2)

    return RunFilter(
        experiment=perhaps(chance.choice("abc")),
        parent=perhaps(chance.choice(made).id),
        below=perhaps(chance.choice(made).id),
        type=perhaps("script"),
        statuses=tuple(chance.sample(STATUSES, chance.choice([0, 0, 1, 2]))),
        target=perhaps("gpu"),
        tags=labels("tu"),
        properties=labels("pq"),
        include_children=chance.random() < 0.5,
        created_since=perhaps(NOW + timedelta(seconds=5)),
        created_before=perhaps(NOW + timedelta(seconds=15)),
        ended_since=perhaps(NOW + timedelta(seconds=5)),
        ended_before=perhaps(NOW + timedelta(seconds=15)),
        prefix=perhaps("x1"),
    )


def fits(run: RunRecord, narrowed: RunFilter, by_id: dict[str, RunRecord]) -> bool:
    """The same said once more, plainly."""
    above, parent = [], run.parent_id
    while parent is not None:
        above.append(parent)
        parent = by_id[parent].parent_id
    if narrowed.parent is not None:
        placed = run.parent_id == narrowed.parent
    elif narrowed.below is not None:
        placed = narrowed.below in above
    else:
        placed = narrowed.include_children or run.parent_id is None
    pairs: tuple[tuple[Any, Any], ...] = ((run.tags, narrowed.tags), (run.properties, narrowed.properties))
    labelled = all(name in have and value in (None, have[name]) for have, wanted in pairs for name, value in wanted)
    ended = run.ended_at
    return (
        placed
        and labelled
        and narrowed.experiment in (None, run.experiment)
        and narrowed.type in (None, run.type)
        and (not narrowed.statuses or run.status.value in narrowed.statuses)
        and narrowed.target in (None, run.target)
        and (narrowed.created_since is None or run.created_at >= narrowed.created_since)
        and (narrowed.created_before is None or run.created_at < narrowed.created_before)
        and (narrowed.ended_since is None or (ended is not None and ended >= narrowed.ended_since))
        and (narrowed.ended_before is None or (ended is not None and ended < narrowed.ended_before))
        and run.id.startswith(narrowed.prefix or "")
    )


@pytest.mark.parametrize("few", [0, 1, 30, run_lists.FEW])
async def test_any_filters_together(lab: Lab, few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever way is chosen, and page by page."""
    monkeypatch.setattr(run_lists, "FEW", few)
    made = await filled(lab, 120)
    by_id = {run.id: run for run in made}
    chance = random.Random(few)
    for _ in range(150):
        narrowed = some_filter(chance, made)
        found, after = [], None
        size = chance.choice([7, 1000])
        while True:
            page = await lab.services.runs.list(lab.ws, narrowed, limit=size, after=after)
            found += [run.id for run in page.runs]
            after = page.next
            if after is None:
                break
        assert found == [run.id for run in reversed(made) if fits(run, narrowed, by_id)], narrowed


@pytest.mark.parametrize(
    "narrowed,index,sorts",
    [
        (RunFilter(), "runs_top", False),
        (RunFilter(include_children=True), "runs_of_workspace", False),
        (RunFilter(statuses=("Failed", "Completed")), "runs_top", False),
        (RunFilter(created_before=NOW), "runs_top", False),
        (RunFilter(statuses=("Running",)), "runs_by_status", False),
        (RunFilter(statuses=("Running", "Queued"), experiment="a", target="gpu"), "runs_by_status", True),
        (RunFilter(experiment="a"), "runs_of_experiment", False),
        (RunFilter(experiment="a", statuses=("Failed",), target="gpu", ended_before=NOW), "runs_of_experiment", False),
        (RunFilter(target="gpu", statuses=("Failed",)), "runs_on_target", False),
        (RunFilter(parent="x"), "runs_of_parent", False),
        (RunFilter(prefix="x"), "sqlite_autoindex_runs_1", True),
        (RunFilter(tags=(("t", "1"),)), "tags_by_name", False),
        (RunFilter(tags=(("t", "1"),), experiment="a"), "tags_by_name", False),
        (RunFilter(properties=(("p", None),)), "properties_by_name", True),
    ],
)
@pytest.mark.parametrize("after", [None, 100])
async def test_the_way_to_the_runs(
    lab: Lab, narrowed: RunFilter, index: str, sorts: bool, after: Optional[int]
) -> None:
    reader = lab.services.ground.database.reader
    query = run_lists.uids(reader, lab.ws, narrowed, 10, after)
    sql = str(query.compile(reader.engine, compile_kwargs={"literal_binds": True}))
    plan = [row[3] for row in reader.execute(text("EXPLAIN QUERY PLAN " + sql.replace(":", r"\:")))]
    assert index in plan[0] and any("TEMP B-TREE" in line for line in plan) == sorts, plan


async def test_the_way_to_places_and_queues(lab: Lab) -> None:
    """The control loop asks at each event, and a target's ended runs are many."""
    reader = lab.services.ground.database.reader
    for query in (compute_rows._HOLDING, compute_rows._COUNT_WAITING, compute_rows._COUNT_BEFORE, compute_rows._LINES):
        asked = query.params(ws="w", name="cpu", uid=7)
        sql = str(asked.compile(reader.engine, compile_kwargs={"literal_binds": True}))
        plan = [row[3] for row in reader.execute(text("EXPLAIN QUERY PLAN " + sql.replace(":", r"\:")))]
        assert not any("runs_on_target" in line or "SCAN runs" in line for line in plan), plan


async def test_part_of_a_name_or_an_id(lab: Lab) -> None:
    for run_id, name in (("one", "50%_off"), ("two", "50 off"), ("offer", None)):
        await lab.services.runs.create(lab.ws, RunCreate("exp", run_id=run_id, name=name), THE_USER)
    for words, found in (("0%_", ["one"]), ("OFF", ["offer", "two", "one"]), ("tw", ["two"]), ("none", [])):
        page = await lab.services.runs.list(lab.ws, RunFilter(words=words))
        assert [run.id for run in page.runs] == found, words
    assert [run.id for run in lab.services.runs.oldest(lab.ws, RunFilter(words="off"), 1)] == ["one"]
    assert lab.services.runs.number(lab.ws, [RunStatus.RUNNING]) == 3


async def test_a_common_tag_leads_nowhere_when_more_is_asked(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    await filled(lab, 50)
    monkeypatch.setattr(run_lists, "FEW", 10)
    narrowed = RunFilter(tags=(("t", "1"),))
    for more, along in ((narrowed, True), (replace(narrowed, experiment="a"), False)):
        query = run_lists.uids(lab.services.ground.database.reader, lab.ws, more, 10, None)
        assert ("tags AS along" in str(query)) == along
