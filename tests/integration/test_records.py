"""Tags, properties, names: what is said about a run and found again."""

from __future__ import annotations

import pytest

from azureml.core import Experiment, Run
from azureml.exceptions import AzureMLException
from tests.integration.submitting import Desk, wait_for_end

pytestmark = pytest.mark.timeout(120)


def test_tags(desk: Desk) -> None:
    run = desk.experiment.submit(desk.config("pass"), tags={"from": "submit"})
    run.tag("a", "1")
    run.tag("alone")
    run.set_tags({"b": "2", "c": 3})
    assert run.get_tags() == {"from": "submit", "a": "1", "alone": None, "b": "2", "c": "3"}
    run.remove_tags(["a", "c"])
    assert run.get_tags() == {"from": "submit", "alone": None, "b": "2"}
    run.tag("b", "changed")
    assert run.tags["b"] == "changed"
    wait_for_end(run)


def test_a_property_is_given_once(desk: Desk) -> None:
    run = desk.completed("pass")
    run.add_properties({"author": "me"})
    assert run.get_properties()["author"] == "me"
    with pytest.raises(AzureMLException) as error:
        run.add_properties({"other": "x", "author": "you"})
    assert "author" in error.value.message
    found = run.get_properties()
    assert found["author"] == "me" and "other" not in found
    run.add_properties({"author": "me"})


def test_found_by_tag_property_type_and_status(desk: Desk) -> None:
    good = desk.experiment.submit(desk.config("pass"), tags={"colour": "red"})
    bad = desk.submit("raise SystemExit(1)")
    for run in (good, bad):
        wait_for_end(run)
    good.add_properties({"kind": "k"})
    assert [run.id for run in Run.list(desk.experiment, tags="colour")] == [good.id]
    assert [run.id for run in Run.list(desk.experiment, tags={"colour": "red"})] == [good.id]
    assert not list(Run.list(desk.experiment, tags={"colour": "blue"}))
    assert [run.id for run in Run.list(desk.experiment, properties={"kind": "k"})] == [good.id]
    assert [run.id for run in Run.list(desk.experiment, status="Failed")] == [bad.id]
    assert [run.id for run in desk.experiment.get_runs(tags={"colour": "red"})] == [good.id]


def test_tags_and_properties_from_the_script(desk: Desk) -> None:
    run = desk.completed(
        """
        from azureml.core import Run
        run = Run.get_context()
        run.tag('script', 'was here')
        run.add_properties({'p': 'q'})
        print('tags', run.get_tags())
        """
    )
    assert run.get_tags()["script"] == "was here"
    assert run.get_properties()["p"] == "q"


def test_experiments_and_workspace(desk: Desk) -> None:
    run = desk.completed("pass")
    assert desk.experiment.name in desk.workspace.experiments
    assert run.experiment.name == desk.experiment.name
    assert run.experiment.workspace.name == desk.workspace.name
    for value in (desk.workspace.name, desk.workspace.location, desk.workspace.resource_group):
        assert isinstance(value, str) and value
    assert desk.workspace.subscription_id


def test_a_run_that_is_not_there(desk: Desk) -> None:
    with pytest.raises(AzureMLException) as error:
        Run(desk.experiment, "no_such_run")
    assert "no_such_run" in error.value.message


def test_names_of_other_runs_do_not_mix(desk: Desk) -> None:
    other = Experiment(desk.workspace, desk.experiment.name + "-other")
    mine, theirs = desk.submit("pass"), other.submit(desk.config("pass"))
    for run in (mine, theirs):
        wait_for_end(run)
    assert [run.id for run in desk.experiment.get_runs()] == [mine.id]
    assert [run.id for run in other.get_runs()] == [theirs.id]
    assert theirs.number == 1
