"""Scripts of our own with the calls of v1's tutorials, in their order: the first day, and MNIST with an estimator."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import numpy as np
import pytest

from azureml.core import Dataset, Environment, Experiment, ScriptRunConfig, Workspace
from azureml.core.compute import AmlCompute, ComputeTarget
from azureml.core.compute_target import ComputeTargetException
from azureml.core.conda_dependencies import CondaDependencies
from azureml.opendatasets import MNIST
from azureml.train.estimator import Estimator
from examples.first_snippet.write_digits import idx
from tests.integration.submitting import Desk, driver_log, wait_for_end, write

pytestmark = pytest.mark.timeout(290)

TRAIN = """
    import argparse, glob, os, pickle
    import numpy as np
    from azureml.core import Run
    from utils import load
    parser = argparse.ArgumentParser()
    parser.add_argument('--data-folder', type=str, dest='data_folder')
    parser.add_argument('--regularization', type=float, dest='reg', default=0.01)
    args = parser.parse_args()
    labels = load(glob.glob(os.path.join(args.data_folder, '**/train-labels-idx1-ubyte.gz'), recursive=True)[0])
    run = Run.get_context()
    run.log('regularization rate', np.float64(args.reg))
    run.log('labels', len(labels))
    os.makedirs('outputs', exist_ok=True)
    with open('outputs/model.pkl', 'wb') as file:
        pickle.dump(labels.tolist(), file)
"""

UTILS = """
    import gzip
    import numpy as np
    def load(path):
        with gzip.open(path) as file:
            return np.frombuffer(file.read()[8:], np.uint8)
"""


def mnist(folder: Path) -> Path:
    """Four small files of MNIST's form."""
    folder.mkdir()
    for name, count in (("train", 30), ("t10k", 10)):
        (folder / f"{name}-images-idx3-ubyte.gz").write_bytes(idx(np.zeros((count, 28, 28))))
        (folder / f"{name}-labels-idx1-ubyte.gz").write_bytes(idx(np.arange(count) % 10))
    return folder


def test_mnist_with_an_estimator(lone_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment is registered and named; the settings put the interpreter of these tests in its place."""
    url = "https://azureopendatastorage.blob.core.windows.net/mnist/"
    settings = {"urls": {url: str(mnist(lone_desk.folder / "mnist"))}}
    (lone_desk.home / "data.json").write_text(json.dumps(settings))
    monkeypatch.setenv("TRAINSHED_OVERRIDES", f"tutorial-env={sys.executable}")
    ws = Workspace.from_config()
    compute_name = os.environ.get("AML_COMPUTE_CLUSTER_NAME", "cpu-cluster")
    assert compute_name not in ws.compute_targets
    configuration = AmlCompute.provisioning_configuration(vm_size="STANDARD_D2_V2", min_nodes=0, max_nodes=4)
    ComputeTarget.create(ws, compute_name, configuration).wait_for_completion(True, None, 20)
    compute_target = ws.compute_targets[compute_name]
    assert compute_target and type(compute_target) is AmlCompute

    dataset = MNIST.get_file_dataset()
    dataset.download(str(lone_desk.folder / "data"), overwrite=True)
    assert len(list((lone_desk.folder / "data").rglob("*-ubyte.gz"))) == 4
    dataset = dataset.register(workspace=ws, name="mnist_opendataset", description="digits", create_new_version=True)
    assert Dataset.get_by_name(ws, "mnist_opendataset").id == dataset.id

    folder = lone_desk.folder / "sklearn-mnist"
    write(folder / "train.py", TRAIN)
    write(folder / "utils.py", UTILS)
    env = Environment("tutorial-env")
    env.python.conda_dependencies = CondaDependencies.create(
        pip_packages=["azureml-dataset-runtime[pandas,fuse]", "azureml-defaults"],
        conda_packages=["scikit-learn==0.22.1"],
    )
    env.register(workspace=ws)
    script_params = {
        "--data-folder": dataset.as_named_input("mnist_opendataset").as_mount(),
        "--regularization": 0.5,
    }
    est = Estimator(
        source_directory=str(folder),
        script_params=script_params,
        compute_target=compute_target,
        environment_definition=env,
        entry_script="train.py",
    )
    run = Experiment(workspace=ws, name="sklearn-mnist").submit(config=est)
    assert wait_for_end(run, 120) == "Completed", driver_log(run)
    assert run.get_metrics() == {"regularization rate": 0.5, "labels": 30}
    assert "outputs/model.pkl" in run.get_file_names()
    model = run.register_model(model_name="sklearn_mnist", model_path="outputs/model.pkl")
    assert (model.name, model.id, model.version) == ("sklearn_mnist", "sklearn_mnist:1", 1)


@pytest.mark.slow
def test_the_first_day(lone_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is said about the environment: v1's default packages are installed."""
    ws = Workspace.create(
        name="day-one", subscription_id="s", resource_group="g", create_resource_group=True, location="westeurope"
    )
    ws.write_config(path=".azureml")
    assert Path(".azureml/config.json").is_file()
    ws = Workspace.from_config()
    assert ws.name == "day-one"
    try:
        cluster = ComputeTarget(workspace=ws, name="cpu-cluster")
    except ComputeTargetException:
        configuration = AmlCompute.provisioning_configuration(
            vm_size="STANDARD_D2_V2", max_nodes=4, idle_seconds_before_scaledown=2400
        )
        cluster = ComputeTarget.create(ws, "cpu-cluster", configuration)
    cluster.wait_for_completion(show_output=True)
    write(Path("src/hello.py"), "print('hello world!')\n")
    config = ScriptRunConfig(source_directory="./src", script="hello.py", compute_target="cpu-cluster")
    run = Experiment(workspace=ws, name="day1-experiment-hello").submit(config)
    assert run.get_portal_url().startswith("http")
    assert wait_for_end(run, 240) == "Completed", run.get_details()
    assert "hello world!" in driver_log(run)
    write(Path("data/batch_1"), "bytes")
    datastore = ws.get_default_datastore()
    datastore.upload(src_dir="./data", target_path="datasets/cifar10", overwrite=True)
    datastore.download(target_path="back", prefix="datasets/cifar10")
    assert Path("back/datasets/cifar10/batch_1").read_text() == "bytes"
