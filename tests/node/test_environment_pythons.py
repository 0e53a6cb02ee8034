"""Which Python an environment is built with, on this machine; as of a day."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.node.builders import Workshop
from tests.support.interpreters import find_python
from tests.support.packages import HttpIndex, make_sdist, make_wheel
from trainshed.node.environments.pythons import Pythons

CURRENT = "%d.%d.%d" % sys.version_info[:3]
FAILING = """
def build_wheel(directory, config_settings=None, metadata_directory=None):
    raise SystemExit("this cannot be compiled")
"""


def test_they_are_found_where_they_lie(tmp_path: Path) -> None:
    """Not through a stand-in that says it is one; and asked once."""
    real = Path(find_python("3.8"))
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    (bin_folder / "python3.8").symlink_to(real)
    shim = bin_folder / "python3.9"
    words = "pyenv: python3.9: command not found"
    shim.write_text(f"#!/bin/sh\necho asked >> {tmp_path}/asked\necho '{words}' >&2\nexit 127\n")
    shim.chmod(0o755)
    environ = {"HOME": str(tmp_path), "PATH": str(bin_folder)}
    for _ in range(2):
        found = Pythons(str(tmp_path / "cache"), environ, lambda: None)
        python = found.at(str(bin_folder / "python3.8"))
        assert python is not None and python.path == str(real.resolve()) and python.minor == (3, 8)
        assert [python for python in found.obtainable() if python.minor == (3, 8)] and found.at(str(shim)) is None
    assert (tmp_path / "asked").read_text().count("asked") == 1
    assert found.at("/nonexistent/python") is None and found.at("/bin/true") is None


def test_one_that_is_asked_for(workshop: Workshop) -> None:
    find_python("3.8")
    shown = workshop.completed("aa", python="3.8", arguments=["aa"])
    assert shown["version"].startswith("3.8.") and shown["aa"] == "2.0"


def test_v1s_own_default_is_nobodys_wish(workshop: Workshop) -> None:
    assert workshop.completed("aa", python="3.6.2")["version"] == CURRENT


@pytest.mark.slow
def test_one_that_is_too_old_becomes_the_lowest_that_resolves(workshop: Workshop) -> None:
    find_python("3.8")
    assert workshop.completed("aa", python="3.6")["version"].startswith("3.8.")
    assert "Python 3.6 was asked for; the lowest that resolves" in workshop.log
    make_wheel(workshop.index, "modern", "1.0", python=f">={CURRENT.rpartition('.')[0]}")
    assert workshop.completed("modern", python="3.7")["version"] == CURRENT


def test_another_where_the_current_one_will_not_do(workshop: Workshop) -> None:
    find_python("3.8")
    make_wheel(workshop.index, "old", "1.0", tag="cp38-cp38-linux_x86_64")
    shown = workshop.completed("old==1.0", arguments=["old"])
    assert shown["version"].startswith("3.8.") and shown["old"] == "1.0"
    assert f"Python {CURRENT} can't take the packages: trying Python" in workshop.log
    assert workshop.completed("old==1.0")["version"].startswith("3.8.")
    assert "is used as it is" in workshop.log


@pytest.mark.slow
def test_another_where_the_build_fails(workshop: Workshop) -> None:
    """A source that the current Python can't build; for 3.8 there is a wheel."""
    find_python("3.8")
    make_sdist(workshop.index, "hard", "1.0", FAILING)
    make_wheel(workshop.index, "hard", "1.0", tag="cp38-cp38-linux_x86_64")
    assert workshop.completed("hard", arguments=["hard"])["version"].startswith("3.8.")
    assert "this cannot be compiled" in workshop.log


@pytest.mark.slow
def test_none_will_do(workshop: Workshop) -> None:
    make_wheel(workshop.index, "ancient", "1.0", tag="cp36-cp36m-linux_x86_64")
    make_wheel(workshop.index, "ancient", "1.5", tag="py3-none-any")
    error = workshop.failed("ancient==1.0")
    assert "cp36m" in error.message and "tried with no better luck" in error.message
    assert "ancient 1.5 would do" in error.message


def test_one_that_nobody_has(workshop: Workshop) -> None:
    error = workshop.failed("aa", python="3.99")
    assert "Python 3.99" in error.message and CURRENT in error.message


@pytest.mark.slow
def test_as_of_a_day(workshop: Workshop) -> None:
    find_python("3.8")
    uploaded = {"aa-1.0-py3-none-any.whl": "2020-01-01T00:00:00Z", "aa-2.0-py3-none-any.whl": "2021-01-01T00:00:00Z"}
    with HttpIndex(workshop.index, uploaded) as index:
        online = {"PIP_NO_INDEX": "0", "PIP_FIND_LINKS": "", "PIP_INDEX_URL": index.url}
        shown = workshop.completed("aa", building=online, packages={"as_of": "2020-08-27"}, arguments=["aa"])
        assert shown["aa"] == "1.0" and shown["version"].startswith("3.8.")
        assert "as of 2020-08-27" in workshop.server.log("environment_lock.txt")
        assert workshop.completed("aa", building=online, arguments=["aa"])["aa"] == "2.0"
