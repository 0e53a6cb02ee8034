"""The environments of a workspace, as the notebooks use them."""

from __future__ import annotations

from pathlib import Path

import pytest

from azureml.core import Environment, Experiment, ScriptRunConfig, Workspace
from azureml.core.conda_dependencies import CondaDependencies
from azureml.core.environment import EnvironmentReference
from azureml.exceptions import UserErrorException
from trainshed.contract.packages.wheels import private_wheel
from trainshed.sdk.compile import compile_run


@pytest.fixture
def ws(experiment: Experiment) -> Workspace:
    return experiment.workspace


def test_the_notebook_on_environments(ws: Workspace) -> None:
    from azureml.core.environment import CondaDependencies  # as the notebook imports it

    assert Environment.get(workspace=ws, name="AzureML-Minimal").name == "AzureML-Minimal"
    envs = Environment.list(workspace=ws)
    for env in envs:
        if env.startswith("AzureML"):
            assert "azureml-defaults" in envs[env].python.conda_dependencies.serialize_to_string()
    myenv = Environment(name="myenv")
    conda_dep = CondaDependencies()
    conda_dep.add_conda_package("scikit-learn")
    conda_dep.add_pip_package("pillow==5.4.1")
    myenv.python.conda_dependencies = conda_dep
    myenv.environment_variables = {"MESSAGE": "Hello from Azure Machine Learning"}
    registered = myenv.register(workspace=ws)
    assert (registered.name, registered.version) == ("myenv", "1")
    names = {name: env.version for name, env in ws.environments.items()}
    assert names["myenv"] == "1" and "AzureML-Tutorial" in names
    restored = Environment.get(workspace=ws, name="myenv", version="1")
    assert restored.environment_variables == myenv.environment_variables
    assert restored.python.conda_dependencies.serialize_to_string() == conda_dep.serialize_to_string()
    assert '"name": "myenv"' in repr(restored)
    myenv.docker.enabled = True
    assert (myenv.docker.shared_volumes, myenv.docker.shm_size) == (True, None)


def test_the_mnist_tutorial(ws: Workspace) -> None:
    env = Environment("tutorial-env")
    env.python.conda_dependencies = CondaDependencies.create(
        pip_packages=["azureml-dataprep[pandas,fuse]>=1.1.14"], conda_packages=["scikit-learn==0.22.1"]
    )
    env.register(workspace=ws)
    assert env.register(ws).version == "1"
    env.python.conda_dependencies.add_pip_package("joblib")
    assert env.register(ws).version == "2"
    assert Environment.get(ws, "tutorial-env").version == "2"
    assert EnvironmentReference("tutorial-env", "1").get_environment(ws).version == "1"
    copy = Environment.get(ws, "tutorial-env").clone("another")
    assert (copy.register(ws).version, copy.version) == ("1", None)


def test_labels(ws: Workspace) -> None:
    env = Environment("labelled")
    env.register(ws)
    env.environment_variables["B"] = "2"
    env.register(ws)
    Environment.label(ws, "labelled", "1", ["good"])
    assert Environment.get(ws, "labelled", label="good").version == "1"
    with pytest.raises(UserErrorException, match="version"):
        Environment.label(ws, "labelled", "one", ["good"])


def test_names_that_are_not_there(ws: Workspace) -> None:
    Environment("my-training").register(ws)
    with pytest.raises(UserErrorException, match="Did you mean 'my-training'"):
        Environment.get(ws, "my-trainig")
    with pytest.raises(UserErrorException, match=r"version 9 \(its versions: 1\)"):
        Environment.get(ws, "my-training", version="9")
    with pytest.raises(UserErrorException, match="Nearest: 'AzureML-Minimal'"):
        Environment.get(ws, "AzureML-Minima")
    with pytest.raises(UserErrorException, match="another-name"):
        Environment.get(ws, "AzureML-Minimal").register(ws)


def test_a_registered_environment_needs_no_file_and_holds_no_credentials(ws: Workspace, tmp_path: Path) -> None:
    (tmp_path / "conda.yml").write_text("dependencies:\n- numpy\n- pip:\n  - -r pip.txt\n")
    (tmp_path / "pip.txt").write_text("--extra-index-url https://me:hush@host/simple\nsix\n-c limits.txt\n")
    (tmp_path / "limits.txt").write_text("six<2\n")
    Environment.from_conda_specification("of-files", str(tmp_path / "conda.yml")).register(ws)
    for name in ("conda.yml", "pip.txt", "limits.txt"):
        (tmp_path / name).unlink()
    found = Environment.get(ws, "of-files")
    assert list(found.python.conda_dependencies.pip_packages) == ["six<2"]
    assert list(found.python.conda_dependencies.pip_options) == ["--extra-index-url https://host/simple"]


def test_a_private_wheel(ws: Workspace, tmp_path: Path) -> None:
    wheel = tmp_path / "mine-1.0-py3-none-any.whl"
    wheel.write_bytes(b"a wheel, but for its content")
    url = Environment.add_private_pip_wheel(ws, str(wheel))
    found = private_wheel(url)
    assert found is not None and found.file_name == wheel.name
    with ws._api.get_blob(found.sha256) as stream:
        assert b"".join(stream) == wheel.read_bytes()
    with pytest.raises(UserErrorException, match="exist_ok=True"):
        Environment.add_private_pip_wheel(ws, str(wheel))
    assert Environment.add_private_pip_wheel(ws, str(wheel), exist_ok=True) == url
    with pytest.raises(UserErrorException, match="does not exist"):
        Environment.add_private_pip_wheel(ws, str(tmp_path / "none.whl"))
    with pytest.raises(UserErrorException, match="give a wheel"):
        (tmp_path / "mine.zip").write_bytes(b"x")
        Environment.add_private_pip_wheel(ws, str(tmp_path / "mine.zip"))


def test_a_replacement_by_a_registered_environment(
    ws: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "train.py").write_text("pass")
    for package in ("six", "numpy"):
        instead = Environment("instead")
        instead.python.conda_dependencies = CondaDependencies.create(pip_packages=[package])
        instead.register(ws)
    config = ScriptRunConfig(str(tmp_path), "train.py", environment=Environment("old"))
    for use, found in (("instead", ("instead", "2")), ("instead:1", ("instead", "1")), ("AzureML-Minimal", None)):
        monkeypatch.setenv("TRAINSHED_OVERRIDES", "old=" + use)
        spec = compile_run(config, workspace=ws).spec
        assert found is None or (spec.environment.name, spec.environment.version) == found
        assert spec.properties["trainshed.environment_replaced"] == "old -> " + use
        assert spec.environment.packages is not None and "azureml-defaults" in spec.environment.packages.pip
    monkeypatch.setenv("TRAINSHED_OVERRIDES", "old=insted")
    with pytest.raises(UserErrorException, match="Did you mean 'instead'"):
        compile_run(config, workspace=ws)
