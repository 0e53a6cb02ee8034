"""ScriptRunConfig: a folder, a script in it, and a run configuration.

Follows: azureml.core.script_run_config.ScriptRunConfig (1.11 and 1.62). Everything is read at submit: attributes
changed until then count. Known difference: without ``max_run_duration_seconds`` there is no limit (v1 had 30 days).
"""

from __future__ import annotations

from copy import copy
from typing import Any, ClassVar, Dict, List, Optional, Union

from trainshed.contract.errors import BadValue
from trainshed.sdk.configuration.environment import Environment
from trainshed.sdk.configuration.run_configuration import RunConfiguration
from trainshed.sdk.configuration.sections import MpiConfiguration, PyTorchConfiguration, TensorflowConfiguration


class ScriptRunConfig:
    """What ``experiment.submit`` runs.

    Args:
        source_directory: the folder that becomes the snapshot; the current one when None.
        script: relative to it.
        arguments: a list of texts and numbers, or one text that is split as a shell would.
        run_config: how to run it; a RunConfiguration with defaults when None.
        _telemetry_values: has no effect.
        compute_target, environment, distributed_job_config, max_run_duration_seconds, command,
            docker_runtime_config: 1.62's short ways of setting the same in ``run_config``; with them a copy of
            ``run_config`` is taken, the caller's stays as it is.
        resume_from: comes in a later release.
    """

    MAX_DURATION_SECONDS_DEFAULT: ClassVar[int] = 2592000

    #: Of one that an estimator made: its class, and whether it asked for a GPU.
    _estimator: str = ""
    _wants_gpu: bool = False

    def __init__(
        self,
        source_directory: Optional[str],
        script: Optional[str] = None,
        arguments: Union[List[Any], str, None] = None,
        run_config: Optional[RunConfiguration] = None,
        _telemetry_values: Any = None,
        compute_target: Any = None,
        environment: Optional[Environment] = None,
        distributed_job_config: Any = None,
        resume_from: Any = None,
        max_run_duration_seconds: Optional[float] = MAX_DURATION_SECONDS_DEFAULT,
        command: Union[str, List[str], None] = None,
        docker_runtime_config: Any = None,
    ) -> None:
        if run_config is not None and not isinstance(run_config, RunConfiguration):
            raise BadValue(what="run_config %r" % (run_config,), why="give a RunConfiguration")
        self.source_directory = source_directory
        self.script = script
        self.arguments = arguments
        self.command = command
        self.resume_from = resume_from
        changes = {
            "target": compute_target,
            "environment": environment,
            "docker": docker_runtime_config,
            "max_run_duration_seconds": _given_duration(max_run_duration_seconds),
        }
        changes = {name: value for name, value in changes.items() if value is not None}
        self.run_config = RunConfiguration() if run_config is None else run_config
        if (changes or distributed_job_config is not None) and run_config is not None:
            self.run_config = copy(run_config)
        for name, value in changes.items():
            setattr(self.run_config, name, value)
        if distributed_job_config is not None:
            _distribute(self.run_config, distributed_job_config)

    def __repr__(self) -> str:
        return "ScriptRunConfig(source_directory=%r, script=%r, arguments=%r, target=%r)" % (
            self.source_directory,
            self.script,
            self.arguments,
            self.run_config.target,
        )


def get_run_config_from_script_run(script_run_config: ScriptRunConfig) -> RunConfiguration:
    """A copy of the run configuration with the script and arguments of the ScriptRunConfig in it.

    Follows: azureml.core.script_run_config.get_run_config_from_script_run.
    """
    made = copy(script_run_config.run_config)
    for name in ("script", "arguments", "command"):
        value = getattr(script_run_config, name)
        if value is not None:
            setattr(made, name, value)
    return made


def submit(
    script_run_config: ScriptRunConfig,
    workspace: Any,
    experiment_name: str,
    run_id: Optional[str] = None,
    _parent_run_id: Optional[str] = None,
    credential_passthrough: bool = False,
) -> Any:
    """Submit to an experiment by its name, as ``Experiment(workspace, experiment_name).submit(...)`` does.

    Follows: azureml.core.script_run_config.submit. ``credential_passthrough`` has no effect.
    """
    from trainshed.sdk.experiment import Experiment

    parent: Dict[str, Any] = {} if _parent_run_id is None else {"parent_id": _parent_run_id}
    return Experiment(workspace, experiment_name).submit(script_run_config, run_id=run_id, **parent)


def _given_duration(seconds: Optional[float]) -> Optional[float]:
    return None if seconds == ScriptRunConfig.MAX_DURATION_SECONDS_DEFAULT else seconds


def _distribute(run_config: RunConfiguration, job: Any) -> None:
    """Set framework, communicator and counts as v1 did for each kind of job."""
    if isinstance(job, MpiConfiguration):
        run_config.framework, run_config.communicator, run_config.mpi = "Python", "IntelMpi", job
        run_config.node_count = job.node_count
    elif isinstance(job, TensorflowConfiguration):
        run_config.framework, run_config.communicator, run_config.tensorflow = "TensorFlow", "ParameterServer", job
        run_config.node_count = job.worker_count + job.parameter_server_count
    elif isinstance(job, PyTorchConfiguration):
        run_config.framework, run_config.communicator = "PyTorch", job.communication_backend.capitalize()
        run_config.pytorch, run_config.node_count = job, job.node_count
    else:
        raise BadValue(
            what="distributed_job_config %r" % (job,),
            why="give an MpiConfiguration, a PyTorchConfiguration or a TensorflowConfiguration",
        )
