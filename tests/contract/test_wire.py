"""Records survive JSON; errors survive JSON and pickle; names from outside stay inside."""

from __future__ import annotations

import importlib
import pickle
import pkgutil
import string
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainshed import contract
from trainshed.contract import errors, messages, wire
from trainshed.contract.exceptions import AzureMLException, UserErrorException
from trainshed.contract.names import check_experiment_name, check_file_name, check_run_id, new_run_id
from trainshed.contract.records import ExitReport, NodeReport, PhaseChange, ProcessName, RankReport, RunError
from trainshed.contract.snapshot import Manifest, SnapshotFile
from trainshed.contract.spec import CommandSpec, LimitsSpec, RunSpec, SourceSpec
from trainshed.contract.status import RunStatus

TEXT = st.text(max_size=20)
SPECS = st.builds(
    RunSpec,
    command=st.builds(CommandSpec, script=TEXT, arguments=st.lists(TEXT, max_size=3).map(tuple)),
    source=st.builds(SourceSpec, snapshot_id=st.none() | TEXT),
    limits=st.builds(LimitsSpec, max_duration_s=st.none() | st.floats(0, 1e9), retries=st.integers(0, 9)),
    variables=st.dictionaries(TEXT, TEXT, max_size=3),
    tags=st.dictionaries(TEXT, st.none() | TEXT, max_size=3),
)


@given(SPECS)
def test_a_spec_survives_json(spec: RunSpec) -> None:
    assert wire.loads(RunSpec, wire.dumps(spec)) == spec


def report() -> NodeReport:
    exit_report = ExitReport(code=None, signal="SIGSEGV", at=wire.now(), left_over=(ProcessName(12, "sleep 9"),))
    return NodeReport(
        node=0,
        seq=3,
        phases=(PhaseChange(RunStatus.PREPARING, wire.now()), PhaseChange(RunStatus.FAILED, wire.now(), "why")),
        ranks=(RankReport(0, RunStatus.FAILED, exit_report),),
        error=RunError("signal", "ended by SIGSEGV", {"signal": "SIGSEGV"}, ("last", "lines")),
    )


@given(st.lists(st.binary(max_size=50), max_size=4))
def test_a_sync_survives_its_packing(chunks: list[bytes]) -> None:
    appends = tuple(messages.Append("f%d" % n, "log", n, len(chunk)) for n, chunk in enumerate(chunks))
    request = messages.SyncRequest(1, 2, 0, "agent", report(), appends, (messages.WholeFile("a\nb", 1, "x"),))
    got, payload = messages.unpack_sync(messages.pack_sync(request, b"".join(chunks)))
    assert got == request
    assert bytes(payload) == b"".join(chunks)


def test_a_sync_with_missing_bytes_is_refused() -> None:
    request = messages.SyncRequest(1, 1, 0, "agent", report(), (messages.Append("f", "log", 0, 5),))
    with pytest.raises(ValueError, match="promises"):
        messages.unpack_sync(messages.pack_sync(request, b"1234"))


def test_unknown_keys_are_ignored_and_wrong_ones_named() -> None:
    assert wire.from_wire(LimitsSpec, {"grace_s": 3, "later": 1}) == LimitsSpec(grace_s=3.0)
    with pytest.raises(ValueError, match=r"LimitsSpec\.retries must be int"):
        wire.from_wire(LimitsSpec, {"retries": "many"})
    with pytest.raises(ValueError, match="CommandSpec"):
        wire.from_wire(CommandSpec, {})


def test_times_are_utc_and_end_in_z() -> None:
    at = wire.now()
    assert wire.format_time(at).endswith("Z")
    assert wire.parse_time(wire.format_time(at)) == at
    assert wire.parse_time("2026-01-02T03:04:05Z").hour == 3


def facts_of(kind: type[errors.Coded]) -> dict[str, object]:
    """One for each that the words name; numbers, where they are formatted as such."""
    fields = string.Formatter().parse(kind.text)
    return {
        name: 3 if form.endswith(("d", "f")) else "value of %s" % name
        for _, name, form, _ in fields
        if name and form is not None
    }


@pytest.mark.parametrize("code", sorted(errors.CODES))
def test_every_error_has_its_words_and_survives_json_and_pickle(code: str) -> None:
    error = errors.CODES[code](**facts_of(errors.CODES[code]))
    assert isinstance(error, AzureMLException)
    assert "{" not in error.message, "a fact is missing in this test: %s" % error.message
    for again in (errors.from_body(error.to_wire()), pickle.loads(pickle.dumps(error))):
        assert type(again) is type(error)
        assert (again.message, again.facts) == (error.message, error.facts)


def test_errors_of_every_area_come_over_though_nobody_imported_them() -> None:
    """Each module of the contract that defines some; in a process of its own, where none of them is loaded."""
    modules = [module.name for module in pkgutil.walk_packages(contract.__path__, "trainshed.contract.")]
    for name in modules:
        importlib.import_module(name)
    known = {code: kind for code, kind in errors.CODES.items() if kind.__module__.startswith("trainshed.contract")}
    areas = {kind.__module__ for kind in known.values()} - {errors.__name__}
    assert len(areas) >= 2
    one_each = {kind.__module__: kind for kind in known.values()}
    given = [(kind.code, kind.__name__, pickle.dumps(kind(**facts_of(kind)))) for kind in one_each.values()]
    ask = """
import pickle, sys
from trainshed.contract import errors
for code, name, pickled in eval(sys.stdin.read()):
    found = errors.from_body({"code": code, "message": "m"}), pickle.loads(pickled)
    print([type(each).__name__ for each in found] == [name, name])
"""
    for one in given:  # each in a fresh process: the first must not load the modules for the others
        said = subprocess.run(
            [sys.executable, "-c", ask], input=repr([one]), capture_output=True, text=True, timeout=60
        )
        assert said.stdout == "True\n", (one[:2], said.stderr)


def test_an_unknown_error_keeps_its_words() -> None:
    error = errors.from_body({"code": "from_the_future", "message": "words"}, 418)
    assert isinstance(error, errors.ServerError)
    assert (error.message, error.status_code) == ("words", 418)


@pytest.mark.parametrize("name", ["a", "9-_x", "A" * 255])
def test_experiment_names_that_v1_takes(name: str) -> None:
    assert check_experiment_name(name) == name
    assert check_run_id(new_run_id(name)).startswith(name[:230])


@pytest.mark.parametrize("name", ["", "-a", "_a", "a b", "a/b", "a.b", "A" * 256, "é", None, 3, "a\n"])
def test_experiment_names_that_v1_refuses(name: object) -> None:
    with pytest.raises(UserErrorException, match="is not allowed"):
        check_experiment_name(name)


@pytest.mark.parametrize(("given", "clean"), [("./outputs//m.pkl", "outputs/m.pkl"), ("a\\b", "a/b"), (" x", " x")])
def test_file_names_are_cleaned(given: str, clean: str) -> None:
    assert check_file_name(given) == clean


def test_the_longest_name_that_a_disk_takes() -> None:
    longest = "outputs/%s/%s" % ("x" * 255, "\udcff" * 255)
    assert check_file_name(longest) == longest
    with pytest.raises(UserErrorException, match="256 bytes, and file systems take 255"):
        check_file_name("outputs/" + "x" * 256)


@pytest.mark.parametrize(
    "path",
    ["", ".", "../x", "a/../../x", "/etc/passwd", "C:\\x", "a\x00b", "a\nb", None, "..\\x", "outputs/" + "é" * 128],
)
def test_file_names_that_would_leave_the_run_are_refused(path: object) -> None:
    with pytest.raises(UserErrorException, match="cannot be used in a run"):
        check_file_name(path)


def test_a_snapshot_is_named_by_its_files_not_by_their_order() -> None:
    files = (SnapshotFile("b", "1", 1), SnapshotFile("a", "2", 2, executable=True))
    assert Manifest(files).id() == Manifest(files[::-1]).id()
    assert Manifest(files).id() != Manifest(files[:1]).id()
    assert Manifest(files).size_bytes == 3
