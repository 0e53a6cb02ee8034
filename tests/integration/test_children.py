"""Child runs: from the script, from the notebook, many at once, submitted ones."""

from __future__ import annotations

import pytest

from tests.integration.submitting import Desk, wait_for_end, wait_for_log

pytestmark = pytest.mark.timeout(120)


def test_children_from_the_script(desk: Desk) -> None:
    run = desk.completed(
        """
        from azureml.core import Run
        run = Run.get_context()
        for i in range(3):
            child = run.child_run('fold %d' % i)
            child.log('score', i)
            child.tag('fold', str(i))
            child.complete()
        """
    )
    children = list(run.get_children())
    assert [child.name for child in children] == ["fold 2", "fold 1", "fold 0"]
    assert [child.get_metrics() for child in children] == [{"score": 2}, {"score": 1}, {"score": 0}]
    assert {child.get_status() for child in children} == {"Completed"}
    assert all(child.parent.id == run.id for child in children)
    assert next(run.get_children()).id == children[0].id
    assert [child.id for child in run.get_children(tags={"fold": "1"})] == [children[1].id]


def test_children_from_the_notebook(desk: Desk) -> None:
    with desk.experiment.start_logging(snapshot_directory=None) as run:
        with run.child_run("inner") as child:
            child.log("a", 1)
            with child.child_run("innermost") as grandchild:
                grandchild.log("b", 2)
    assert [one.name for one in run.get_children()] == ["inner"]
    assert {one.name for one in run.get_children(recursive=True)} == {"inner", "innermost"}
    assert {one.get_status() for one in run.get_children(recursive=True)} == {"Completed"}
    assert run.get_status() == "Completed"


def test_create_children_are_context_managers(desk: Desk) -> None:
    run = desk.experiment.start_logging(snapshot_directory=None)
    for i, child in enumerate(run.create_children(count=3)):
        with child:
            child.log("i", i)
    run.complete()
    found = list(run.get_children())
    assert len(found) == 3
    assert {child.get_status() for child in found} == {"Completed"}
    assert sorted(child.get_metrics()["i"] for child in found) == [0, 1, 2]


def test_children_never_started_are_canceled_when_it_ends(desk: Desk) -> None:
    run = desk.experiment.start_logging(snapshot_directory=None)
    never, begun = run.create_children(count=2)
    (below,) = never.create_children(count=1)
    begun.start()
    run.complete()
    assert (never.get_status(), below.get_status(), begun.get_status()) == ("Canceled", "Canceled", "Running")
    assert run.id in never.get_detailed_status()["details"]
    begun.complete()
    assert begun.get_status() == "Completed"


def test_create_children_with_tags(desk: Desk) -> None:
    run = desk.experiment.start_logging(snapshot_directory=None)
    children = run.create_children(tag_key="fold", tag_values=["a", "b"])
    assert [child.get_tags()["fold"] for child in children] == ["a", "b"]
    for child in children:
        child.start()
        child.complete()
    run.complete()


def test_a_child_that_fails_in_its_block(desk: Desk) -> None:
    run = desk.experiment.start_logging(snapshot_directory=None)
    with pytest.raises(ZeroDivisionError):
        with run.child_run("breaks") as child:
            child.log("x", 1 / 0)
    assert child.get_status() == "Failed"
    assert "ZeroDivisionError" in str(child.get_details()["error"])
    run.complete()


def test_a_submitted_child(desk: Desk) -> None:
    parent = desk.experiment.start_logging(snapshot_directory=None)
    child = parent.submit_child(
        desk.config("from azureml.core import Run; print('parent', Run.get_context().parent.id)")
    )
    assert wait_for_end(child) == "Completed"
    assert f"parent {parent.id}" in wait_for_log(child, "parent ")
    assert [one.id for one in parent.get_children()] == [child.id]
    parent.complete()


def test_a_submitted_child_writes_to_its_parent(desk: Desk) -> None:
    """`Run.get_context().parent.log`, as v1's tuning scripts do: the parent's metric, not the child's."""
    parent = desk.experiment.start_logging(snapshot_directory=None)
    script = """
        from azureml.core import Run
        run = Run.get_context()
        run.log('own', 1)
        run.parent.log('of the parent', 2)
        run.parent.tag('told by', 'child')
    """
    child = parent.submit_child(desk.config(script))
    child.wait_for_completion()
    assert child.get_metrics() == {"own": 1}
    assert parent.get_metrics() == {"of the parent": 2}
    assert parent.get_tags()["told by"] == "child"
    parent.complete()


def test_children_left_open_by_a_script_end_with_it(desk: Desk) -> None:
    run = desk.completed(
        "from azureml.core import Run\nchild = Run.get_context().child_run('open')\nchild.log('a', 1)\n"
    )
    (child,) = run.get_children()
    assert child.get_metrics() == {"a": 1}
    assert wait_for_end(child) in ("Completed", "Canceled", "Failed")
