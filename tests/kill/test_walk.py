"""The kill suite's walks: whatever dies on the way, what a call accepted is found afterwards, once.

The environment variable KILL_SEED gives a walk another seed; the message of a failure names the one it had.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Callable, Dict, Sequence, Tuple

import pytest

from azureml.core import Dataset, Run
from azureml.data import OutputFileDatasetConfig
from tests.integration.submitting import Desk, driver_log, error_of, wait_for_end
from tests.support.chaos import House, is_process
from tests.support.chaos_disks import MIB, small_disk
from tests.support.chaos_remains import assert_nothing_left
from tests.support.chaos_walk import Walk
from tests.support.ledger import SCRIPT, Account, faults, found_in, read_ledger
from tests.support.rights import needs_root
from tests.support.waiting import wait_until

#: The kill suite is CI's second half: `make test-all`.
pytestmark = pytest.mark.slow

OURS: Tuple[Tuple[str, float], ...] = (("server", 3), ("agent", 3), ("forker", 2))
WITH_SCRIPT = (*OURS, ("script", 0.4))


def seed_of(default: int) -> int:
    return int(os.environ.get("KILL_SEED", default))


def walk(
    desk: Desk,
    seed: int,
    victims: Tuple[Tuple[str, float], ...],
    size: Tuple[int, int, int, int],
    script: str = SCRIPT,
    data: Sequence[Any] = (),
) -> Run:
    """Submit the script, walk until it has ended, and compare. `size`: points, lines, files, rounds of 0.1 s; `data`:
    further arguments.
    """
    ledger, go = desk.folder / "ledger", desk.folder / "go"
    run = desk.submit(script, [str(ledger), *size, 0.1, str(go), *data])
    wait_until(lambda: read_ledger(ledger).started, 60, "the script to start")
    chaos = Walk(desk.house, seed, victims, ask=run.get_status)
    over = _script_is_over(desk.house)
    chaos.go(lambda: over() or _is_done(ledger, size), deadline_s=200)
    go.touch()
    status = wait_for_end(run, deadline_s=120)
    print(chaos, "\n", chaos.counts)
    noted = read_ledger(ledger)
    wrong = faults(noted, found_by_a_reader(run, desk.folder))
    spared = "script" not in dict(victims)
    if spared:
        wrong += _not_whole(noted, size) + ([] if status == "Completed" else [f"{status}: {error_of(run)}"])
    assert not wrong, "\n".join([*wrong, str(chaos)])
    return run


def _script_is_over(house: House) -> Callable[[], bool]:
    (pid,) = house.entries()
    started = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    return lambda: not is_process(pid, started)


def _is_done(ledger: Path, size: Tuple[int, int, int, int]) -> bool:
    """The last file is the script's last deed but for the end, which waits for us."""
    account = read_ledger(ledger)
    return len(account.points) == size[0] and len(account.lines) == size[1] and len(account.files) == size[2]


def _not_whole(noted: Account, size: Tuple[int, int, int, int]) -> list[str]:
    done = (len(noted.points), len(noted.lines), len(noted.files))
    return [] if noted.ended and done == size[:3] else [f"the script did only {done} of {size}"]


def found_by_a_reader(run: Run, folder: Path) -> Account:
    run.download_files(prefix="outputs/", output_directory=str(folder / "found"))
    files: Dict[str, bytes] = {
        path.name: path.read_bytes() for path in sorted((folder / "found" / "outputs").glob("file*.bin"))
    }
    points = run.get_metrics().get("point", [])
    return found_in(points if isinstance(points, list) else [points], driver_log(run), files)


@pytest.mark.timeout(240)
def test_a_short_walk(lone_desk: Desk) -> None:
    walk(lone_desk, seed_of(1), OURS, (5_000, 2_000, 20, 100))


@pytest.mark.timeout(400)
@pytest.mark.parametrize("seed", [11, 12, 13, 14])
def test_a_long_walk_that_spares_the_script(lone_desk: Desk, seed: int) -> None:
    walk(lone_desk, seed_of(seed), OURS, (50_000, 20_000, 200, 300))


@pytest.mark.timeout(400)
@pytest.mark.parametrize("seed", [21, 22, 23, 24])
def test_a_long_walk_that_spares_nobody(lone_desk: Desk, seed: int) -> None:
    walk(lone_desk, seed_of(seed), WITH_SCRIPT, (50_000, 20_000, 200, 300))


@pytest.mark.timeout(400)
@needs_root("a file system apart")
@pytest.mark.parametrize("seed", [61, 62])
def test_a_long_walk_with_the_nodes_on_a_file_system_apart(lone_desk: Desk, seed: int) -> None:
    """Then contents travel over HTTP, in parts that a kill breaks off."""
    with small_disk(lone_desk.house.layout.runs, 512 * MIB):
        walk(lone_desk, seed_of(seed), OURS, (50_000, 20_000, 200, 300))
        assert_nothing_left(lone_desk.home)


#: Reads its inputs before all else and after it, and copies what it read into its output.
WITH_DATA = (
    """
import os, sys
MOUNTED, DOWNLOADED, OUTPUT = sys.argv[8:11]


def given():
    found = {}
    for folder in (MOUNTED, DOWNLOADED):
        for name in sorted(os.listdir(folder)):
            with open(os.path.join(folder, name), "rb") as file:
                found[os.path.basename(folder) + "-" + name] = file.read()
    return found


def is_writable(folder):
    try:
        open(os.path.join(folder, "new"), "w").close()
        return True
    except OSError:
        return False


before = given()
"""
    + SCRIPT
    + """
assert given() == before, "the inputs changed on the way"
assert not (is_writable(MOUNTED) and os.getuid() == 0)
for number, name in enumerate(sorted(before)):
    with open(os.path.join(OUTPUT, "%d.bin" % number), "wb") as file:
        file.write(before[name])
"""
)


@pytest.mark.timeout(400)
@pytest.mark.parametrize("seed", [71, 72])
def test_a_walk_with_data(lone_desk: Desk, seed: int) -> None:
    """A mounted and a downloaded input outlive all who die; what the script wrote to its output arrives, once; nothing
    mounted is left.
    """
    store = lone_desk.workspace.get_default_datastore()
    contents = [os.urandom(100_000 + number) for number in range(6)]
    for kind, some in (("mounted", contents[:3]), ("downloaded", contents[3:])):
        folder = lone_desk.folder / kind
        folder.mkdir()
        for number, content in enumerate(some):
            (folder / f"{number}.bin").write_bytes(content)
        store.upload(str(folder), kind, show_progress=False)
    mounted = Dataset.File.from_files((store, "mounted")).as_named_input("mounted").as_mount()
    downloaded = Dataset.File.from_files((store, "downloaded")).as_named_input("downloaded").as_download()
    output = OutputFileDatasetConfig("copies", (store, "copies")).as_upload(overwrite=True)
    walk(lone_desk, seed_of(seed), OURS, (5_000, 2_000, 20, 100), WITH_DATA, [mounted, downloaded, output])
    store.download(str(lone_desk.folder / "back"), "copies", show_progress=False)
    copies = sorted(path.read_bytes() for path in (lone_desk.folder / "back" / "copies").iterdir())
    assert copies == sorted(contents)
    store.download(str(lone_desk.folder / "again"), "mounted", show_progress=False)
    assert len(list((lone_desk.folder / "again" / "mounted").iterdir())) == 3
    assert_nothing_left(lone_desk.home)


def test_the_comparison_sees_what_is_wrong() -> None:
    """Losses and repetitions are found: a suite that sees nothing would pass always."""
    noted = Account(points=[0, 1, 2], lines=[0, 1], files={0: "a", 1: "b"})
    assert faults(noted, Account([0, 1, 2, 3], [0, 1], {0: "a", 1: "b", 2: "half"})) == []
    assert faults(noted, Account([0, 2], [0, 1], {0: "a", 1: "b"})) == ["1 points lost, such as 1"]
    assert faults(noted, Account([0, 1, 1, 2], [0, 1], {0: "a", 1: "b"})) == [
        "1 points found more than once, such as 1"
    ]
    assert faults(noted, Account([0, 1, 2], [1, 0], {0: "a", 1: "x"})) == [
        "lines out of order",
        "file 1 has other bytes",
    ]
    assert faults(noted, Account([0, 1, 2, 9], [0, 1], {0: "a"})) == [
        "1 points that nobody made, such as 9",
        "file 1 is lost",
    ]
