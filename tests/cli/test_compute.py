"""`trainshed compute`."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Shelf, trainshed


def test_make_list_show_delete(shelf: Shelf) -> None:
    assert "There is no cluster" in trainshed("compute", "list").err
    created = trainshed("compute", "create", "cpu-cluster", "--max-nodes", "3", "--json").json
    assert (created["name"], created["state"], created["settings"]["max_nodes"]) == ("cpu-cluster", "Succeeded", 3)
    assert trainshed("compute", "list").lines == ["cpu-cluster\tSucceeded\t0-3\t0\t0\tSTANDARD_D2_V2"]
    assert [one["name"] for one in trainshed("compute", "list", "--json").json["clusters"]] == ["cpu-cluster"]
    assert "nodes    0 to 3" in trainshed("compute", "show", "cpu-cluster").out
    assert "state    Deleted" in trainshed("compute", "delete", "cpu-cluster").out
    gone = trainshed("compute", "show", "cpu-cluster")
    assert gone.code == 3 and "trainshed compute create cpu-cluster" in gone.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("show",), "needs the cluster's name"),
        (("list", "--max-nodes", "3"), "belong to 'create'"),
        (("create", "no good"), "2 to 32 letters"),
        (("create", "good", "--max-nodes", "-1"), "max_nodes -1"),
        (("burn", "good"), "invalid choice"),
    ],
)
def test_bad_usage(shelf: Shelf, words: tuple[str, ...], told: str) -> None:
    typed = trainshed("compute", *words)
    assert typed.code == 2 and told in typed.err
