"""Which log comes next while a run is prepared."""

from __future__ import annotations

from trainshed.sdk.following.turns import Turns, before_driver, in_order, number

BUILD, EXECUTION, PREP, DRIVER = (
    f"azureml-logs/{name}.txt"
    for name in ("20_image_build_log", "55_azureml-execution-node0", "65_job_prep-node0", "70_driver_log")
)


def test_the_build_log_comes_first_and_in_one_piece() -> None:
    turns = Turns(builds=True)
    assert turns.first({}) is None
    assert turns.first({PREP: 60}) is None, "the build log will come"
    assert turns.first({BUILD: 10, PREP: 60}) == BUILD
    # While it is silent (the resolver thinks), what stands in the other log since the beginning does not cut in.
    assert turns.after(BUILD, {BUILD: 10, PREP: 60}) is None
    assert turns.after(BUILD, {BUILD: 900, PREP: 200}) == PREP
    assert turns.after(PREP, {BUILD: 900, PREP: 200}) is None


def test_without_a_build_the_first_there_is_comes_first() -> None:
    turns = Turns(builds=False)
    assert turns.first({PREP: 60}) == PREP
    assert turns.after(PREP, {EXECUTION: 10, PREP: 60}) is None, "one that comes before waits for the driver's"


def test_a_log_that_comes_later_takes_over() -> None:
    turns = Turns(builds=False)
    assert turns.first({EXECUTION: 5}) == EXECUTION
    assert turns.after(EXECUTION, {EXECUTION: 5, PREP: 1}) == PREP


def test_the_present_one_needs_no_second_heading() -> None:
    assert in_order([PREP, EXECUTION, BUILD], PREP) == [PREP, BUILD, EXECUTION]
    assert in_order([PREP, EXECUTION], None) == [EXECUTION, PREP]
    assert before_driver({BUILD: 1, DRIVER: 2}) == {BUILD: 1}
    assert number(DRIVER) == 70 and number("azureml-logs/other.txt") == 0
