"""What belongs to a snapshot of a real folder, and what the walk does with odd entries."""

from __future__ import annotations

import os
import socket
import tempfile
from pathlib import Path
from typing import Callable, Iterable, List

import pytest

from trainshed.contract.errors import SourceMissing, SourceNameBad, SourceUnreadable
from trainshed.sdk.snapshot import explain
from trainshed.sdk.snapshot.walk import Link, walk


def fill(root: Path, paths: Iterable[str]) -> Path:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("content of " + path)
    return root


def files(root: Path) -> List[str]:
    return [file.path for file in walk(str(root)).files]


def test_files_come_sorted_with_forward_slashes(tmp_path: Path) -> None:
    fill(tmp_path, ["b.py", "a/z.py", "a/b/c.py", "a.py"])
    assert files(tmp_path) == ["a.py", "a/b/c.py", "a/z.py", "b.py"]


def test_git_and_bytecode_never_belong_to_it(tmp_path: Path) -> None:
    fill(
        tmp_path,
        ["train.py", ".git/HEAD", "__pycache__/train.pyc", "lib/__pycache__/x.pyc", "lib/.git", ".azureml/config.json"],
    )
    assert files(tmp_path) == [".azureml/config.json", "train.py"]


def test_bytecode_that_a_line_keeps(tmp_path: Path) -> None:
    fill(tmp_path, ["train.py", "__pycache__/train.pyc"])
    (tmp_path / ".amlignore").write_text("!__pycache__/\n")
    assert files(tmp_path) == [".amlignore", "__pycache__/train.pyc", "train.py"]


def test_amlignore_wins_over_gitignore(tmp_path: Path) -> None:
    fill(tmp_path, ["a.dat", "b.dat", "below/a.dat", "below/b.dat"])
    (tmp_path / ".gitignore").write_text("b.dat\n")
    (tmp_path / "below" / ".gitignore").write_text("*\n")
    assert files(tmp_path) == [".gitignore", "a.dat"]
    (tmp_path / ".amlignore").write_text("a.dat\n")
    assert files(tmp_path) == [".amlignore", ".gitignore", "b.dat", "below/.gitignore", "below/b.dat"]


def test_an_amlignore_below_holds_from_there_on(tmp_path: Path) -> None:
    fill(tmp_path, ["x.log", "below/x.log", "below/y.tmp", "below/deep/y.tmp"])
    (tmp_path / ".gitignore").write_text("*.log\n")
    (tmp_path / "below" / ".amlignore").write_text("*.tmp\n!x.log\n")
    (tmp_path / "below" / "deep" / ".gitignore").write_text("*\n")
    assert files(tmp_path) == [".gitignore", "below/.amlignore", "below/deep/.gitignore", "below/x.log"]


def test_folders_above_and_gits_settings_have_no_say(tmp_path: Path) -> None:
    fill(tmp_path, ["src/data.csv"])
    (tmp_path / ".gitignore").write_text("*.csv\n")
    assert files(tmp_path / "src") == ["data.csv"]


def test_empty_folders_are_kept(tmp_path: Path) -> None:
    fill(tmp_path, ["train.py", "checkpoints/old.ckpt", "left/out.txt"])
    (tmp_path / "empty" / "below").mkdir(parents=True)
    (tmp_path / ".amlignore").write_text("*.ckpt\nleft/\n")
    assert walk(str(tmp_path)).empty_folders == ("checkpoints", "empty/below")


def test_links_inside_are_kept_and_links_outside_are_followed(tmp_path: Path) -> None:
    outside = fill(tmp_path / "outside", ["data.csv", "folder/a.csv"])
    root = fill(tmp_path / "root", ["train.py", "lib/tool.py"])
    (root / "same.py").symlink_to("train.py")
    (root / "lib" / "up.py").symlink_to("../train.py")
    (root / "absolute.py").symlink_to(root / "lib" / "tool.py")
    (root / "around").symlink_to("../root/lib")
    (root / "data.csv").symlink_to(outside / "data.csv")
    (root / "folder").symlink_to(outside / "folder")
    (root / "nowhere").symlink_to(tmp_path / "missing")
    found = walk(str(root))
    assert set(found.links) == {
        Link("same.py", "train.py"),
        Link("lib/up.py", "../train.py"),
        Link("absolute.py", "lib/tool.py"),
        Link("around", "lib"),
    }
    assert [file.path for file in found.files] == ["data.csv", "folder/a.csv", "lib/tool.py", "train.py"]
    assert found.skipped == ("nowhere",)


def test_links_that_go_round_end(tmp_path: Path) -> None:
    outside = fill(tmp_path / "outside", ["a.csv"])
    (outside / "self").symlink_to(outside)
    root = fill(tmp_path / "root", ["train.py"])
    (root / "data").symlink_to(outside)
    (root / "above").symlink_to(tmp_path)
    (root / "here").symlink_to(".")
    found = walk(str(root))
    assert [file.path for file in found.files] == ["data/a.csv", "train.py"]
    assert found.links == (Link("here", "."),)
    assert found.skipped == ("above", "data/self")


def test_pipes_and_sockets_are_left_out(tmp_path: Path) -> None:
    fill(tmp_path, ["train.py"])
    os.mkfifo(tmp_path / "pipe")
    with tempfile.TemporaryDirectory(dir="/tmp") as short, socket.socket(socket.AF_UNIX) as made:
        made.bind(short + "/s")
        Path(short, "s").rename(tmp_path / "socket")
        found = walk(str(tmp_path))
    assert [file.path for file in found.files] == ["train.py"]
    assert found.skipped == ("pipe", "socket")


def test_our_own_home_is_no_part_of_it(tmp_path: Path) -> None:
    fill(tmp_path, ["train.py", ".trainshed/trainshed.db"])
    found = walk(str(tmp_path), frozenset({str(tmp_path / ".trainshed")}))
    assert [file.path for file in found.files] == ["train.py"]


def test_modes_tell_programs(tmp_path: Path) -> None:
    fill(tmp_path, ["run.sh", "train.py"])
    (tmp_path / "run.sh").chmod(0o755)
    assert [(file.path, file.is_executable) for file in walk(str(tmp_path)).files] == [
        ("run.sh", True),
        ("train.py", False),
    ]


@pytest.mark.parametrize("name", [b"line\nbreak", b"tab\there", b"latin-\xe9"])
def test_names_that_cannot_be_kept_are_named(tmp_path: Path, name: bytes) -> None:
    fill(tmp_path, ["train.py"])
    with open(os.fsencode(tmp_path) + b"/" + name, "wb"):
        pass
    with pytest.raises(SourceNameBad, match="amlignore"):
        walk(str(tmp_path))
    (tmp_path / ".amlignore").write_text("line*\ntab*\nlatin*\n")
    assert files(tmp_path) == [".amlignore", "train.py"]


def test_names_of_all_kinds_are_kept(tmp_path: Path) -> None:
    names = ['Müller\'s "file".py', "日本.txt", "a b", "back\\slash", "-dash", "$HOME", "a" * 200]
    fill(tmp_path, names)
    assert files(tmp_path) == sorted(names)


def test_what_is_no_folder(tmp_path: Path) -> None:
    with pytest.raises(SourceMissing, match="does not exist"):
        walk(str(tmp_path / "missing"))
    with pytest.raises(SourceMissing, match="not a folder"):
        walk(str(fill(tmp_path, ["file"]) / "file"))


def test_a_folder_that_cannot_be_listed_is_named(tmp_path: Path, as_nobody: Callable[[Callable[[], str]], str]) -> None:
    locked = fill(tmp_path, ["train.py", "locked/hidden.txt"]) / "locked"
    locked.chmod(0o000)

    def attempt() -> str:
        try:
            walk(str(tmp_path))
        except SourceUnreadable as error:
            return error.message
        return ""

    words = as_nobody(attempt)
    assert "locked" in words and ".amlignore" in words


def test_explain_names_file_and_line(tmp_path: Path) -> None:
    fill(
        tmp_path,
        ["train.py", "data/big.bin", "data/keep.bin", "notes.log", "keep.log", ".git/HEAD", "__pycache__/x.pyc"],
    )
    (tmp_path / ".gitignore").write_text("# data\n*.log\n!keep.log\ndata/*\n!data/keep.bin\n")
    found = {verdict.path: verdict for verdict in explain(str(tmp_path))}
    assert (found["notes.log"].kept, found["notes.log"].source, found["notes.log"].line) == (False, ".gitignore", 2)
    assert (found["keep.log"].kept, found["keep.log"].line, found["keep.log"].rule) == (True, 3, "!keep.log")
    assert (found["data/big.bin"].kept, found["data/big.bin"].rule) == (False, "data/*")
    assert found["data/keep.bin"].kept
    assert not found[".git/"].kept and found[".git/"].source is None
    assert not found["__pycache__/"].kept
    assert found["train.py"].kept and found["train.py"].size_bytes == len("content of train.py")


def test_explain_and_the_walk_agree(tmp_path: Path) -> None:
    fill(tmp_path, ["train.py", "a/b.py", "a/c.log", "d/e/f.txt", "d/e/g.log"])
    outside = fill(tmp_path.parent / (tmp_path.name + "-outside"), ["x.txt", "y.log"])
    (tmp_path / "linked").symlink_to(outside)
    (tmp_path / ".amlignore").write_text("*.log\n")
    kept = [verdict.path for verdict in explain(str(tmp_path)) if verdict.kept]
    listing = walk(str(tmp_path))
    assert kept == sorted([file.path for file in listing.files] + [link.path for link in listing.links])


def test_an_ignore_file_that_is_none(tmp_path: Path) -> None:
    fill(tmp_path, ["train.py", ".gitignore/inside"])
    os.mkfifo(tmp_path / ".amlignore")
    assert files(tmp_path) == [".gitignore/inside", "train.py"]
