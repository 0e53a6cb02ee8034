"""Which files a dataset holds, in which order, under which names: tables, and real folders."""

from __future__ import annotations

from pathlib import Path
from typing import List, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainshed.contract import data_settings
from trainshed.contract.data import clean_pattern, draw, fixed_folder, matches, natural_key, select
from trainshed.contract.data_files import find
from trainshed.contract.errors import BadValue
from trainshed.contract.layout import HomeLayout
from trainshed.contract.spec import DataPath, DataStep

MATCHES = [
    ("", "a", True),
    ("", "a/b/c.txt", True),
    ("a", "a", True),
    ("a", "a/b/c", True),
    ("a", "ab", False),
    ("/a/", "a/b", True),
    ("a/*", "a/b", True),
    ("a/*", "a/b/c", False),
    ("a/*.csv", "a/.csv", True),
    ("a/?.csv", "a/b.csv", True),
    ("a/?.csv", "a/bb.csv", False),
    ("**", "x", True),
    ("**", "x/y", True),
    ("**/*.csv", "x.csv", True),
    ("**/*.csv", "a/b/x.csv", True),
    ("a/**/*.csv", "a/x.csv", True),
    ("a/**/*.csv", "a/b/c/x.csv", True),
    ("a/**/*.csv", "b/x.csv", False),
    ("a/**", "a/b/c", True),
    ("a/**", "a", False),
    ("year-*/*.jpg", "year-2018/1.jpg", True),
    ("a**b", "a/b", False),
    ("a.c", "abc", False),
    ("[ab]", "a", False),
    ("a/\n*", "a/\nx", True),
]


@pytest.mark.parametrize(("pattern", "name", "belongs"), MATCHES)
def test_patterns(pattern: str, name: str, belongs: bool) -> None:
    assert matches(pattern, name) is belongs


def test_a_pattern_never_leaves_its_root() -> None:
    assert clean_pattern("/a//./b/") == "a/b"
    with pytest.raises(ValueError, match=r"\.\."):
        clean_pattern("a/../b")


@pytest.mark.parametrize(
    ("pattern", "folder"),
    [("a/b/c*/d", "a/b"), ("*.csv", ""), ("a/b", "a/b"), ("", ""), ("animals/dog/year-*/*.jpg", "animals/dog")],
)
def test_fixed_folders(pattern: str, folder: str) -> None:
    assert fixed_folder(pattern) == folder


def test_names_sort_as_people_count() -> None:
    names = ["b", "a10", "a2", "a/2", "a/10", "a02", "10", "9", "a2b"]
    expected = ["9", "10", "a/2", "a/10", "a02", "a2", "a2b", "a10", "b"]
    assert sorted(names, key=natural_key) == expected


@given(st.lists(st.text("a1/0", max_size=6), max_size=6))
def test_the_order_of_names_is_one_order(names: List[str]) -> None:
    backwards = names[::-1]
    assert sorted(names, key=natural_key) == sorted(backwards, key=natural_key)


STEPS = [
    ((), "abcdef"),
    ((DataStep("skip", 2),), "cdef"),
    ((DataStep("take", 2),), "ab"),
    ((DataStep("skip", 2), DataStep("take", 2)), "cd"),
    ((DataStep("take", 9),), "abcdef"),
    ((DataStep("sample", low=0.0, high=0.0),), ""),
    ((DataStep("sample", low=0.0, high=1.0),), "abcdef"),
]


@pytest.mark.parametrize(("steps", "left"), STEPS)
def test_steps(steps: Sequence[DataStep], left: str) -> None:
    assert "".join(select("abcdef", steps)) == left


@given(st.integers(-(2**70), 2**70), st.floats(0, 1), st.integers(0, 60))
def test_two_parts_of_a_split_are_the_whole(seed: int, share: float, count: int) -> None:
    low = select(range(count), [DataStep("sample", low=0.0, high=share, seed=seed)])
    high = select(range(count), [DataStep("sample", low=share, high=1.0, seed=seed)])
    assert sorted(low + high) == list(range(count))
    assert all(0.0 <= draw(seed, number) < 1.0 for number in range(count))


def test_a_draw_is_the_same_everywhere_and_close_to_its_share() -> None:
    assert [round(draw(7, number), 6) for number in range(3)] == [0.960928, 0.842297, 0.552958]
    part = select(range(10_000), [DataStep("sample", low=0.0, high=0.3, seed=1)])
    assert 2_800 < len(part) < 3_200


def test_an_unknown_step_is_told() -> None:
    with pytest.raises(ValueError, match="shuffle"):
        select("ab", [DataStep("shuffle")])


# --- names


def files(root: Path, *names: str) -> str:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return str(root)


def names_of(*paths: DataPath, steps: Sequence[DataStep] = ()) -> List[str]:
    return [file.name for file in find(paths, steps).files]


def test_names_are_relative_to_the_deepest_fixed_folder(tmp_path: Path) -> None:
    root = files(tmp_path, "animals/dog/year-2018/1.jpg", "animals/dog/year-2019/10.jpg", "animals/dog/year-2019/2.jpg")
    expected = ["year-2018/1.jpg", "year-2019/2.jpg", "year-2019/10.jpg"]
    for pattern in ("animals/dog/year-*/*.jpg", "animals/dog", "animals/dog/**/*.jpg"):
        assert names_of(DataPath("folder", root, pattern, "blob")) == expected
    assert names_of(DataPath("folder", root, "", "blob")) == ["animals/dog/" + name for name in expected]
    assert names_of(DataPath("folder", root, "animals/dog"), steps=[DataStep("skip", 1), DataStep("take", 1)]) == [
        "year-2019/2.jpg"
    ]


def test_a_file_is_relative_to_its_folder_and_known_to_be_one(tmp_path: Path) -> None:
    root = files(tmp_path, "a/x.csv", "a/y.csv", "b/c/z.csv")
    one = find([DataPath("folder", root, "a/x.csv", "blob")])
    assert (one.files[0].name, one.files[0].source, one.one_file) == ("x.csv", str(tmp_path / "a/x.csv"), True)
    assert not find([DataPath("folder", root, "a/x.csv")], [DataStep("take", 1)]).one_file
    assert not find([DataPath("folder", root, "b")]).one_file
    assert not find([DataPath("folder", root, "a/x*")]).one_file
    assert find([DataPath("url", "https://host/a/x.csv")]).one_file


def test_several_paths_share_their_deepest_folder_and_keep_their_order(tmp_path: Path) -> None:
    root = files(tmp_path / "r", "a/y.csv", "a/x.csv", "a/b/z.csv", "c/w.csv")
    both = [DataPath("folder", root, "a/y.csv", "blob"), DataPath("folder", root, "a/x.csv", "blob")]
    assert names_of(*both) == ["y.csv", "x.csv"]
    assert names_of(both[0], DataPath("folder", root, "c/*", "blob")) == ["a/y.csv", "c/w.csv"]
    assert names_of(both[0], DataPath("folder", root, "a/b", "other")) == ["blob/a/y.csv", "other/a/b/z.csv"]
    local = [DataPath("folder", str(tmp_path / "r/a"), "x.csv"), DataPath("folder", str(tmp_path / "r/c"))]
    assert names_of(*local) == ["a/x.csv", "c/w.csv"]


def test_urls_lose_what_they_share() -> None:
    base = "https://host.example/mnist/"
    urls = [DataPath("url", base + name) for name in ("train.gz", "t10k.gz")]
    assert names_of(*urls) == ["train.gz", "t10k.gz"]
    other = DataPath("url", "http://other.example/x.gz")
    assert names_of(urls[0], other) == ["https/host.example/mnist/train.gz", "http/other.example/x.gz"]
    assert names_of(DataPath("url", base + "a%20b.gz?v=1"), DataPath("url", base + "a%20b.gz?v=2")) == [
        "a b.gz",
        "a b_2.gz",
    ]
    assert names_of(DataPath("url", "https://host.example")) == ["index"]
    assert names_of(DataPath("url", "https://h/a/..%2f..%2fetc")) == [".._.._etc"]


def test_links_are_followed_and_a_circle_ends(tmp_path: Path) -> None:
    root = files(tmp_path / "r", "a/x")
    (tmp_path / "r" / "a" / "loop").symlink_to(tmp_path / "r")
    (tmp_path / "r" / "b").symlink_to(tmp_path / "r" / "a")
    (tmp_path / "r" / "gone").symlink_to(tmp_path / "nothing")
    found = names_of(DataPath("folder", root, "**/x"))
    assert found[:2] == ["a/x", "b/x"]
    assert names_of(DataPath("folder", root, "gone")) == []
    assert names_of(DataPath("folder", str(tmp_path / "missing"))) == []


# --- settings


def test_settings_are_read_and_the_longest_prefix_decides(tmp_path: Path) -> None:
    home = HomeLayout(tmp_path)
    assert data_settings.read(home.data_settings).file_of("https://h/x") is None
    home.data_settings.write_text(
        '{"datastores": {"blob": "/d/blob"}, "urls": {"https://h/": "/u/h", "https://h/deep/": "/u/deep"}}'
    )
    settings = data_settings.read(home.data_settings)
    assert (settings.folder_of("blob"), settings.folder_of("other")) == ("/d/blob", None)
    assert settings.file_of("https://h/a%20b/c.gz?sig=1") == "/u/h/a b/c.gz"
    assert settings.file_of("https://h/deep/../../etc/passwd") == "/u/deep/etc/passwd"
    assert settings.file_of("https://elsewhere/x") is None


@pytest.mark.parametrize(
    ("text", "told"),
    [("{", "JSON"), ("[]", "datastores"), ('{"url": {}}', "url"), ('{"urls": {"https://h/": "here"}}', "absolute")],
)
def test_broken_settings_name_the_file_and_the_place(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "data.json"
    file.write_text(text)
    with pytest.raises(BadValue, match=told) as caught:
        data_settings.read(file)
    assert str(file) in caught.value.message


def test_what_to_write_is_ready_to_paste() -> None:
    line = data_settings.line_for_url("/h/data.json", "https://h/mnist/x.gz?sig=secret")
    assert '{"urls": {"https://h/mnist/": "/path/to/the/files"}}' in line
    assert "secret" not in line
    assert '{"datastores": {"my": "/path/to/the/files"}}' in data_settings.line_for_datastore("/h/data.json", "my")


def test_a_cached_url_lies_where_people_expect_it(tmp_path: Path) -> None:
    home = HomeLayout(tmp_path)
    assert home.cached_url("https://Host.example/mnist/x.gz") == home.url_cache / "https" / "host.example/mnist/x.gz"
    one, two = home.cached_url("https://h/x?a=1"), home.cached_url("https://h/x?a=2")
    assert one.name.startswith("x@")
    assert one != two
    assert home.cached_url("http://u:secret@h:8000/").parts[-3:] == ("http", "h_8000", "index")
    assert tmp_path in home.cached_url("https://h/%2e%2e/..%2f" + "x" * 400).parents
