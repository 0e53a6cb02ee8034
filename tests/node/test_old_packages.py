"""Source packages of 2020, whose setup.py wants what new setuptools lack."""

from __future__ import annotations

import sys

import pytest

from tests.node.builders import Workshop
from tests.support.packages import make_old_sdist, make_setuptools
from trainshed.node.environments.old_setuptools import limit_for

PYTHON = "%d.%d" % sys.version_info[:2]


@pytest.mark.parametrize(
    ("words", "requirement"),
    [
        ("ModuleNotFoundError: No module named 'pkg_resources'", "setuptools<72"),
        ("error in anyjson setup command: use_2to3 is invalid.", "setuptools<58"),
        ("ModuleNotFoundError: No module named 'setuptools.command.test'", "setuptools<72"),
        ("Invalid dash-separated key 'description-file' in 'metadata'", "setuptools<72"),
        ("ImportError: cannot import name 'Feature' from 'setuptools' (/x)", "setuptools<46"),
    ],
)
def test_what_calls_for_an_older_one(words: str, requirement: str) -> None:
    found = limit_for(words)
    assert found is not None and found.requirement == requirement
    stricter = limit_for(words, found)
    assert stricter is None or stricter.below < found.below


def test_other_failures_do_not() -> None:
    assert limit_for("error: command 'gcc' failed; ModuleNotFoundError: No module named 'numpy'") is None


def test_built_once_more(workshop: Workshop) -> None:
    make_setuptools(workshop.index, "70.0", "pkg_resources")
    make_setuptools(workshop.index, "90.0")
    make_old_sdist(workshop.index, "old", "1.0", "import pkg_resources")
    assert workshop.completed("old==1.0", arguments=["old"])["old"] == "1.0"
    assert "No module named 'pkg_resources'" in workshop.log
    assert "wants pkg_resources, which newer ones lack: building once more with setuptools<72" in workshop.log
    # It asks for setuptools at run time, too, and means those that it was built with.
    assert "setuptools==70.0" in workshop.environment().locked.read_text()


def test_where_it_does_not_help(workshop: Workshop) -> None:
    make_setuptools(workshop.index, "90.0")
    make_old_sdist(workshop.index, "old", "1.0", "import pkg_resources")
    error = workshop.failed("old==1.0", python=PYTHON)
    assert "No module named 'pkg_resources'" in error.message
    assert "that did not help" in workshop.log
