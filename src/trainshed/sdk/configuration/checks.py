"""Values of sections whose form v1's services refused: checked where they are given, and again when a run is submitted,
as a section may be changed at any time.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Optional

from trainshed.contract.errors import BadValue

if TYPE_CHECKING:
    from trainshed.sdk.configuration.run_configuration import RunConfiguration

#: As docker reads it.
_SHM_SIZE = r"(?ai:0*[1-9][0-9]*[kmg]?b?)"


def check_priority(vm_priority: Any) -> Optional[str]:
    """``vm_priority`` as it is; UserErrorException unless it is one of v1's two, or None."""
    if vm_priority is None:
        return None
    from trainshed.contract.compute import PRIORITIES

    if not isinstance(vm_priority, str) or vm_priority.lower() not in PRIORITIES:
        raise BadValue(what="vm_priority %r" % (vm_priority,), why="use %s" % " or ".join(map(repr, PRIORITIES)))
    return vm_priority


def check_shm_size(shm_size: Any) -> str:
    """``shm_size`` as it is; UserErrorException unless docker could read it."""
    if not isinstance(shm_size, str) or not re.fullmatch(_SHM_SIZE, shm_size):
        why = "give a text of digits and a unit, k, m or g (bytes without one), such as '2g'"
        raise BadValue(what="shm_size %r" % (shm_size,), why=why)
    return shm_size


def check_vm_size(vm_size: Any) -> str:
    """``vm_size`` as it is; UserErrorException unless Azure could have a machine of that size."""
    from trainshed.contract.vm_sizes import amiss

    if not isinstance(vm_size, str):
        raise BadValue(what="vm_size %r" % (vm_size,), why="give a name such as 'STANDARD_D2_V2'")
    why = amiss(vm_size)
    if why:
        raise BadValue(what="vm_size %r" % vm_size, why=why)
    return vm_size


def check_sections(run_config: RunConfiguration) -> None:
    """UserErrorException, which names the value that is amiss."""
    check_priority(run_config.amlcompute.vm_priority)
    for shm_size in (run_config.environment.docker.shm_size, run_config.docker.shm_size):
        if shm_size is not None:
            check_shm_size(shm_size)
