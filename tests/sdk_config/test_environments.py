"""From an Environment to an EnvironmentSpec: packages, files, days, replacements, and what stays out of the record."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from trainshed.contract import wire
from trainshed.contract.errors import (
    BadPackage,
    BadValue,
    ComesLater,
    CondaNameWithoutCounterpart,
    EnvironmentNotFound,
    RunConfigBroken,
    SourceMissing,
)
from trainshed.contract.packages import credentials
from trainshed.contract.packages.translating import translate
from trainshed.contract.spec import EnvironmentSpec, PackagesSpec, RunSpec
from trainshed.sdk import environments
from trainshed.sdk.compile import compile_run
from trainshed.sdk.configuration import requirements
from trainshed.sdk.configuration.conda_dependencies import CondaDependencies
from trainshed.sdk.configuration.environment import Environment
from trainshed.sdk.configuration.run_configuration import RunConfiguration
from trainshed.sdk.configuration.script_run_config import ScriptRunConfig

V1_DEFAULT = ("azureml-defaults",)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A source folder, and a home without a server."""
    monkeypatch.setenv("TRAINSHED_HOME", str(tmp_path / "home"))
    source = tmp_path / "source"
    source.mkdir()
    (source / "train.py").write_text("print('here')")
    return source


def run_spec(folder: Path, environment: Any = None, **more: Any) -> RunSpec:
    config = RunConfiguration()
    if environment is not None:
        config.environment = environment
    for name, value in more.items():
        setattr(config, name, value)
    return compile_run(ScriptRunConfig(str(folder), "train.py", run_config=config)).spec


def spec_of(folder: Path, environment: Any = None, **more: Any) -> EnvironmentSpec:
    return run_spec(folder, environment, **more).environment


def packages_of(folder: Path, environment: Any = None, **more: Any) -> PackagesSpec:
    found = spec_of(folder, environment, **more).packages
    assert found is not None
    return found


def holding(*conda: str, pip: Any = (), **more: Any) -> Environment:
    made = Environment("mine")
    made.python.conda_dependencies = CondaDependencies.create(
        conda_packages=list(conda), pip_packages=list(pip), **more
    )
    return made


def test_v1s_default_environment(folder: Path) -> None:
    spec = spec_of(folder)
    assert spec.kind == "packages"
    assert spec.packages == PackagesSpec("3.6.2", (), V1_DEFAULT, (), ("anaconda", "conda-forge"))
    assert spec.variables == {"EXAMPLE_ENV_VAR": "EXAMPLE_VALUE"}


def test_what_the_notebooks_ask_for(folder: Path) -> None:
    environment = Environment("sklearn-mnist")
    environment.python.conda_dependencies = CondaDependencies.create(
        pip_packages=["azureml-sdk", "joblib==0.13.2"], conda_packages=["scikit-learn", "pandas=1.0"]
    )
    whole = run_spec(folder, environment)
    spec = whole.environment
    assert spec.packages is not None
    assert spec.packages.conda == ("scikit-learn", "pandas=1.0")
    assert spec.packages.pip == ("azureml-defaults", "azureml-sdk", "joblib==0.13.2")
    assert whole.definition["environment"] == spec.definition
    assert spec.definition["python"]["condaDependencies"]["dependencies"][-1]["pip"] == list(spec.packages.pip)
    assert wire.loads(RunSpec, wire.dumps(whole)) == whole


@pytest.mark.parametrize(
    ("version", "python"),
    [("3.8", "3.8"), ("3.6.2", "3.6.2"), (">=3.8,<3.10", ">=3.8,<3.10"), ("3.9.*", "3.9")],
)
def test_the_python_asked_for(folder: Path, version: str, python: str) -> None:
    assert packages_of(folder, holding(python_version=version)).python == python


def test_nobody_named_a_python(folder: Path) -> None:
    environment = Environment("mine")
    content = {"dependencies": ["python", "pip=20", "numpy", {"pip": ["six"]}]}
    environment.python.conda_dependencies = CondaDependencies(_underlying_structure=content)
    assert packages_of(folder, environment) == PackagesSpec("", ("numpy",), ("six",))


def test_a_conda_file_of_the_source_folder(folder: Path) -> None:
    (folder / "env").mkdir()
    (folder / "env" / "conda.yml").write_text(
        "name: x\nchannels: [pytorch]\ndependencies:\n- python=3.8\n- pytorch=1.4\n- pip:\n  - -r pip.txt\n"
    )
    (folder / "env" / "pip.txt").write_text("six==1.15.0  # a remark\n")
    environment = Environment("mine")
    environment.python.conda_dependencies_file = "env/conda.yml"
    found = packages_of(folder, environment)
    assert found == PackagesSpec("3.8", ("pytorch=1.4",), ("six==1.15.0",), (), ("pytorch",))
    environment.python.conda_dependencies_file = str(folder / "env" / "conda.yml")
    assert packages_of(folder, environment) == found
    environment.python.conda_dependencies_file = "env/missing.yml"
    with pytest.raises(SourceMissing, match=r"env/missing\.yml.*source directory"):
        packages_of(folder, environment)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("dependencies:\n- numpy\n- pip:\n  - 3\n", 4, "expected a package for pip, found 3"),
        ("dependencies:\n- numpy\n- [a]\n", 3, "expected a package"),
        ("dependencies:\n- numpy\n  x: [\n", 3, ""),
    ],
)
def test_a_broken_conda_file_names_the_line(folder: Path, text: str, line: int, words: str) -> None:
    (folder / "conda.yml").write_text(text)
    environment = Environment("mine")
    environment.python.conda_dependencies_file = "conda.yml"
    with pytest.raises(RunConfigBroken, match="line %d: .*%s" % (line, words)):
        spec_of(folder, environment)


def test_requirements_files(tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "wheels").mkdir()
    (tmp_path / "all.txt").write_text(
        "# head\n--extra-index-url https://host/simple\n-r more/rest.txt\n-c more/limits.txt\n\n"
        "numpy>=1.18 \\\n    ; python_version >= '3.8'\n"
        "six==1.15.0 --hash=sha256:aa \\\n  --hash=sha256:bb\n--find-links wheels\n"
    )
    (tmp_path / "more" / "rest.txt").write_text("pandas # here\n-e git+https://host/x.git#egg=x\n")
    (tmp_path / "more" / "limits.txt").write_text("pandas<2\nscipy<1.10\n")
    found = requirements.read(str(tmp_path / "all.txt"))
    assert found.lines == (
        "--extra-index-url https://host/simple",
        "pandas",
        "git+https://host/x.git#egg=x",
        "numpy>=1.18 ; python_version >= '3.8'",
        "six==1.15.0 --hash=sha256:aa --hash=sha256:bb",
        "--find-links %s" % (tmp_path / "wheels"),
    )
    assert found.constraints == ("pandas<2", "scipy<1.10")
    assert "pandas<2" in requirements.constrained(found)
    environment = Environment.from_pip_requirements("mine", str(tmp_path / "all.txt"))
    assert environment.python.conda_dependencies is not None
    assert "pandas<2" in list(environment.python.conda_dependencies.pip_packages)


def test_constraints_of_a_list_stay_constraints(folder: Path) -> None:
    (folder / "limits.txt").write_text("pandas<2\n")
    found = packages_of(folder, holding(pip=["pandas", "-c limits.txt"]))
    assert (found.pip, found.constraints) == ((*V1_DEFAULT, "pandas"), ("pandas<2",))


def test_requirements_files_that_cannot_be(tmp_path: Path) -> None:
    def written(name: str, text: str) -> str:
        (tmp_path / name).write_bytes(text.encode("latin-1"))
        return str(tmp_path / name)

    with pytest.raises(SourceMissing, match=r"none\.txt.*does not exist"):
        requirements.read(str(tmp_path / "none.txt"))
    with pytest.raises(SourceMissing, match=r"none\.txt' does not exist; .*names\.txt, line 2 names it"):
        requirements.read(written("names.txt", "six\n-r none.txt\n"))
    with pytest.raises(RunConfigBroken, match=r"line 2: this is not UTF-8"):
        requirements.read(written("latin.txt", "six\n# \xe9\n"))
    with pytest.raises(RunConfigBroken, match="circle"):
        requirements.read(written("round.txt", "-r round.txt\n"))
    for line in ("-e .", "./mine", "dist/mine-1.0-py3-none-any.whl", "/opt/mine.tar.gz", "~/mine"):
        with pytest.raises(BadPackage, match=r"paths\.txt, line 1.*add_private_pip_wheel"):
            requirements.read(written("paths.txt", line + "\n"))


def test_a_malformed_requirement_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "requirements.txt"
    path.write_text("numpy\nsix==\n")
    with pytest.raises(BadPackage, match=r"six== .*requirements\.txt, line 2.*no version after '=='"):
        requirements.read(str(path))


def test_what_is_no_package_is_said_at_submit(folder: Path) -> None:
    def with_dependencies(*items: Any) -> Environment:
        made = Environment("mine")
        made.python.conda_dependencies = CondaDependencies(_underlying_structure={"dependencies": list(items)})
        return made

    with pytest.raises(BadPackage, match="'=>' is none of pip's conditions"):
        spec_of(folder, with_dependencies("python=3.8", {"pip": ["six=>1"]}))
    with pytest.raises(BadValue, match="'foo'"):
        spec_of(folder, with_dependencies("six", {"foo": ["x"]}))


def test_what_pypi_has_nothing_for_is_said_at_submit(folder: Path) -> None:
    with pytest.raises(CondaNameWithoutCounterpart, match="r-base"):
        spec_of(folder, holding("r-base"))
    with pytest.raises(BadPackage, match="numpy="):
        spec_of(folder, holding("numpy=^1.2$"))


def test_a_day_by_run_environment_shell_and_settings(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = folder.parent / "home" / "environments.json"
    settings.parent.mkdir()
    settings.write_text(json.dumps({"as_of": "2020-01-01", "environments": {"mine": {"as_of": "2020-01-02"}}}))
    assert packages_of(folder).as_of == "2020-01-01"
    environment = holding()
    assert packages_of(folder, environment).as_of == "2020-01-02"
    monkeypatch.setenv("TRAINSHED_AS_OF", "2020-01-03")
    assert packages_of(folder, environment).as_of == "2020-01-03"
    environment.as_of = "2020-01-04"
    assert packages_of(folder, environment).as_of == "2020-01-04"
    assert Environment.from_record(environment.to_record()).as_of == "2020-01-04"
    variables = {"TRAINSHED_AS_OF": "2020-01-05"}
    assert packages_of(folder, environment, environment_variables=variables).as_of == "2020-01-05"
    for wrong in ("2020-13-01", "yesterday", "20200827"):
        environment.as_of = wrong
        with pytest.raises(BadValue, match="give a day such as '2020-08-27'"):
            spec_of(folder, environment)


def test_a_replacement_by_an_interpreter(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRAINSHED_OVERRIDES", "mine=%s; other=/nowhere" % sys.executable)
    whole = run_spec(folder, holding("r-base"))
    assert (whole.environment.kind, whole.environment.interpreter) == ("user_managed", sys.executable)
    assert whole.environment.definition["python"]["userManagedDependencies"] is True
    assert whole.properties["trainshed.environment_replaced"] == "mine -> %s" % sys.executable
    monkeypatch.setenv("TRAINSHED_OVERRIDES", "mine")
    with pytest.raises(BadValue, match="NAME=INTERPRETER"):
        spec_of(folder)


def test_a_replacement_by_an_estimators_class(folder: Path) -> None:
    settings = folder.parent / "home" / "environments.json"
    settings.parent.mkdir()
    settings.write_text(json.dumps({"estimators": {"SKLearn": {"use": sys.executable}}}))
    config = ScriptRunConfig(str(folder), "train.py")
    assert compile_run(config).spec.environment.kind == "packages"
    config._estimator = "SKLearn"  # type: ignore[attr-defined]
    assert compile_run(config).spec.environment.interpreter == sys.executable


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "cannot be read"),
        ('{"environment": {}}', "'?environment'? is not one of"),
        ('{"environments": {"a": {"python": "x"}}}', "'a' of 'environments'"),
        ('{"workspaces": {"a": {"use": "x"}}}', "'a' of 'workspaces'"),
        ('{"as_of": "soon"}', "give a day"),
        ("[]", "the whole"),
    ],
)
def test_settings_that_cannot_be_say_where(folder: Path, text: str, words: str) -> None:
    settings = folder.parent / "home" / "environments.json"
    settings.parent.mkdir()
    settings.write_text(text)
    with pytest.raises(BadValue, match=words) as caught:
        spec_of(folder)
    assert "environments.json" in caught.value.message


def test_credentials_stay_out_of_spec_and_definition(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = holding(pip_indexurl="https://me:hush@host/simple", pip=["git+https://hush@host/a.git#egg=a"])
    whole = run_spec(folder, environment)
    assert b"hush" not in wire.dumps(whole)
    assert "hush" not in json.dumps(environment.to_record(public=True))
    assert whole.environment.packages is not None
    assert "--index-url https://host/simple" in whole.environment.packages.pip
    kept = folder.parent / "home" / "index-credentials.json"
    assert kept.stat().st_mode & 0o777 == 0o600
    secrets = credentials.read(kept)
    assert credentials.restored("--index-url https://host/simple", secrets) == "--index-url https://me:hush@host/simple"
    assert credentials.restored("git+https://host/a.git#egg=a", secrets) == "git+https://hush@host/a.git#egg=a"
    assert credentials.restored("https://elsewhere/simple", secrets) == "https://elsewhere/simple"
    environment = holding(pip=["--extra-index-url https://${WHO}:${PASS}@other/simple"])
    with pytest.raises(BadValue, match=r"\$\{WHO\}"):
        spec_of(folder, environment)
    monkeypatch.setenv("WHO", "me")
    monkeypatch.setenv("PASS", "hush2")
    assert b"hush2" not in wire.dumps(run_spec(folder, environment))
    assert credentials.read(kept)["https://other/simple"] == "me:hush2"


def test_what_needs_a_container_or_r_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM x\n")
    for environment in (
        Environment.from_docker_image("mine", "continuumio/miniconda3"),
        Environment.from_dockerfile("mine", str(tmp_path / "Dockerfile")),
        Environment.from_dockerfile("mine", "FROM x\nRUN y\n"),
    ):
        with pytest.raises(ComesLater, match="container"):
            spec_of(folder, environment)
    environment = holding("numpy")
    environment.r = {"rVersion": "3.6"}
    with pytest.raises(ComesLater, match="environment for R"):
        spec_of(folder, environment)


def test_stock_images_and_docker_enabled_need_no_engine(folder: Path) -> None:
    environment = holding("numpy")
    environment.docker.enabled = True
    environment.docker.base_image = "mcr.microsoft.com/azureml/base:intelmpi2018.3-ubuntu16.04"
    assert spec_of(folder, environment).kind == "packages"


@pytest.mark.parametrize(
    ("name", "requirement", "python"),
    [
        ("AzureML-Minimal", "", "3.6.2"),
        ("AzureML-Tutorial", "scikit-learn", "3.6.2"),
        ("AzureML-TensorFlow-2.1-GPU", "tensorflow>=2.1,<3", "3.6.2"),
        ("AzureML-sklearn-1.5", "scikit-learn>=1.5,<2", "3.6.2"),
        ("AzureML-Scikit-learn-0.20.3", "scikit-learn>=0.20.3,<1", "3.6.2"),
        ("AzureML-PyTorch-1.4-CPU", "torch>=1.4,<2", "3.6.2"),
        ("AzureML-Chainer-5.1.0-CPU", "chainer>=5.1.0,<6", "3.6.2"),
        ("AzureML-pytorch-1.10-ubuntu18.04-py38-cuda11-gpu", "torch>=1.10,<2", "3.8"),
    ],
)
def test_curated_names_mean_family_and_version(folder: Path, name: str, requirement: str, python: str) -> None:
    environment = environments.of_curated(name)
    found = packages_of(folder, environment)
    assert found.python == python
    assert "azureml-defaults" in found.pip
    assert not requirement or requirement in translate(found).requirements


def test_an_unknown_curated_name_lists_the_nearest_three() -> None:
    for name in ("AzureML-PyTorh-1.4-CPU", "AzureML-Designer", "AzureML-PyTorch", "AzureML-Tutorial-3"):
        with pytest.raises(EnvironmentNotFound, match=r"Nearest: '.*', '.*', '.*'\.") as caught:
            environments.of_curated(name)
        assert name in caught.value.message
    with pytest.raises(EnvironmentNotFound, match=r"Nearest: 'AzureML-PyTorch-1\.\d-CPU'"):
        environments.of_curated("AzureML-PyTorh-1.4-CPU")


def test_conda_dependencies_as_v1_wrote_them(tmp_path: Path) -> None:
    made = CondaDependencies.create(
        pip_indexurl="https://host/simple", pip_packages=["six"], conda_packages=["numpy"], pin_sdk_version=False
    )
    made.add_cntk_package("gpu")
    made.add_tensorflow_conda_package()
    made.add_channel("pytorch")
    assert made.serialize_to_string() == (
        "name: project_environment\ndependencies:\n- python=3.6.2\n- numpy\n- tensorflow=1.13.1\n- pip:\n"
        "  - --index-url https://host/simple\n  - azureml-defaults\n  - six\n  - cntk-gpu==2.5.1\n"
        "channels:\n- anaconda\n- conda-forge\n- pytorch\n"
    )
    made.save_to_file(str(tmp_path), "conda.yml")
    assert CondaDependencies(str(tmp_path / "conda.yml")).as_dict() == made.as_dict()
    assert CondaDependencies().is_default() and not made.is_default()


def test_an_environment_saved_and_loaded(tmp_path: Path) -> None:
    environment = holding("numpy", pip=["six"])
    environment.environment_variables = {"A": "1"}
    environment.save_to_directory(str(tmp_path / "saved"))
    assert (tmp_path / "saved" / "azureml_environment.json").is_file()
    assert Environment.load_from_directory(str(tmp_path / "saved")).to_record() == environment.to_record()
    with pytest.raises(BadValue, match="overwrite=True"):
        environment.save_to_directory(str(tmp_path / "saved"))


def test_an_environment_of_an_existing_conda_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CONDA_EXE", raising=False)
    with pytest.raises(BadValue, match="there is no conda on this computer"):
        Environment.from_existing_conda_environment("mine", "base")
    conda = tmp_path / "conda"
    conda.write_text(
        "#!/bin/sh\n[ \"$*\" = 'env export --no-builds -n base' ] || { echo no such environment >&2; exit 1; }\n"
        "printf 'name: base\\ndependencies:\\n- python=3.8.5\\n- numpy=1.18.1\\n'\n"
    )
    conda.chmod(0o755)
    environment = Environment.from_existing_conda_environment("mine", "base")
    assert environment.python.conda_dependencies is not None
    assert list(environment.python.conda_dependencies.conda_packages) == ["python=3.8.5", "numpy=1.18.1"]
    with pytest.raises(BadValue, match="no such environment"):
        Environment.from_existing_conda_environment("mine", "other")


def test_a_conda_files_packages_are_named_with_their_lines(folder: Path) -> None:
    (folder / "conda.yml").write_text("dependencies:\n- python=3.11\n- pip:\n  - numpy\n  - pandas = = 1\n")
    with pytest.raises(BadPackage, match=r"pandas = = 1 \(.*conda.yml, line 5\)"):
        run_spec(folder, Environment.from_conda_specification("mine", str(folder / "conda.yml")))
    (folder / "conda.yml").write_text("dependencies:\n- numpy[version='1\n")
    environment = Environment("mine")
    environment.python.conda_dependencies_file = "conda.yml"
    with pytest.raises(BadPackage, match=r"\(.*conda.yml, line 2\).*bracket"):
        run_spec(folder, environment)


def test_a_second_list_for_pip_is_refused(folder: Path) -> None:
    path = folder / "conda.yml"
    path.write_text("dependencies:\n- pip:\n  - numpy\n- scipy\n- pip:\n  - pandas\n")
    with pytest.raises(RunConfigBroken, match=r"conda.yml, line 5.*second list for pip; the first is in line 2"):
        CondaDependencies(str(path))
