"""The spool as a script writes it: the contract's bytes, from threads, forks and signal handlers, on full disks."""

from __future__ import annotations

import itertools
import json
import math
import os
import subprocess
import sys
import textwrap
import threading
from pathlib import Path
from typing import Any, Dict, List

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainshed.contract.spool import DROPPED, HEAD, SCALAR, SpoolRecord, TornLine, encode, parse
from trainshed.sdk.metrics import writer as writers
from trainshed.sdk.metrics.writer import MetricWriter

TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=30)


def spools(folder: Path) -> List[Path]:
    return sorted(folder.glob("*.spool"))


def records(path: Path) -> List[Any]:
    return list(parse(path.read_bytes()))


def points(folder: Path) -> Dict[str, List[Any]]:
    """Values by name, over all files; torn lines are passed over."""
    found: Dict[str, List[Any]] = {}
    for path in spools(folder):
        for record in records(path):
            if isinstance(record, SpoolRecord) and record.kind == SCALAR:
                found.setdefault(record.name, []).append(record.value)
    return found


@given(
    name=TEXT,
    value=st.one_of(st.floats(allow_nan=False, allow_infinity=False), st.integers()),
    step=st.none() | st.integers(),
)
def test_the_fast_way_gives_the_bytes_of_the_contract(
    tmp_path_factory: pytest.TempPathFactory, name: str, value: float, step: int | None
) -> None:
    folder = tmp_path_factory.mktemp("spool")
    MetricWriter(str(folder), "run_1").number(name, value, step)
    (path,) = spools(folder)
    _, record = records(path)
    line = path.read_bytes().split(b"\n")[1] + b"\n"
    assert line == encode(record.seq, record.time, SCALAR, name, value, step)
    assert (record.name, record.value, record.step) == (name, value, step)
    assert type(record.value) is type(value)


def test_the_head_comes_first_and_names_the_run(tmp_path: Path) -> None:
    writer = MetricWriter(str(tmp_path / "spool"), "exp_1", rank=3)
    assert not (tmp_path / "spool").exists(), "nothing is made before the first point"
    writer.number("loss", 1)
    head, point = records(spools(tmp_path / "spool")[0])
    assert (head.kind, head.name, head.seq) == (HEAD, "exp_1", 0)
    assert head.value == {"pid": os.getpid(), "rank": 3}
    assert (point.seq, point.value) == (1, 1)


def test_halves_of_surrogate_pairs_do_not_break_the_line(tmp_path: Path) -> None:
    writer = MetricWriter(str(tmp_path), "r")
    writer.number("a\ud800b", 1.0)
    assert list(points(tmp_path)) == ["a\ufffdb"]
    assert b"ud800" not in spools(tmp_path)[0].read_bytes()


def test_names_without_end_do_not_fill_the_memory(tmp_path: Path) -> None:
    writer = MetricWriter(str(tmp_path), "r")
    for i in range(3 * writers.QUOTED_LIMIT):
        writer.number("name %d" % i, i)
    assert len(writer._quoted) <= writers.QUOTED_LIMIT
    assert len(points(tmp_path)) == 3 * writers.QUOTED_LIMIT


def test_threads_share_a_writer(tmp_path: Path) -> None:
    writer = MetricWriter(str(tmp_path), "r")
    barrier = threading.Barrier(8)

    def work(name: str) -> None:
        barrier.wait()
        for i in range(1000):
            writer.number(name, i)

    threads = [threading.Thread(target=work, args=("t%d" % i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(spools(tmp_path)) == 1
    assert points(tmp_path) == {"t%d" % i: list(range(1000)) for i in range(8)}
    seqs = [record.seq for record in records(spools(tmp_path)[0])]
    assert sorted(seqs) == list(range(8001))


def test_a_forgotten_writer_gives_its_descriptor_back(tmp_path: Path) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    for i in range(50):
        MetricWriter(str(tmp_path), "run%d" % i).number("a", i)
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    assert len(spools(tmp_path)) == 50


def script(tmp_path: Path, text: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs it with `folder` and a `writer` of it at hand."""
    head = """
        import os, signal, sys, threading, time
        from trainshed.sdk.metrics.writer import MetricWriter
        folder = sys.argv[1]
        writer = MetricWriter(folder, 'r')
    """
    file = tmp_path / "script.py"
    file.write_text(textwrap.dedent(head) + textwrap.dedent(text))
    folder = tmp_path / "spool"
    folder.mkdir(exist_ok=True)
    return subprocess.run(
        [sys.executable, str(file), str(folder), *arguments], capture_output=True, text=True, timeout=60, check=True
    )


def test_forked_children_write_files_of_their_own(tmp_path: Path) -> None:
    script(
        tmp_path,
        """
        writer.number('before', 0)
        for n in range(3):
            if os.fork() == 0:
                for i in range(200): writer.number('fork%d' % n, i)
                os._exit(0)
        for i in range(200): writer.number('parent', i)
        for n in range(3): os.wait()
        """,
    )
    folder = tmp_path / "spool"
    assert len(spools(folder)) == 4
    assert points(folder) == {
        "before": [0],
        "parent": list(range(200)),
        **{f"fork{n}": list(range(200)) for n in range(3)},
    }
    for path in spools(folder):
        assert [record.seq for record in records(path)] == list(range(len(records(path))))


def test_a_signal_handler_may_log_while_the_file_is_made(tmp_path: Path) -> None:
    """Each of many writers is interrupted within its first points: they stay in order, in one file."""
    script(
        tmp_path,
        """
        import shutil
        folder = writer.folder
        for delay in range(1, 400):
            writer = MetricWriter(folder + '/%d' % delay, 'r')
            signal.signal(signal.SIGALRM, lambda *_: writer.number('handler', 1.0))
            signal.setitimer(signal.ITIMER_REAL, delay * 1e-6)
            for i in range(3): writer.number('main', i)
            while signal.getitimer(signal.ITIMER_REAL)[0]: pass
            signal.setitimer(signal.ITIMER_REAL, 0)
        """,
    )
    folders = [path for path in (tmp_path / "spool").iterdir() if path.is_dir()]
    assert len(folders) == 399
    for folder in folders:
        assert len(spools(folder)) == 1
        assert points(folder) == {"main": [0, 1, 2], "handler": [1.0]}, folder


def test_a_signal_handler_may_log_at_any_moment(tmp_path: Path) -> None:
    done = script(
        tmp_path,
        """
        import itertools
        counter = itertools.count()
        def handler(*_):
            writer.number('handler', next(counter))
        signal.signal(signal.SIGALRM, handler)
        signal.setitimer(signal.ITIMER_REAL, 0.002, 0.002)
        for i in range(30000): writer.number('main', i)
        signal.setitimer(signal.ITIMER_REAL, 0)
        print(next(counter))
        """,
    )
    found = points(tmp_path / "spool")
    assert found["main"] == list(range(30000))
    assert sorted(found.get("handler", [])) == list(range(int(done.stdout)))


def test_a_daemon_that_closes_all_descriptors_goes_on_in_a_new_file(tmp_path: Path) -> None:
    script(
        tmp_path,
        """
        for i in range(10): writer.number('a', i)
        os.closerange(3, 100)
        for i in range(10, 20): writer.number('a', i)
        """,
    )
    assert sorted(points(tmp_path / "spool")["a"]) == list(range(20))


LIMITED = """
    import resource
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    def limit(size):
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
"""


def test_a_disk_that_is_full_for_a_while_loses_nothing_within_the_buffer(tmp_path: Path) -> None:
    """A limit on file sizes does what a full disk does: short writes, then errors."""
    done = script(
        tmp_path,
        textwrap.dedent(LIMITED)
        + textwrap.dedent(
            """
            limit(20_000)
            for i in range(5000): writer.number('a', i)
            print(os.path.getsize(os.path.join(folder, os.listdir(folder)[0])))
            limit(10_000_000)
            writer.number('a', 5000)
            """
        ),
    )
    assert int(done.stdout) <= 20_000
    folder = tmp_path / "spool"
    assert sorted(points(folder)["a"]) == list(range(5001))
    assert done.stderr.count("cannot be written") == 1
    assert "not kept" not in done.stderr
    assert sum(isinstance(record, TornLine) for record in records(spools(folder)[0])) <= 1


def test_beyond_the_buffer_points_are_counted(tmp_path: Path) -> None:
    done = script(
        tmp_path,
        textwrap.dedent(LIMITED)
        + textwrap.dedent(
            """
            limit(20_000)
            for i in range(50_000): writer.number('a', i)
            limit(resource.RLIM_INFINITY)
            writer.number('late', 1)
            """
        ),
    )
    folder = tmp_path / "spool"
    kept = points(folder)["a"]
    dropped = sum(r.value for r in records(spools(folder)[0]) if isinstance(r, SpoolRecord) and r.kind == DROPPED)
    assert len(set(kept)) == len(kept) and len(kept) + dropped in (50_000, 50_001)
    assert dropped > 0
    assert f"{dropped} metric points of run r were not kept" in done.stderr


def test_a_disk_that_stays_full_raises_nothing(tmp_path: Path) -> None:
    done = script(
        tmp_path,
        textwrap.dedent(LIMITED)
        + textwrap.dedent(
            """
            limit(1000)
            for i in range(2000): writer.number('a', i)
            print('trained')
            """
        ),
    )
    kept = len(points(tmp_path / "spool")["a"])
    assert "trained" in done.stdout
    assert f"{2000 - kept} metric points of run r were not kept" in done.stderr


def test_no_folder_can_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    writer = MetricWriter(str(tmp_path / "file" / "spool"), "r")
    for i in range(100):
        writer.number("a", i)
    assert not writer.settle()
    (tmp_path / "file").unlink()
    assert writer.settle()
    assert points(tmp_path / "file" / "spool")["a"] == list(range(100))


@pytest.mark.parametrize("end", [1, 2])
def test_a_line_cut_short_is_written_again_unless_only_its_end_is_missing(tmp_path: Path, end: int) -> None:
    """The kernel takes all but the last `end` bytes of a line: with the line break alone missing, the line counts."""
    done = script(
        tmp_path,
        textwrap.dedent(LIMITED)
        + textwrap.dedent(
            f"""
            import itertools
            writer.number('a', 0)
            path = os.path.join(folder, os.listdir(folder)[0])
            size = os.path.getsize(path)
            writer.point('s', 'b', 'x' * 10)
            line = os.path.getsize(path) - size
            limit(os.path.getsize(path) + line - {end})
            writer.point('s', 'b', 'x' * 10)
            limit(resource.RLIM_INFINITY)
            writer.number('c', 1)
            """
        ),
    )
    found = points(tmp_path / "spool")
    assert found["c"] == [1] and found["b"] == ["x" * 10] * 2, done.stderr


def test_numbers_that_json_lacks_and_large_ones(tmp_path: Path) -> None:
    writer = MetricWriter(str(tmp_path), "r")
    writer.point(SCALAR, "a", {"f": "nan"})
    writer.number("b", 2**62)
    writer.number("b", -1.7976931348623157e308)
    found = points(tmp_path)
    assert math.isnan(found["a"][0]) and found["b"] == [2**62, -1.7976931348623157e308]


def test_lines_are_json(tmp_path: Path) -> None:
    writer = MetricWriter(str(tmp_path), "r")
    for value in itertools.chain([0.1, 1e-300, 5e-324, -0.0, 1e22], range(3)):
        writer.number('quote " back \\ line \n ü \U0001f600', value)
    for line in spools(tmp_path)[0].read_bytes().splitlines():
        json.loads(line[9:])


def test_runs_that_are_named_again_and_again_share_a_file(tmp_path: Path) -> None:
    """`Run.get_context().log(...)` in a loop."""
    script(
        tmp_path,
        """
        os.environ.update(AZUREML_RUN_ID='r', AZUREML_SERVICE_ENDPOINT='x', AZUREML_RUN_TOKEN='t')
        os.environ['TRAINSHED_SPOOL'] = folder
        from azureml.core import Run
        for i in range(200): Run.get_context().log('a', i)
        runs = [Run.get_context() for _ in range(10)]
        for i, run in enumerate(runs): run.log('b', i)
        """,
    )
    folder = tmp_path / "spool"
    assert len(spools(folder)) == 1
    assert points(folder) == {"a": list(range(200)), "b": list(range(10))}
