"""Outside of a run: a stand-in that prints, and that scripts can tell from a run."""

from __future__ import annotations

from typing import Any, Callable

import pytest

from azureml.core import Run
from azureml.core.run import _OfflineRun, get_run
from azureml.exceptions import RunEnvironmentException, UserErrorException


def test_it_is_known_by_its_class_its_id_and_what_it_lacks() -> None:
    run = Run.get_context()
    assert type(run) is _OfflineRun and not isinstance(run, Run)
    assert run.id.startswith("OfflineRun_") and len(run.id) == len("OfflineRun_") + 36
    assert run.id != Run.get_context().id
    for missing in ("experiment", "parent", "input_datasets"):
        assert not hasattr(run, missing)
    assert callable(get_run)


def test_none_wanted() -> None:
    with pytest.raises(RunEnvironmentException) as error:
        Run.get_context(allow_offline=False)
    assert error.value.message


def test_half_a_context_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable left over in the shell makes no run."""
    monkeypatch.setenv("AZUREML_RUN_ID", "left_over")
    assert type(Run.get_context()) is _OfflineRun


def test_metrics_are_printed_and_not_kept(capsys: pytest.CaptureFixture[str]) -> None:
    run = Run.get_context()
    run.log("loss", 0.5)
    run.log("loss", 0.25, step=3)
    run.log_list("list", (i for i in range(3)))
    run.log_row("row", x=1)
    run.log_table("table", {"a": [1]})
    run.log_image("image", path="plot.png")
    printed = capsys.readouterr().out
    assert "Attempted to log scalar metric loss:\n0.5\n" in printed
    assert "[0, 1, 2]" in printed and "plot.png" in printed
    assert run.get_metrics() == {}


@pytest.mark.parametrize(
    "log",
    [
        lambda run: run.log("a", [1, 2]),
        lambda run: run.log("a", {"b": 1}),
        lambda run: run.log("", 1),
        lambda run: run.log(None, 1),
        lambda run: run.log_list("a", 1),
        lambda run: run.log_list("", [1]),
        lambda run: run.log_row("a", x=[1]),
        lambda run: run.log_table("a", {"x": [1], "y": [1, 2]}),
        lambda run: run.log_image("a"),
        lambda run: run.log_residuals("a", {}),
    ],
)
def test_what_a_run_refuses_is_refused_here_too(log: Callable[[Any], None], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UserErrorException):
        log(Run.get_context())
    assert capsys.readouterr().out == ""


def test_its_life() -> None:
    with Run.get_context() as run:
        run.tag("a", "b")
        run.add_properties({"p": "q"})
        run.upload_file("outputs/a", "a")
        run.flush()
        with run.child_run("child") as child:
            child.log("x", 1)
        assert child.get_status() == "Completed"
        assert [one.id for one in run.get_children()] == [child.id]
        assert len(run.create_children(tag_key="k", tag_values=["1", "2"])) == 2
    assert run.get_status() == "Completed"
    assert run.get_tags() == {"a": "b"} and run.get_properties() == {"p": "q"}
    assert run.wait_for_completion(True)["status"] == "Completed"
    with pytest.raises(ValueError):
        with Run.get_context() as run:
            raise ValueError("of the user")
    assert run.get_status() == "Failed"
