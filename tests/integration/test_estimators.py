"""Estimators submitted: what arrives in the script, what is refused before anything is queued."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from azureml.core import Environment
from azureml.core.compute import AmlCompute, ComputeTarget
from azureml.core.conda_dependencies import CondaDependencies
from azureml.exceptions import AzureMLException, TrainingException, UserErrorException
from azureml.train.estimator import Estimator, Mpi
from tests.integration.submitting import Desk, driver_log, wait_for_end, write

pytestmark = pytest.mark.timeout(180)

TELLS = """
    import json, os, sys
    from azureml.core import Run
    run = Run.get_context()
    run.log("arguments", len(sys.argv) - 1)
    print(json.dumps({"argv": sys.argv[1:], "own": os.environ.get("OWN"), "target": os.environ["AZUREML_TARGET_TYPE"]}))
"""


def estimator(desk: Desk, script: str = TELLS, **arguments: Any) -> Estimator:
    """One that uses the interpreter of these tests."""
    asked = {"compute_target": "local", "user_managed": True, **arguments}
    return Estimator(str(desk.project(script)), **asked)


def told(desk: Desk, made: Estimator, **overrides: Any) -> Any:
    import json

    run = desk.experiment.submit(made, **overrides)
    assert wait_for_end(run) == "Completed", run.get_details()
    return json.loads(driver_log(run))


def test_arguments_and_variables_reach_the_script(desk: Desk) -> None:
    made = estimator(
        desk,
        script_params={"--a": 0.5, "--flag": "", "--b": [1, 2], "--own": "$OWN"},
        environment_variables={"OWN": "mine"},
    )
    said = told(desk, made)
    assert said == {
        "argv": ["--a", "0.5", "--flag", "--b", "1", "2", "--own", "mine"],
        "own": "mine",
        "target": "local",
    }


def test_what_is_changed_before_submit_counts_and_touches_no_earlier_run(desk: Desk) -> None:
    made = estimator(desk, script_params={"--a": 1})
    first = desk.experiment.submit(made, tags={"stage": "first"})
    made.run_config.arguments = ["changed"]
    made.run_config.environment.environment_variables = {"OWN": "later"}
    write(Path(made.source_directory) / "train.py", TELLS.replace('"own"', '"renamed"'))
    assert told(desk, made) == {"argv": ["changed"], "renamed": "later", "target": "local"}
    assert wait_for_end(first) == "Completed"
    assert '"argv": ["--a", "1"], "own": null' in driver_log(first)
    assert first.get_tags() == {"stage": "first"}


def test_what_submit_may_change(desk: Desk) -> None:
    made = estimator(desk, script_params={"--a": 1, "--b": 2})
    assert told(desk, made, script_params={"--b": 3})["argv"] == ["--a", "1", "--b", "3"]
    assert told(desk, made)["argv"] == ["--a", "1", "--b", "2"]
    with pytest.raises(TrainingException, match="entry_script"):
        desk.experiment.submit(made, entry_script="other.py")


def test_on_a_cluster_by_object_and_by_name(desk: Desk) -> None:
    asked = AmlCompute.provisioning_configuration(vm_size="STANDARD_D2_V2", max_nodes=1)
    cluster = ComputeTarget.create(desk.workspace, "trains", asked)
    assert told(desk, estimator(desk, compute_target=cluster))["target"] == "amlcompute"
    assert told(desk, estimator(desk, compute_target="trains"))["target"] == "amlcompute"
    cluster.delete()


def test_a_cluster_for_one_run_and_a_gpu_that_is_not_there(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    from trainshed.server.services.hardware import has_gpu

    made = Estimator(str(desk.project(TELLS)), vm_size="STANDARD_NC6", user_managed=True)
    run = desk.experiment.submit(made)
    assert wait_for_end(run) == "Completed"
    assert '"target": "local"' in driver_log(run)
    assert run.get_details()["target"] == "local"
    if not has_gpu():
        assert "this machine has none" in run.get_properties()["trainshed.gpu"]
        (warning,) = run.get_details()["warnings"]
        assert "the run uses the CPU" in warning["message"]
        name = next(name for name in run.get_file_names() if name.startswith("azureml-logs/55_"))
        run.download_file(name, str(desk.folder / "log"))
        assert "the run uses the CPU" in (desk.folder / "log").read_text()
    asked = desk.experiment.submit(estimator(desk, use_gpu=True))
    assert wait_for_end(asked) == "Completed"
    assert has_gpu() or "use_gpu=True" in asked.get_properties()["trainshed.gpu"]


@pytest.mark.parametrize(
    ("words", "arguments"),
    [
        ("does not exist in", {"entry_script": "none.py"}),
        ("later release", {"node_count": 2, "distributed_training": Mpi()}),
        ("later release", {"process_count_per_node": 2, "distributed_backend": "mpi"}),
        ("container", {"custom_docker_image": "continuumio/miniconda3", "user_managed": False}),
        ("ComputeTargetNotFound", {"compute_target": "gpu-cluster"}),
    ],
)
def test_refused_before_anything_is_queued(desk: Desk, words: str, arguments: Any) -> None:
    made = estimator(desk, **arguments)
    with pytest.raises(AzureMLException, match=words):
        desk.experiment.submit(made)
    assert list(desk.experiment.get_runs()) == []


def test_a_source_folder_that_is_not_there(desk: Desk) -> None:
    made = Estimator(str(desk.folder / "none"), compute_target="local", user_managed=True)
    with pytest.raises(UserErrorException, match="does not exist"):
        desk.experiment.submit(made)


def test_as_a_child(desk: Desk) -> None:
    parent = desk.experiment.start_logging(snapshot_directory=None)
    child = parent.submit_child(estimator(desk))
    assert wait_for_end(child) == "Completed"
    assert child.parent.id == parent.id
    parent.complete()


WHERE = """
    import json, os, sys
    from azureml.core import Run
    Run.get_context()
    flags = dict(zip(sys.argv[1::2], sys.argv[2::2]))
    print(json.dumps({flag: sorted(os.listdir(path)) for flag, path in flags.items()}))
"""


def stored(desk: Desk, folder: str, *names: str) -> Any:
    """Files in the default datastore; the datastore."""
    for name in names:
        write(desk.folder / "files" / folder / name, name)
    store = desk.workspace.get_default_datastore()
    store.upload(str(desk.folder / "files" / folder), folder, overwrite=True, show_progress=False)
    return store


def test_data_among_the_parameters_and_a_checkpoint_to_resume_from(desk: Desk) -> None:
    from azureml.core import Dataset
    from azureml.data.datapath import DataPath

    store = stored(desk, "digits", "a.txt", "b.txt")
    stored(desk, "checkpoints", "model-9.ckpt")
    digits = Dataset.File.from_files((store, "digits"))
    made = estimator(
        desk,
        WHERE,
        script_params={
            "--mounted": digits.as_named_input("digits").as_mount(),
            "--whole": store.path("digits").as_mount(),
        },
        resume_from=DataPath(store, "checkpoints"),
    )
    files = ["a.txt", "b.txt"]
    assert told(desk, made) == {"--mounted": files, "--whole": files, "--resume-from": ["model-9.ckpt"]}


def test_inputs_that_no_flag_names(desk: Desk) -> None:
    from azureml.core import Dataset

    store = stored(desk, "more", "c.txt")
    more = Dataset.File.from_files((store, "more")).as_named_input("more").as_mount()
    script = """
        import json, os
        from azureml.core import Run
        print(json.dumps([os.listdir(os.environ["more"]), sorted(Run.get_context().input_datasets)]))
    """
    assert told(desk, estimator(desk, script, inputs=[more])) == [["c.txt"], ["more"]]
    other = Dataset.File.from_files((store, "more")).as_named_input("other").as_mount()
    assert told(desk, estimator(desk, script, inputs=[more]), inputs=[other]) == [["c.txt"], ["more", "other"]]


def test_packages_are_built_into_an_environment(desk: Desk) -> None:
    """One small package, so that nothing large is fetched."""
    script = "import json, six; from azureml.core import Run; print(json.dumps(six.__version__ != ''))"
    environment = Environment("small")
    environment.python.conda_dependencies = CondaDependencies(
        _underlying_structure={"name": "small", "dependencies": ["python", {"pip": ["six"]}]}
    )
    made = Estimator(str(desk.project(script)), compute_target="local", environment_definition=environment)
    assert told(desk, made) is True
