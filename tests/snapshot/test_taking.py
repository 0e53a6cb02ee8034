"""Snapshots of real folders: what they are called, what is read again, and what is sent to a real server."""

from __future__ import annotations

import json
import os
import re
import sys
import threading
import time
from hashlib import sha256
from pathlib import Path
from typing import Callable, Iterator, List, Optional, Tuple

import pytest

from tests.snapshot.test_walk import fill
from tests.support.waiting import wait_until
from trainshed.client import embedded
from trainshed.client.api import Api
from trainshed.client.http import Client
from trainshed.contract.api import WorkspaceAsk
from trainshed.contract.errors import SourceChanging, SourceUnreadable
from trainshed.sdk.snapshot import taking
from trainshed.sdk.snapshot.hash_cache import HashCache
from trainshed.sdk.snapshot.reading import Changed
from trainshed.sdk.snapshot.sending import send
from trainshed.sdk.snapshot.taking import Snapshot, take


@pytest.fixture(autouse=True)
def forgetful() -> Iterator[None]:
    """Each test is a new process, as far as snapshots are concerned."""
    taking._LAST.clear()
    yield
    taking._LAST.clear()


@pytest.fixture
def cache(tmp_path: Path) -> str:
    return str(tmp_path / "cache")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return fill(tmp_path / "project", ["train.py", "lib/tool.py", "data/x.csv"])


def aged(root: Path, seconds: float = 10.0) -> Path:
    """Wait until every file is old enough to be trusted: its ctime cannot be set."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        newest = max(path.stat().st_ctime for path in [root, *root.rglob("*")])
        if time.time() - newest > 2.1:
            return root
        time.sleep(0.05)
    raise AssertionError("the files do not grow old")


class Opened:
    """The names of the files that this process opens while it is being watched (an audit hook: nothing is replaced)."""

    def __init__(self) -> None:
        self.names: List[str] = []
        self.root: Optional[str] = None
        sys.addaudithook(self._hook)  # stays for the life of the process

    def _hook(self, event: str, args: Tuple[object, ...]) -> None:
        if event == "open" and self.root is not None and isinstance(args[0], str) and args[0].startswith(self.root):
            self.names.append(args[0][len(self.root) + 1 :])

    def watch(self, root: Path) -> List[str]:
        self.names, self.root = [], str(root)
        return self.names


OPENED = Opened()


@pytest.fixture
def opened(project: Path) -> Iterator[Callable[[], List[str]]]:
    """Call it to start watching the project; gives the list that fills."""
    yield lambda: OPENED.watch(project)
    OPENED.root = None


def test_the_same_files_are_the_same_snapshot(tmp_path: Path) -> None:
    one, two = (fill(tmp_path / name, ["b.py", "a/c.py"]) for name in ("one", "two"))
    assert take(str(one)).id == take(str(two)).id
    (two / "b.py").chmod(0o755)
    assert take(str(one)).id != take(str(two)).id


def test_what_the_manifest_says(project: Path) -> None:
    (project / "link.py").symlink_to("train.py")
    (project / "empty").mkdir()
    snapshot = take(str(project))
    rows = {file.path: file for file in snapshot.manifest.files}
    assert rows["train.py"].sha256 == sha256(b"content of train.py").hexdigest()
    assert rows["train.py"].size_bytes == len("content of train.py")
    assert (rows["link.py"].link, rows["link.py"].size_bytes) == ("train.py", 0)
    assert snapshot.manifest.folders == ("empty",)
    assert snapshot.id == snapshot.manifest.id()


def test_unchanged_files_are_not_read_again(project: Path, cache: str, opened: Callable[[], List[str]]) -> None:
    aged(project)
    first = take(str(project), cache_folder=cache)
    first.cache.save()
    taking._LAST.clear()
    seen = opened()
    again = take(str(project), cache_folder=cache)
    assert seen == [] and again.id == first.id and not again.is_new
    (project / "train.py").write_text("changed")
    seen.clear()
    changed = take(str(project), cache_folder=cache)
    assert seen == ["train.py"] and changed.id != first.id and changed.is_new


def test_files_changed_a_moment_ago_are_read_again(project: Path, cache: str, opened: Callable[[], List[str]]) -> None:
    """A second change within one tick of the file system's clock leaves size and times as they were."""
    train = project / "train.py"
    train.write_text("aaaa")
    stamp = train.stat()
    first = take(str(project), cache_folder=cache)
    with open(train, "r+") as file:
        file.write("bbbb")
    os.utime(train, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    seen = opened()
    second = take(str(project), cache_folder=cache)
    assert "train.py" in seen and second.id != first.id


def test_times_set_back_do_not_deceive(project: Path, cache: str) -> None:
    aged(project)
    train = project / "train.py"
    stamp = train.stat()
    first = take(str(project), cache_folder=cache)
    train.write_text("content of train.PY")
    os.utime(train, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert train.stat().st_mtime_ns == stamp.st_mtime_ns and train.stat().st_size == stamp.st_size
    assert take(str(project), cache_folder=cache).id != first.id


@pytest.mark.parametrize("damage", ["empty", "cut", "flipped", "foreign"])
def test_a_broken_cache_costs_time_and_nothing_else(project: Path, cache: str, damage: str) -> None:
    first = take(str(project), cache_folder=cache)
    first.cache.save()
    (path,) = Path(cache).iterdir()
    content = path.read_bytes()
    broken = {
        "empty": b"",
        "cut": content[: len(content) // 2],
        "flipped": content.replace(b"train.py", b"traim.py"),
        "foreign": content.replace(b'"root":"', b'"root":"/elsewhere'),
    }
    path.write_bytes(broken[damage])
    assert HashCache(str(project), cache).known == {}
    taking._LAST.clear()
    assert take(str(project), cache_folder=cache).id == first.id


def test_a_cache_that_cannot_be_written_is_no_error(project: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    take(str(project), cache_folder=str(tmp_path / "file" / "cache")).cache.save()


def test_files_that_are_gone_are_forgotten(project: Path, cache: str) -> None:
    take(str(project), cache_folder=cache).cache.save()
    (project / "train.py").unlink()
    take(str(project), cache_folder=cache).cache.save()
    assert sorted(HashCache(str(project), cache).known) == ["data/x.csv", "lib/tool.py"]


def test_a_file_that_never_stands_still_is_named(tmp_path: Path) -> None:
    big = tmp_path / "growing.bin"
    big.write_bytes(b"x" * (8 << 20))
    done = threading.Event()

    def write() -> None:
        with open(big, "ab", buffering=0) as file:
            while not done.is_set():
                file.write(b"y")

    def refusal() -> str:
        try:
            take(str(tmp_path))
        except SourceChanging as error:
            return str(error)
        return ""  # the writer got no processor meanwhile

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert re.search(r"growing\.bin.*amlignore", wait_until(refusal, 60, "a file that changes"))
    finally:
        done.set()
        writer.join()
    assert take(str(tmp_path)).manifest.files[0].size_bytes == big.stat().st_size


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, as_nobody: Callable[[Callable[[], str]], str]) -> None:
    fill(tmp_path, ["train.py", "secret.key"])
    (tmp_path / "secret.key").chmod(0o000)

    def attempt() -> str:
        try:
            take(str(tmp_path))
        except SourceUnreadable as error:
            return error.message
        return ""

    words = as_nobody(attempt)
    assert "secret.key" in words and "Permission denied" in words and ".amlignore" in words


class Desk:
    """A workspace of a real server, reached over its socket or over TCP only."""

    def __init__(self, home: Path) -> None:
        self.near = Api(embedded.connect(home))
        assert self.near.client.web_address is not None
        self.far = Api(Client([self.near.client.web_address], self.near.client.token))
        ask = WorkspaceAsk("w", "s", "r", create=True)
        self.workspace = self.near.workspace(ask).id
        self.incoming = str(home / "store" / "incoming")
        self.store = home / "store"

    def on_the_way(self) -> List[str]:
        return sorted(path.name for path in Path(self.incoming).iterdir())

    def held(self) -> List[str]:
        return sorted(path.parent.name + path.name for path in self.store.glob("??/*"))


@pytest.fixture
def desk(home: Path) -> Desk:
    return Desk(home)


def contents(snapshot: Snapshot) -> List[str]:
    return sorted({file.sha256 for file in snapshot.manifest.files if not file.link})


@pytest.mark.parametrize("near", [True, False])
def test_a_snapshot_reaches_the_server(desk: Desk, project: Path, near: bool) -> None:
    fill(project, ["same.txt"])
    (project / "copy.txt").write_text("content of same.txt")
    (project / "nothing").write_bytes(b"")
    (project / "big.bin").write_bytes(os.urandom(3 << 20))
    (project / "link").symlink_to("train.py")
    incoming = desk.incoming if near else None
    snapshot = take(str(project), incoming=incoming)
    api = desk.near if near else desk.far
    assert send(api, desk.workspace, snapshot, incoming) > 3 << 20
    assert desk.near.get_snapshot(desk.workspace, snapshot.id) == snapshot.manifest
    assert desk.held() == contents(snapshot)
    assert desk.on_the_way() == []


@pytest.mark.parametrize("near", [True, False])
def test_only_what_is_new_is_sent(desk: Desk, project: Path, near: bool) -> None:
    incoming = desk.incoming if near else None
    api = desk.near if near else desk.far
    send(api, desk.workspace, take(str(project), incoming=incoming), incoming)
    (project / "train.py").write_text("new")
    assert send(api, desk.workspace, take(str(project), incoming=incoming), incoming) == 3
    taking._LAST.clear()
    forgotten = take(str(project))
    assert send(api, desk.workspace, forgotten, incoming) == 0


def test_a_store_that_lost_contents_gets_them_again(desk: Desk, project: Path, tmp_path: Path) -> None:
    """The cache vouches for the hashes, the server (a new home) has nothing."""
    aged(project)
    take(str(project))
    snapshot = take(str(project), incoming=desk.incoming)
    assert snapshot.copies == ()
    assert send(desk.near, desk.workspace, snapshot, desk.incoming) == snapshot.manifest.size_bytes
    assert desk.on_the_way() == []


@pytest.mark.parametrize("near", [True, False])
def test_a_file_changed_since_it_was_hashed_is_noticed(desk: Desk, project: Path, near: bool) -> None:
    snapshot = take(str(project))
    (project / "train.py").write_text("content of TRAIN.py")
    incoming = desk.incoming if near else None
    with pytest.raises(Changed):
        send(desk.near if near else desk.far, desk.workspace, snapshot, incoming)
    assert desk.on_the_way() == [] or not near


def test_the_cache_file_is_small_json(project: Path, cache: str) -> None:
    take(str(project), cache_folder=cache).cache.save()
    (path,) = Path(cache).iterdir()
    assert json.loads(path.read_bytes().partition(b"\n")[2])["root"] == str(project)
