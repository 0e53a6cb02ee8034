"""How an estimator is spread over processes. The classes hold what was asked for; running it comes in a later release.

Follows: azureml.train._distributed_training (1.11), azureml.core.runconfig.
"""

from __future__ import annotations

from typing import Any, Dict, FrozenSet, Optional

from trainshed.contract.errors import BadEstimator
from trainshed.contract.tuples import NamedTuple
from trainshed.sdk.configuration.run_configuration import RunConfiguration
from trainshed.sdk.configuration.sections import (
    MpiConfiguration,
    ParallelTaskConfiguration,
    PyTorchConfiguration,
    TensorflowConfiguration,
)

_ANY = frozenset({"Estimator", "PyTorch", "TensorFlow", "Chainer"})


class _DistributedTraining:
    """What the four classes share: for which estimators they are meant."""

    _ESTIMATORS: FrozenSet[str] = _ANY

    def validate(self, estimator_name: str) -> None:
        """TrainingException unless that estimator takes it."""
        if estimator_name not in self._ESTIMATORS:
            why = "%s does not take it; it is for %s" % (estimator_name, ", ".join(sorted(self._ESTIMATORS)))
            raise BadEstimator(what="distributed_training %s" % self, why=why)

    def __str__(self) -> str:
        return type(self).__name__

    def __repr__(self) -> str:
        values = ", ".join("%s=%r" % pair for pair in vars(self).items())
        return "%s(%s)" % (type(self).__name__, values)


class Mpi(_DistributedTraining):
    """Processes that speak MPI (Horovod, ChainerMN, mpi4py)."""

    def __init__(self, process_count_per_node: int = 1) -> None:
        self.process_count_per_node = process_count_per_node


class ParameterServer(_DistributedTraining):
    """TensorFlow's workers and parameter servers."""

    _ESTIMATORS = frozenset({"Estimator", "TensorFlow"})

    def __init__(self, worker_count: int = 1, parameter_server_count: int = 1) -> None:
        self.worker_count = worker_count
        self.parameter_server_count = parameter_server_count


class Gloo(_DistributedTraining):
    """torch.distributed over Gloo."""

    _ESTIMATORS = frozenset({"Estimator", "PyTorch"})

    def __init__(self) -> None:
        pass


class Nccl(_DistributedTraining):
    """torch.distributed over NCCL."""

    _ESTIMATORS = frozenset({"Estimator", "PyTorch"})

    def __init__(self) -> None:
        pass


class _Job(NamedTuple):
    framework: str
    communicator: str


#: What v1 made of each class; a backend's name meant the class of azureml.core.runconfig.
_JOBS: Dict[type, _Job] = {
    Mpi: _Job("python", "Mpi"),
    MpiConfiguration: _Job("Python", "IntelMpi"),
    ParameterServer: _Job("tensorflow", "ParameterServer"),
    TensorflowConfiguration: _Job("TensorFlow", "ParameterServer"),
    Nccl: _Job("pytorch", "Nccl"),
    Gloo: _Job("pytorch", "Gloo"),
    ParallelTaskConfiguration: _Job("Python", "ParallelTask"),
}
_BACKENDS: Dict[str, _Job] = {
    "mpi": _Job("Python", "IntelMpi"),
    "ps": _Job("TensorFlow", "ParameterServer"),
    "gloo": _Job("PyTorch", "Gloo"),
    "nccl": _Job("PyTorch", "Nccl"),
}


def check_training(estimator_name: str, training: Any) -> None:
    """TrainingException unless ``distributed_training`` is one of the classes that this estimator takes (v1 did not
    check the type).
    """
    if training is None:
        return
    if isinstance(training, _DistributedTraining):
        training.validate(estimator_name)
    elif not isinstance(training, (PyTorchConfiguration, *_JOBS)):
        why = "give Mpi(), ParameterServer(), Gloo() or Nccl() of azureml.train.estimator, or an MpiConfiguration"
        raise BadEstimator(what="distributed_training %r" % (training,), why=why)


def distribute(run_config: RunConfiguration, training: Any, backend: Optional[str], processes_per_node: int) -> None:
    """Write into a run configuration what v1 made of the two arguments; both were checked before."""
    if training is None and backend is None:
        return
    if isinstance(training, PyTorchConfiguration):
        run_config.framework, run_config.communicator = "PyTorch", training.communication_backend.capitalize()
        run_config.pytorch = training
        return
    job = _BACKENDS[str(backend).lower()] if training is None else _JOBS[_known(type(training))]
    run_config.framework, run_config.communicator = job
    if isinstance(training, ParallelTaskConfiguration):
        run_config.paralleltask = training
    run_config.mpi.process_count_per_node = int(getattr(training, "process_count_per_node", processes_per_node))
    run_config.tensorflow.worker_count = getattr(training, "worker_count", 1)
    run_config.tensorflow.parameter_server_count = getattr(training, "parameter_server_count", 1)


def _known(kind: type) -> type:
    return next(known for known in _JOBS if issubclass(kind, known))
