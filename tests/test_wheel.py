"""The wheel: our `azureml` lies outside the real one's files and comes first, whatever is installed when."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Dict

import pytest

from tests.support.wheels import CLONE, Venv, build
from trainshed.node.environments.pip_settings import for_uv
from trainshed.sdk import rival

WHERE = "import azureml; print(azureml.__file__)"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("wheel", tmp_path_factory.mktemp("wheel"))


@pytest.fixture
def venv(tmp_path: Path) -> Venv:
    return Venv(tmp_path / "an 'odd' name")


@pytest.fixture(scope="module")
def settings_of_the_index() -> Dict[str, str]:
    """pip's settings on this machine, for uv."""
    return for_uv(os.environ, sys.prefix).variables


def test_no_file_of_ours_lies_in_the_real_ones_folder(wheel: Path) -> None:
    tops = {name.partition("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert "azureml" not in tops
    assert {"trainshed", "trainshed_v1", "trainshed-v1.pth"} <= tops


def test_the_sdist_builds_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    subprocess.run(["tar", "xf", str(build("sdist", tmp_path / "sdist")), "-C", str(tmp_path)], check=True)
    (unpacked,) = tmp_path.glob("trainshed-*")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "again")]
    subprocess.run(command, cwd=unpacked, check=True, capture_output=True)
    (again,) = (tmp_path / "again").iterdir()
    assert sorted(zipfile.ZipFile(again).namelist()) == sorted(zipfile.ZipFile(wheel).namelist())


def test_what_the_pth_line_puts_first(wheel: Path, venv: Venv, tmp_path: Path) -> None:
    venv.install("--no-deps", str(wheel))
    ours, runtime = f"{venv.site_packages}/trainshed_v1", str(tmp_path)
    assert venv.run(WHERE) == f"{ours}/azureml/__init__.py"
    assert first_of(venv) == ours
    assert first_of(venv, TRAINSHED_RUNTIME="/nonexistent") == ours
    assert first_of(venv, TRAINSHED_RUNTIME=runtime) == runtime
    without = first_of(venv, TRAINSHED_V1="off", TRAINSHED_RUNTIME=runtime)
    assert without not in (ours, runtime)


def first_of(venv: Venv, **variables: str) -> str:
    """sys.path[0] under -I, which ignores every PYTHON* variable and leaves our line alone."""
    return venv.run("import sys; print(sys.path[0])", "-I", **variables)


def test_the_pth_line_loads_nothing(wheel: Path, venv: Venv) -> None:
    loaded = "import sys; print(sorted(sys.modules))"
    before = venv.run(loaded)
    venv.install("--no-deps", str(wheel))
    assert venv.run(loaded) == before


def test_an_editable_install_answers_from_the_clone(venv: Venv, tmp_path: Path) -> None:
    (venv.site_packages / "azureml").mkdir()
    (venv.site_packages / "azureml" / "__init__.py").touch()
    venv.install("--no-deps", str(build("wheel:editable", tmp_path / "editable")))
    assert venv.run(WHERE) == str(CLONE / "src" / "azureml" / "__init__.py")
    assert venv.run(WHERE, TRAINSHED_V1="off") == f"{venv.site_packages}/azureml/__init__.py"


@pytest.mark.slow
@pytest.mark.parametrize("order", ["real first", "ours first"])
def test_beside_the_real_azureml_core(
    wheel: Path, venv: Venv, settings_of_the_index: Dict[str, str], order: str
) -> None:
    steps = [
        lambda: venv.install("azureml-core>=1.61", settings=settings_of_the_index),
        lambda: venv.install("--no-deps", str(wheel)),
    ]
    for step in steps if order == "real first" else reversed(steps):
        step()
    ours, real = f"{venv.site_packages}/trainshed_v1/azureml/__init__.py", f"{venv.site_packages}/azureml/__init__.py"
    assert (venv.site_packages / rival._ITS_OWN).is_dir()  # by this a run's log tells of the real one
    real_works = "import azureml.core; print(azureml.__file__, bool(azureml.core.VERSION))"
    assert venv.run(WHERE) == ours
    assert venv.run(real_works, "-W", "ignore", TRAINSHED_V1="off") == f"{real} True"
    if order == "real first":
        venv.uninstall("trainshed")
        assert venv.run(real_works, "-W", "ignore") == f"{real} True"
    else:
        venv.uninstall("azureml-core")
        assert venv.run(WHERE) == ours
