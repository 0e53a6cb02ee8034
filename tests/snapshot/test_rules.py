"""Ignore files mean what git says they mean: every verdict is compared with git's own."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Dict, List, Optional, Set

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from trainshed.sdk.snapshot.walk import walk

NAMES = ["a", "b", "ab", "a.b", ".a", "A", "é", "a b", " a", "!a", "#a", "[a]", "a*", "a\\b", "a-b", "a]", "^", "x'y"]
DEEP = ["a", "b", "ab", "a.b"]
PIECES = [
    *["a", "b", "A", ".", "*", "**", "***", "/", "//", "?", "[", "]", "!", "^", "-", "\\", " ", "#", "é", "\t"],
    *["[ab]", "[!a]", "[^b]", "[a-b]", "[[:alpha:]]", "[[:punct:]]", "[[:nope:]]", "[]a]", "[\\]]", "[a-]", "[!-a]"],
    *["/**/", "**/", "/**", "*.b", "ab", "a*", "*/"],
]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository three folders deep, with every odd name at the top."""
    root = tmp_path_factory.mktemp("tree")
    _git(root, "init", "-q")
    for first in NAMES:
        (root / ("file " + first)).write_text("")
        folder = root / first
        folder.mkdir()
        for second in DEEP:
            (folder / (second + ".f")).write_text("")
            (folder / second).mkdir()
            for third in ("a", "ab", "c.b"):
                (folder / second / third).write_text("")
    return root


def _git(root: Path, *words: str) -> bytes:
    command = ["git", "-c", "core.excludesFile=/dev/null", "-C", str(root), *words]
    return subprocess.run(command, check=True, capture_output=True).stdout


def kept_by_git(root: Path) -> Set[str]:
    listed = _git(root, "ls-files", "--others", "--exclude-per-directory=.gitignore", "-z")
    return {path.decode("utf-8", "surrogateescape") for path in listed.split(b"\0") if path}


def kept_by_us(root: Path) -> Set[str]:
    return {file.path for file in walk(str(root)).files}


def agree(root: Path, files: Dict[str, Optional[bytes]]) -> None:
    """Both must say the same with these ignore files in place; None: there is none."""
    for name, content in files.items():
        if content is None:
            (root / name).unlink(missing_ok=True)
        else:
            (root / name).write_bytes(content)
    assert kept_by_us(root) == kept_by_git(root)


lines = st.lists(st.sampled_from(PIECES), min_size=1, max_size=7).map("".join)
contents = st.lists(lines, min_size=1, max_size=5).map(lambda some: "\n".join(some).encode())


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(top=contents, nested=st.none() | contents, deep=st.none() | contents)
@example(top=b"*\n!*/\n!*.f", nested=None, deep=None)
@example(top=b"a\n!a/\n", nested=b"!a.f", deep=None)
@example(top=b"/a/**/c.b", nested=None, deep=None)
@example(top=b"a/a**/c.b", nested=None, deep=None)
@example(top=b"**/ab/\n!b/ab/", nested=b"*", deep=b"!a")
@example(top=b"\xef\xbb\xbfa\r\nb \r\nab\\ \r\n", nested=None, deep=None)
@example(top=b"!a\n\\!a\n\\#a\n#b\n\\", nested=None, deep=None)
def test_every_verdict_is_gits(tree: Path, top: bytes, nested: Optional[bytes], deep: Optional[bytes]) -> None:
    agree(tree, {".gitignore": top, "a/.gitignore": nested, "a/b/.gitignore": deep})


@pytest.mark.slow
@settings(max_examples=10_000, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(top=contents, nested=st.none() | contents)
def test_every_verdict_is_gits_at_length(tree: Path, top: bytes, nested: Optional[bytes]) -> None:
    agree(tree, {".gitignore": top, "a/.gitignore": nested, "a/b/.gitignore": None})


PYTHON_PROJECT: List[str] = [
    *["__pycache__/", "*.py[cod]", "*$py.class", "*.so", ".Python", "build/", "dist/", "/data/", "!/data/keep.txt"],
    *["*.egg-info/", ".env", ".venv", "env/", "docs/_build/", "*.log", "!important.log", "**/cache/", "notes/**/*.tmp"],
    *["/config/*.json", "!/config/default.json", "temp-?", "*.{a,b}", "\\#literal#", "trailing\\ ", "results/*/raw/**"],
]


def test_a_file_as_projects_have_it(tmp_path: Path) -> None:
    _git(tmp_path, "init", "-q")
    (tmp_path / ".gitignore").write_text("\n".join(PYTHON_PROJECT))
    paths = [
        *[
            "train.py",
            "build/x",
            "src/build/x",
            "data/keep.txt",
            "src/data/x",
            "a.egg-info/x",
            "x.log",
            "important.log",
        ],
        *["notes/x.tmp", "notes/a/b/x.tmp", "config/a.json", "config/default.json", "src/config/a.json", "temp-1"],
        *["temp-12", "#literal#", "trailing ", "results/1/raw/a/b", "results/1/x", "deep/er/cache/x", "m.pyc", "m.py"],
    ]
    for path in paths:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("")
    assert kept_by_us(tmp_path) == kept_by_git(tmp_path)
