"""Where a run goes and what it asks of the machine there; and where it goes on from.

Follows: azureml.core.runconfig.AmlComputeConfiguration, azureml.train.estimator (1.11).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, List

from trainshed.contract.errors import BadValue
from trainshed.contract.spec import WANTS_GPU
from trainshed.sdk.notices import warn_once

if TYPE_CHECKING:
    from trainshed.sdk.configuration.run_configuration import RunConfiguration

LOCAL = "local"
#: v1's name for a cluster that is made for one run.
ONE_RUN_CLUSTER = "amlcompute"
#: The argument that tells a script where its checkpoint lies, and the name of that reference.
RESUME_FLAG, MODEL_LOCATION = "--resume-from", "MODEL_LOCATION"


def settle_target(run_config: RunConfiguration, *, wants_gpu: bool) -> Dict[str, str]:
    """Put a real target in the place of v1's one-run cluster; the properties that say what the run asks for.

    Such a cluster came to be with its run and went with it, and nobody else waited there: the run starts at once on
    this machine.

    Args:
        run_config: a copy; its target is changed.
        wants_gpu: somebody said ``use_gpu=True``.

    Raises:
        BadValue: target ``amlcompute`` without ``amlcompute.vm_size``, or with one that Azure never had.
    """
    if run_config.target.lower() == ONE_RUN_CLUSTER:
        from trainshed.contract.compute import names_gpu
        from trainshed.sdk.configuration.checks import check_vm_size

        size = run_config.amlcompute.vm_size
        if not size:
            why = "it is v1's cluster for one run and needs run_config.amlcompute.vm_size; name a target instead"
            raise BadValue(what="target %r" % run_config.target, why=why)
        check_vm_size(size)
        warn_once("vm_size without a compute target, for which v1 made a cluster: the run starts at once, on 'local'.")
        run_config.target = LOCAL
        if names_gpu(size) and not wants_gpu:
            return {WANTS_GPU: "vm_size %s" % size}
    return {WANTS_GPU: "True"} if wants_gpu else {}


def resuming(resume_from: Any) -> List[Any]:
    """The arguments that ``resume_from`` adds. A checkpoint is only read: it must be there, and its mount is read-only.

    Raises:
        BadValue: it is no DataPath.
    """
    if resume_from is None:
        return []
    create = getattr(resume_from, "create_data_reference", None)
    if create is None or type(resume_from).__name__ != "DataPath":
        why = "give a DataPath, such as DataPath(datastore, 'outputs/checkpoints')"
        raise BadValue(what="resume_from %r" % (resume_from,), why=why)
    reference = create(data_reference_name=MODEL_LOCATION)
    reference._only_read = True
    return [RESUME_FLAG, reference]
