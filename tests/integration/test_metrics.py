"""Metrics from a script to get_metrics: their shapes, their order, the moment they can be seen."""

from __future__ import annotations

import math

import pytest

from tests.integration.submitting import Desk, driver_log, wait_for_end, wait_for_file, write
from tests.support.waiting import wait_until

pytestmark = pytest.mark.timeout(120)

HEAD = "from azureml.core import Run\nrun = Run.get_context()\n"


def test_every_shape(desk: Desk) -> None:
    run = desk.completed(
        HEAD
        + "run.log('once', 1)\n"
        + "for i in range(3): run.log('often', i / 2)\n"
        + "run.log_list('listed', [1, 2, 3])\n"
        + "run.log_list('generated', (i * i for i in range(4)))\n"
        + "run.log_row('row', x=1, y=2.5)\n"
        + "for i in range(2): run.log_row('rows', x=i, y=i * i)\n"
        + "run.log_table('table', {'a': [1, 2], 'b': ['x', 'y']})\n"
        + "run.log('word', 'yes'); run.log('truth', True); run.log('nothing', None)\n"
        + "run.log('described', 5, description='of no meaning')\n"
    )
    assert run.get_metrics() == {
        "once": 1,
        "often": [0.0, 0.5, 1.0],
        "listed": [1, 2, 3],
        "generated": [0, 1, 4, 9],
        "row": {"x": 1, "y": 2.5},
        "rows": {"x": [0, 1], "y": [0, 1]},
        "table": {"a": [1, 2], "b": ["x", "y"]},
        "word": "yes",
        "truth": True,
        "nothing": None,
        "described": 5,
    }


def test_one_name_logged_by_several_calls(desk: Desk) -> None:
    run = desk.completed(
        HEAD
        + "run.log('a', 1); run.log_list('a', [2, 3]); run.log('a', 4)\n"
        + "run.log_list('l', [1]); run.log_list('l', []); run.log('l', 2.5)\n"
        + "run.log_row('t', x=1); run.log_table('t', {'x': [2, 3]}); run.log('t', 0.5); run.log_row('t', x=4)\n"
    )
    metrics = run.get_metrics()
    assert metrics == {"a": [1, 2, 3, 4], "l": [1, 2.5], "t": {"x": [1, 2, 3, 4], "t": [0.5]}}
    assert list(metrics) == ["a", "l", "t"] and type(metrics["l"][0]) is int


def test_order_of_names_and_kinds_of_numbers(desk: Desk) -> None:
    run = desk.completed(
        HEAD
        + "class Scalar:\n"
        + "    def __init__(self, value): self.value = value\n"
        + "    def item(self): return self.value\n"
        + "for name in ['zeta', 'alpha', 'mid']: run.log(name, 1)\n"
        + "run.log('alpha', 2.0)\n"
        + "run.log('big', 2 ** 62); run.log('huge', 1e300); run.log('i', 3); run.log('f', 3.0)\n"
        + "try:\n    import numpy\nexcept ImportError:\n    numpy = None\n"
        + "if numpy: run.log('np_f', numpy.float32(0.5)); run.log('np_i', numpy.int64(7))\n"
    )
    metrics = run.get_metrics()
    assert list(metrics)[:3] == ["zeta", "alpha", "mid"]
    assert metrics["big"] == 2**62 and metrics["huge"] == 1e300
    assert type(metrics["i"]) is int and type(metrics["f"]) is float
    if "np_f" in metrics:
        assert type(metrics["np_f"]) is float and type(metrics["np_i"]) is int


def test_numbers_that_json_lacks(desk: Desk) -> None:
    run = desk.completed(HEAD + "for value in ('nan', 'inf', '-inf', '1'): run.log('odd', float(value))\n")
    nan, plus, minus, one = run.get_metrics()["odd"]
    assert math.isnan(nan) and plus == math.inf and minus == -math.inf and one == 1


def test_one_name_and_the_children_too(desk: Desk) -> None:
    run = desk.completed(
        HEAD + "run.log('a', 1); run.log('b', 2)\nwith run.child_run('kid') as child: child.log('a', 3)\n"
    )
    assert run.get_metrics(name="a") == {"a": 1}
    (child,) = run.get_children()
    assert child.get_metrics() == {"a": 3}
    assert run.get_metrics(recursive=True)


def test_a_point_is_seen_while_the_script_runs(desk: Desk) -> None:
    go = desk.folder / "go"
    run = desk.submit(
        HEAD + "import os, sys, time\nrun.log('early', 7)\nwhile not os.path.exists(sys.argv[1]): time.sleep(0.02)\n",
        [str(go)],
    )
    wait_until(lambda: run.get_metrics() == {"early": 7}, 60, "the metric of a running script")
    assert run.get_status() == "Running"
    go.touch()
    assert wait_for_end(run) == "Completed"


def test_flush_returns_when_the_server_has_it(desk: Desk) -> None:
    flushed, go = desk.folder / "flushed", desk.folder / "go"
    run = desk.submit(
        HEAD
        + "import os, sys, time\n"
        + "for i in range(1000): run.log('point', i)\n"
        + "run.flush()\nopen(sys.argv[1], 'w').close()\n"
        + "while not os.path.exists(sys.argv[2]): time.sleep(0.02)\n",
        [str(flushed), str(go)],
    )
    wait_for_file(flushed)
    assert run.get_metrics()["point"] == list(range(1000))
    go.touch()
    assert wait_for_end(run) == "Completed"


def test_forks_and_threads_of_a_script(desk: Desk) -> None:
    run = desk.completed(
        HEAD
        + "import os, threading\n"
        + "run.log('before', 0)\n"
        + "def work(name):\n    for i in range(500): run.log(name, i)\n"
        + "threads = [threading.Thread(target=work, args=('thread%d' % n,)) for n in range(4)]\n"
        + "[t.start() for t in threads]; [t.join() for t in threads]\n"
        + "kids = []\n"
        + "for n in range(4):\n"
        + "    pid = os.fork()\n"
        + "    if pid == 0:\n        work('fork%d' % n)\n        os._exit(0)\n"
        + "    kids.append(pid)\n"
        + "for pid in kids: os.waitpid(pid, 0)\n"
    )
    metrics = run.get_metrics()
    for n in range(4):
        assert metrics[f"thread{n}"] == list(range(500))
        assert metrics[f"fork{n}"] == list(range(500))


def test_what_was_logged_just_before_a_death_is_there(desk: Desk) -> None:
    run = desk.submit(HEAD + "import os\nfor i in range(2000): run.log('point', i)\nos.kill(os.getpid(), 9)\n")
    assert wait_for_end(run) == "Failed"
    assert run.get_metrics()["point"] == list(range(2000))


def test_what_cannot_be_logged_is_refused_where_it_stands(desk: Desk) -> None:
    run = desk.completed(
        HEAD
        + "from azureml.exceptions import UserErrorException\n"
        + "for value in ([1, 2], {'a': 1}, object()):\n"
        + "    try:\n        run.log('bad', value)\n"
        + "    except UserErrorException as error: print('refused:', error.message)\n"
        + "try: run.log_row('bad', x=[1])\n"
        + "except UserErrorException as error: print('refused:', error.message)\n"
        + "try: run.log_table('bad', {'a': [1], 'b': [1, 2]})\n"
        + "except UserErrorException as error: print('refused:', error.message)\n"
        + "run.log('good', 1)\n"
    )
    log = driver_log(run)
    assert log.count("refused:") == 5 and log.count("'bad'") >= 5
    assert run.get_metrics() == {"good": 1}


def test_a_script_that_swallows_the_import_error_still_logs(desk: Desk) -> None:
    run = desk.completed(
        """
        try:
            from azureml.core import Run
            run = Run.get_context()
        except ImportError:
            run = None
        if run is not None:
            run.log('seen', 1)
        """
    )
    assert run.get_metrics() == {"seen": 1}


def test_an_ended_run_stays_writable(desk: Desk) -> None:
    run = desk.completed(HEAD + "run.log('a', 1)\n")
    run.log("late", 2)
    run.flush()
    run.tag("seen", "late")
    write(desk.folder / "note.txt", "late")
    run.upload_file("outputs/note.txt", str(desk.folder / "note.txt"))
    assert run.get_metrics() == {"a": 1, "late": 2}
    assert run.get_tags()["seen"] == "late"
    assert "outputs/note.txt" in run.get_file_names()


def test_hundred_names(desk: Desk) -> None:
    run = desk.completed(HEAD + "for i in range(100): run.log('metric%03d' % i, i)\n")
    assert run.get_metrics() == {f"metric{i:03d}": i for i in range(100)}


def test_a_long_series_keeps_every_value(desk: Desk) -> None:
    run = desk.completed(HEAD + "for i in range(30000): run.log('point', i * 0.5)\n")
    assert run.get_metrics()["point"] == [i * 0.5 for i in range(30000)]
