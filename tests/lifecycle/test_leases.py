"""Leases, by table: times are handed in."""

from __future__ import annotations

from trainshed.server.control.leases import Leases


def test_silence_is_told_once_and_forgotten_when_heard() -> None:
    leases = Leases(silent_s=60, gap_s=1000)
    assert leases.look(["a", "b"], 0) == []
    leases.heard("b", 50)
    assert leases.look(["a", "b"], 59) == []
    assert leases.look(["a", "b"], 61) == ["a"]
    assert leases.look(["a", "b"], 62) == []
    leases.heard("a", 63)
    assert leases.look(["a", "b"], 111) == ["b"]
    assert leases.look(["a"], 124) == ["a"]


def test_a_whole_new_lease_after_a_start_and_after_a_gap() -> None:
    leases = Leases(silent_s=60, gap_s=10)
    assert leases.look(["a"], 5000) == [], "a server that has just started"
    for at in range(5005, 5060, 5):
        assert leases.look(["a"], at) == []
    assert leases.look(["a"], 5200) == [], "the loop was away"
    for at in range(5205, 5260, 5):
        assert leases.look(["a"], at) == []
    assert leases.look(["a"], 5261) == ["a"]


def test_those_that_are_over_are_forgotten() -> None:
    leases = Leases(silent_s=60, gap_s=1000)
    leases.look(["a"], 0)
    assert leases.silence_s("a", 30) == 30
    leases.look([], 40)
    assert leases.silence_s("a", 50) == 0
