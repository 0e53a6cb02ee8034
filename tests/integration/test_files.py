"""Files of a run: collected from outputs/ and logs/, uploaded, downloaded, read while they are written."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from azureml.exceptions import AzureMLException, UserErrorException
from tests.integration.submitting import (
    Desk,
    by_name,
    content,
    driver_log,
    wait_for_end,
    wait_for_file,
    wait_for_log,
    write,
)
from tests.support.folders import files_below
from tests.support.waiting import wait_until

pytestmark = pytest.mark.timeout(120)

WAIT = "import os, sys, time\ndef wait_for(path):\n    while not os.path.exists(path): time.sleep(0.02)\n"


def test_outputs_and_logs_are_collected(desk: Desk) -> None:
    run = desk.completed(
        """
        import os
        os.makedirs('outputs/deep/er'); os.makedirs('other')
        open('outputs/a.txt', 'w').write('a')
        open('outputs/deep/er/b.bin', 'wb').write(bytes(range(256)))
        open('outputs/empty', 'w').close()
        open('logs/train.log', 'w').write('log')
        open('other/not.txt', 'w').write('no')
        """
    )
    names = run.get_file_names()
    assert by_name(names, "outputs/") == ["outputs/a.txt", "outputs/deep/er/b.bin", "outputs/empty"]
    assert "logs/train.log" in names and "azureml-logs/70_driver_log.txt" in names
    assert not by_name(names, "other")
    assert content(run, "outputs/deep/er/b.bin", desk.folder) == bytes(range(256))
    assert content(run, "outputs/empty", desk.folder) == b""


def test_files_that_came_with_the_snapshot_are_no_outputs(desk: Desk) -> None:
    run = desk.completed(
        "open('outputs/changed.txt', 'w').write('new'); open('outputs/made.txt', 'w').write('made')",
        outputs__came_txt="came",
        outputs__changed_txt="old",
    )
    assert by_name(run.get_file_names(), "outputs/") == ["outputs/changed.txt", "outputs/made.txt"]
    assert content(run, "outputs/changed.txt", desk.folder) == b"new"


def test_a_thousand_small_outputs(desk: Desk) -> None:
    run = desk.completed(
        "for i in range(1000):\n    with open('outputs/f%04d.txt' % i, 'w') as file: file.write('content %d' % i)\n"
    )
    assert by_name(run.get_file_names(), "outputs/") == [f"outputs/f{i:04d}.txt" for i in range(1000)]
    run.download_files(prefix="outputs/", output_directory=str(desk.folder / "all"))
    for i in range(1000):
        assert (desk.folder / "all" / "outputs" / f"f{i:04d}.txt").read_text() == f"content {i}"


def test_a_file_that_is_rewritten_again_and_again(desk: Desk) -> None:
    run = desk.completed(
        """
        import os
        for i in range(300):
            with open('outputs/best.txt', 'w') as file: file.write('version %d ' % i + 'x' * (i * 37 % 1000))
            with open('outputs/tmp_name', 'w') as file: file.write('renamed %d' % i)
            os.replace('outputs/tmp_name', 'outputs/renamed.txt')
        """
    )
    assert content(run, "outputs/best.txt", desk.folder) == b"version 299 " + b"x" * (299 * 37 % 1000)
    assert content(run, "outputs/renamed.txt", desk.folder) == b"renamed 299"
    assert by_name(run.get_file_names(), "outputs/") == ["outputs/best.txt", "outputs/renamed.txt"]


def test_a_file_that_grows_can_be_read_on_the_way(desk: Desk) -> None:
    go = desk.folder / "go"
    run = desk.submit(
        WAIT
        + "file = open('outputs/grows.txt', 'wb', buffering=0)\n"
        + "file.write(b'first half ')\nwait_for(sys.argv[1])\nfile.write(b'second half')\n",
        [str(go)],
    )
    wait_until(lambda: "outputs/grows.txt" in run.get_file_names(), 60, "the file to be listed")
    wait_until(lambda: content(run, "outputs/grows.txt", desk.folder) == b"first half ", 60, "its bytes so far")
    go.touch()
    assert wait_for_end(run) == "Completed"
    assert content(run, "outputs/grows.txt", desk.folder) == b"first half second half"


def test_a_file_that_grew_and_was_cut(desk: Desk) -> None:
    go = desk.folder / "go"
    run = desk.submit(
        WAIT
        + "open('outputs/cut.txt', 'wb').write(b'a' * 100000)\nprint('written', flush=True)\nwait_for(sys.argv[1])\n"
        + "open('outputs/cut.txt', 'wb').write(b'short')\n",
        [str(go)],
    )
    wait_until(lambda: "outputs/cut.txt" in run.get_file_names(), 60, "the file to be listed")
    go.touch()
    assert wait_for_end(run) == "Completed"
    assert content(run, "outputs/cut.txt", desk.folder) == b"short"


def test_a_file_that_was_removed_again(desk: Desk) -> None:
    go = desk.folder / "go"
    run = desk.submit(
        WAIT + "open('outputs/brief.txt', 'w').write('x')\nwait_for(sys.argv[1])\nos.remove('outputs/brief.txt')\n",
        [str(go)],
    )
    wait_until(lambda: "outputs/brief.txt" in run.get_file_names(), 60, "the file to be listed")
    go.touch()
    assert wait_for_end(run) == "Completed"
    assert "outputs/brief.txt" not in run.get_file_names()


def test_a_large_file_arrives_whole(desk: Desk) -> None:
    size = 64 << 20
    run = desk.completed(
        f"block = bytes(range(256)) * 4096\nwith open('outputs/big', 'wb') as f:\n"
        f"    for i in range({size} // len(block)): f.write(block)\n"
    )
    want = hashlib.sha256()
    for _ in range(size // (256 * 4096)):
        want.update(bytes(range(256)) * 4096)
    assert hashlib.sha256(content(run, "outputs/big", desk.folder)).hexdigest() == want.hexdigest()


def test_what_a_reader_does_to_a_download_touches_no_record(desk: Desk) -> None:
    run = desk.completed("open('outputs/a.txt', 'w').write('kept')")
    run.download_file("outputs/a.txt", "here.txt")
    with open("here.txt", "a", encoding="utf-8") as file:
        file.write(" and spoilt")
    assert content(run, "outputs/a.txt", desk.folder) == b"kept"


def test_upload_and_download_from_the_notebook(desk: Desk) -> None:
    run = desk.completed("pass")
    write(desk.folder / "one.txt", "1")
    write(desk.folder / "many" / "a.txt", "a")
    write(desk.folder / "many" / "deep" / "b.txt", "b")
    run.upload_file("uploaded/one.txt", "one.txt")
    run.upload_files(["uploaded/x.txt", "uploaded/y.txt"], ["one.txt", str(desk.folder / "many" / "a.txt")])
    run.upload_folder("folder", "many")
    names = run.get_file_names()
    assert by_name(names, "uploaded/") == ["uploaded/one.txt", "uploaded/x.txt", "uploaded/y.txt"]
    assert by_name(names, "folder/") == ["folder/a.txt", "folder/deep/b.txt"]
    assert content(run, "uploaded/y.txt", desk.folder) == b"a"
    run.download_file("folder/deep/b.txt", output_file_path="b_here.txt")
    assert Path("b_here.txt").read_text() == "b"


def test_a_name_that_is_taken(desk: Desk) -> None:
    run = desk.completed("open('outputs/a.txt', 'w').write('first')")
    write(desk.folder / "a.txt", "second")
    with pytest.raises(AzureMLException) as error:
        run.upload_file("outputs/a.txt", "a.txt")
    assert "outputs/a.txt" in error.value.message
    assert content(run, "outputs/a.txt", desk.folder) == b"first"


def test_a_file_that_is_not_there_names_those_that_are(desk: Desk) -> None:
    run = desk.completed("open('outputs/a.txt', 'w').write('first')")
    with pytest.raises(UserErrorException) as error:
        run.download_file("outputs/b.txt")
    for place in ("/proc/nowhere/a.txt", "/dev/null/a.txt"):
        with pytest.raises(UserErrorException, match="Nothing can be written to '%s'" % place):
            run.download_file("outputs/a.txt", place)
    assert "outputs/b.txt" in error.value.message and "outputs/a.txt" in error.value.message
    assert not Path("b.txt").exists()


def test_upload_from_the_script_is_there_at_once(desk: Desk) -> None:
    go = desk.folder / "go"
    run = desk.submit(
        WAIT
        + "from azureml.core import Run\nrun = Run.get_context()\n"
        + "open('result.txt', 'w').write('result')\nrun.upload_file('results/result.txt', 'result.txt')\n"
        + "print('uploaded', run.get_file_names(), flush=True)\nwait_for(sys.argv[1])\n",
        [str(go)],
    )
    wait_for_log(run, "uploaded")
    assert content(run, "results/result.txt", desk.folder) == b"result"
    go.touch()
    assert wait_for_end(run) == "Completed"


@pytest.mark.parametrize(
    "name", ["../evil.txt", "/etc/evil.txt", "a/../../evil.txt", "", "a\x00b", "C:\\evil.txt", "outputs/"]
)
def test_names_that_leave_the_run(desk: Desk, name: str) -> None:
    run = desk.experiment.start_logging(snapshot_directory=None)
    write(desk.folder / "a.txt", "x")
    with pytest.raises(UserErrorException):
        run.upload_file(name, "a.txt")
    assert run.get_file_names() == []
    run.complete()


def test_links_in_outputs(desk: Desk) -> None:
    run = desk.completed(
        """
        import os
        open('outputs/real.txt', 'w').write('real')
        os.symlink('real.txt', 'outputs/link.txt')
        os.symlink('nowhere', 'outputs/dangling')
        os.symlink('.', 'outputs/loop')
        os.mkfifo('outputs/pipe')
        """
    )
    names = by_name(run.get_file_names(), "outputs/")
    assert "outputs/real.txt" in names
    assert "outputs/dangling" not in names and "outputs/pipe" not in names
    assert not [name for name in names if name.startswith("outputs/loop/")]


def test_no_record_shares_an_inode_with_what_user_code_can_write(desk: Desk) -> None:
    wait_for_end(desk.submit("open('outputs/a.txt', 'w').write('x' * 100)", data_txt="y" * 100))
    store = {_inode(path) for path in files_below(desk.home / "store")}
    open_to_users = [*files_below(desk.house.layout.runs), *files_below(desk.folder)]
    assert open_to_users and not [path for path in open_to_users if _inode(path) in store]


def _inode(path: Path) -> int:
    """0 when it is gone by now."""
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return 0


def test_logs_are_bytes(desk: Desk) -> None:
    run = desk.completed(
        """
        import os
        os.write(1, b'\\xff\\xfe broken \\x80 utf-8\\n')
        os.write(1, b'\\r 10%\\r 20%\\x1b[1m bold\\x1b[0m\\n')
        os.write(2, b'to stderr\\n')
        os.write(1, b'x' * 10_000_000 + b'\\n')
        os.write(1, b'no line break at the end')
        """
    )
    log = content(run, "azureml-logs/70_driver_log.txt", desk.folder)
    assert b"\xff\xfe broken \x80 utf-8\n\r 10%\r 20%\x1b[1m bold\x1b[0m\nto stderr\n" in log
    assert b"x" * 10_000_000 in log
    assert b"no line break at the end" in log
    assert "broken" in driver_log(run)


def test_all_logs_to_a_folder(desk: Desk) -> None:
    run = desk.completed("print('for all'); open('logs/mine.log', 'w').write('mine')")
    paths = run.get_all_logs(destination=str(desk.folder / "logs_here"))
    assert all(Path(path).is_file() for path in paths)
    driver = [path for path in paths if path.endswith("70_driver_log.txt")]
    assert len(driver) == 1 and "for all" in Path(driver[0]).read_text()


def test_v1_names_of_logs(desk: Desk) -> None:
    run = desk.completed("pass")
    names = by_name(run.get_file_names(), "azureml-logs/")
    for start in ("55_azureml-execution-", "65_job_prep-", "70_driver_log.txt", "75_job_post-"):
        assert by_name(names, f"azureml-logs/{start}"), names


def test_the_log_is_followed_while_it_is_written(desk: Desk) -> None:
    seen = desk.folder / "seen"
    run = desk.submit(WAIT + "print('a line', flush=True)\nwait_for(sys.argv[1])\nprint('the end')\n", [str(seen)])
    wait_for_log(run, "a line")
    assert run.get_status() == "Running"
    seen.touch()
    wait_for_end(run)
    assert "the end" in driver_log(run)
    wait_for_file(seen)
