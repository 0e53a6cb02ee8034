"""A portal with something of everything in it, hostile names among them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import List

from azureml.core import Dataset, Environment, Experiment, ScriptRunConfig, Workspace
from azureml.core.compute import AmlCompute, ComputeTarget
from azureml.core.runconfig import RunConfiguration
from tests.portal.conftest import Site
from tests.support.waiting import wait_until
from trainshed.contract.api import Ending
from trainshed.contract.history import ExperimentPatch
from trainshed.contract.models import ModelAsk, ModelDataset
from trainshed.contract.names import new_id
from trainshed.contract.records import RunError

#: Would run, load, or end an attribute if anything of it were taken for more than text.
HOSTILE = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>{{7*7}}"

SLEEP = "import time\nfor step in range(6000):\n    print('step', step, flush=True)\n    time.sleep(0.1)\n"


@dataclass(frozen=True)
class Filled:
    """What is there. ``pages``: the paths of all kinds of pages but a run's."""

    site: Site
    pages: List[str]
    waiting: str


def fill(site: Site, folder: Path) -> Filled:
    """Real runs on a cluster with one place (one runs, two wait), and records of everything else."""
    recorder, workspace_id = site.recorder, site.recorder.workspace.id
    _record(site)
    ws = Workspace.from_config()
    (folder / "train.py").write_text(SLEEP)
    store = ws.get_default_datastore()
    (folder / "a.csv").write_text("a,b\n1,2\n")
    store.upload_files([str(folder / "a.csv")], target_path="digits", show_progress=False)
    dataset = Dataset.File.from_files((store, "digits/a.csv"))
    dataset = dataset.register(ws, "a' onload=alert(3) b=& {{7}}", description=HOSTILE, tags={HOSTILE: HOSTILE})
    environment = Environment("an environment")
    environment.python.conda_dependencies.add_pip_package("scikit-learn==1.5.1")
    environment.environment_variables[HOSTILE] = HOSTILE
    environment.register(ws)
    model = _model(site, dataset.id)
    settings = AmlCompute.provisioning_configuration(max_nodes=1, tags={"team": "vision"}, description=HOSTILE)
    ComputeTarget.create(ws, "one-place", settings)
    runs = [_submitted(ws, folder) for _ in range(3)]
    wait_until(lambda: runs[0].get_status() == "Running", what="the first run to run")
    experiment = f"/experiments/{workspace_id}/first"
    pages = ["/", "/runs", "/experiments", experiment, "/models", f"/models/{workspace_id}/my-net", model, "/datasets"]
    pages += [f"/datasets/{workspace_id}/{dataset.id}", "/environments"]
    pages += [f"/environments/{workspace_id}/an%20environment", "/compute", f"/compute/{workspace_id}/one-place"]
    assert recorder.api.server().running == 1
    return Filled(site, pages, runs[1].id)


def _record(site: Site) -> None:
    recorder = site.recorder
    for number in range(3):
        run = recorder.run("first", tags={"stage": "dev" if number else "prod", HOSTILE: HOSTILE}, name=HOSTILE)
        recorder.log(run, {"loss": [3.0, 2.0, 1.0]})
        error = RunError("user", HOSTILE, {}, (HOSTILE,)) if number == 1 else None
        recorder.api.end_run(run.workspace_id, run.id, Ending("Failed" if error else "Completed", error))
    recorder.api.history.patch_experiment(recorder.workspace.id, "first", ExperimentPatch(set_tags={HOSTILE: HOSTILE}))


def _model(site: Site, dataset_id: str) -> str:
    recorder = site.recorder
    run = recorder.run("first")
    for path in ("outputs/net/weights.bin", f"outputs/net/{HOSTILE.replace('/', '')}"):
        recorder.file(run, path, b"weights")
    for _ in range(2):
        ask = ModelAsk(
            new_id(),
            "my-net",
            run_id=run.id,
            run_path="outputs/net",
            tags={HOSTILE: HOSTILE, "stage": "prod"},
            properties={HOSTILE: HOSTILE},
            description=HOSTILE,
            framework=HOSTILE,
            framework_version="1.0",
            datasets=(ModelDataset(HOSTILE, dataset_id),),
        )
        recorder.api.models.register(run.workspace_id, ask)
    recorder.api.end_run(run.workspace_id, run.id, Ending("Completed"))
    return f"/models/{run.workspace_id}/my-net/2"


def _submitted(ws: Workspace, folder: Path) -> object:
    configuration = RunConfiguration()
    configuration.environment.python.user_managed_dependencies = True
    configuration.target = "one-place"
    config = ScriptRunConfig(str(folder), script="train.py", run_config=configuration)
    return Experiment(ws, "queued").submit(config, tags={"stage": "dev"})
