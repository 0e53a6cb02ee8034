"""`trainshed run` with packages: what it asks for is what an estimator asks for, and what a script finds."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Iterator

import pytest

from azureml.core import Environment, Workspace
from azureml.train.estimator import Estimator
from tests.cli.conftest import trainshed
from tests.conftest import close_home
from tests.support.packages import make_wheel
from tests.support.waiting import wait_until
from trainshed.cli import packages
from trainshed.cli.errors import BadUsage
from trainshed.contract.layout import HomeLayout
from trainshed.node import locks
from trainshed.sdk.configuration.run_configuration import RunConfiguration

SCRIPT = "import aa, sys; print('aa is', aa.VERSION, sys.prefix)\n"


def asked(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--interpreter")
    packages.add_arguments(parser)
    return parser.parse_args(words)


def test_the_same_packages_as_an_estimator(tmp_path: Path) -> None:
    (tmp_path / "more.txt").write_text("pandas\n")
    estimator = Estimator(
        str(tmp_path),
        compute_target="local",
        pip_packages=["scikit-learn", "six==1.17"],
        conda_packages=["numpy=2.1"],
        pip_requirements_file="more.txt",
    )
    configuration = RunConfiguration()
    words = ["--pip", "scikit-learn", "--pip", "six==1.17", "--conda", "numpy=2.1", "--requirements", "more.txt"]
    packages.configure(configuration, asked(*words), tmp_path, None)  # type: ignore[arg-type]  # asks no server
    made = configuration.environment.python.conda_dependencies
    assert made is not None and estimator.conda_dependencies is not None
    assert made.as_dict() == estimator.conda_dependencies.as_dict()


def test_python_and_day(tmp_path: Path) -> None:
    configuration = RunConfiguration()
    given = asked("--python", "3.11", "--as-of", "2025-01-31")
    packages.configure(configuration, given, tmp_path, None)  # type: ignore[arg-type]
    made = configuration.environment.python.conda_dependencies
    assert made is not None and made.get_python_version() == "3.11"
    assert configuration.environment.as_of == "2025-01-31"


@pytest.mark.parametrize(
    "words",
    [
        "--interpreter python --pip six",
        "--interpreter python --environment mine",
        "--environment mine --python 3.11",
        "--conda-file c.yml --conda numpy",
    ],
)
def test_what_contradicts_itself(words: str) -> None:
    with pytest.raises(BadUsage):
        packages.wants_environment(asked(*words.split()))


def test_nothing_is_built_for_nothing() -> None:
    assert not packages.wants_environment(asked("--interpreter", "python"))
    assert packages.wants_environment(asked("--environment", "mine"))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a script and a conda file, in a home of its own."""
    home = Path(tempfile.mkdtemp(prefix="ts-", dir="/tmp"))
    folder = tmp_path_factory.mktemp("packages")
    make_wheel(folder / "shelf", "aa", "1.0")
    (folder / "src").mkdir()
    (folder / "src" / "train.py").write_text(SCRIPT)
    pip = f"    - --no-index\n    - --find-links {folder / 'shelf'}\n    - aa\n"
    (folder / "src" / "conda.yml").write_text(f"dependencies:\n  - pip:\n{pip}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRAINSHED_HOME", str(home))
        patch.chdir(folder / "src")
        assert trainshed("server", "start").code == 0
        yield home
        made = HomeLayout(home).environments
        wait_until(lambda: not any(map(locks.is_held, made.root.glob("locks/*"))), 300, "the byte-compilers to end")
        close_home(home)


def test_a_script_finds_them(place: Path) -> None:
    typed = trainshed("run", "train.py", "--conda-file", "conda.yml", timeout_s=300)
    assert typed.code == 0 and typed.out.startswith("aa is 1.0 "), typed.err
    assert str(HomeLayout(place).environments.root) in typed.out


def test_a_registered_environment_is_built_and_used(place: Path) -> None:
    Environment.from_conda_specification("mine", "conda.yml").register(Workspace.from_config())
    built = trainshed("env", "build", "mine", timeout_s=300)
    assert built.code == 0 and "environment " in built.out and built.err.splitlines()[-1].endswith(": Completed")
    typed = trainshed("run", "train.py", "--environment", "mine:1", timeout_s=300)
    assert typed.code == 0 and typed.out.startswith("aa is 1.0 "), typed.err
    assert "environment  mine version 1" in trainshed("show", "last").out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--environment nobody", "no environment 'nobody'"),
        ("--requirements none.txt", "none.txt"),
        ("--pip six==", "six=="),
        ("--as-of tomorrow", "tomorrow"),
        ("--python three", "three"),
        ("--pip six --interpreter python", "Give one"),
    ],
)
def test_what_cannot_be_built_is_said_and_nothing_is_queued(place: Path, words: str, said: str) -> None:
    before = trainshed("runs").out
    typed = trainshed("run", "train.py", *words.split())
    assert (typed.code, typed.out) == (125, "") and said in typed.err
    assert trainshed("runs").out == before
