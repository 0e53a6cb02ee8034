"""Names of SDK v1: ``azureml.train.estimator``."""

from __future__ import annotations

from trainshed.sdk.names import offers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from trainshed.sdk.estimator.distributed import Gloo as Gloo
    from trainshed.sdk.estimator.distributed import Mpi as Mpi
    from trainshed.sdk.estimator.distributed import Nccl as Nccl
    from trainshed.sdk.estimator.distributed import ParameterServer as ParameterServer
    from trainshed.sdk.estimator.estimator import Estimator as Estimator
    from trainshed.sdk.estimator.estimator import MMLBaseEstimator as MMLBaseEstimator
    from trainshed.sdk.estimator.run_config import MMLBaseEstimatorRunConfig as MMLBaseEstimatorRunConfig

_HOME = {
    "Estimator": "trainshed.sdk.estimator.estimator",
    "Gloo": "trainshed.sdk.estimator.distributed",
    "MMLBaseEstimator": "trainshed.sdk.estimator.estimator",
    "MMLBaseEstimatorRunConfig": "trainshed.sdk.estimator.run_config",
    "Mpi": "trainshed.sdk.estimator.distributed",
    "Nccl": "trainshed.sdk.estimator.distributed",
    "ParameterServer": "trainshed.sdk.estimator.distributed",
}
_NOT_OFFERED = ("_FrameworkBaseEstimator",)
__all__ = [*_HOME]
__getattr__, __dir__ = offers(__name__, _HOME, _NOT_OFFERED)
