"""What a run asks of the machine, and what the machine lacks."""

from __future__ import annotations

from pathlib import Path
from typing import Dict, Optional

from trainshed.contract.compute import ClusterRecord, names_gpu
from trainshed.contract.spec import GPU_WARNING, WANTS_GPU, RunSpec

_DRIVER, _DEVICES = Path("/proc/driver/nvidia/gpus"), Path("/dev")


def without_gpu(spec: RunSpec, cluster: Optional[ClusterRecord]) -> Dict[str, str]:
    """The property for a run that expects a GPU where there is none; else empty."""
    asked = _what_asks(spec, cluster)
    if asked is None or has_gpu():
        return {}
    return {GPU_WARNING: "%s asks for a GPU and this machine has none: the run uses the CPU." % asked}


def _what_asks(spec: RunSpec, cluster: Optional[ClusterRecord]) -> Optional[str]:
    asked = spec.properties.get(WANTS_GPU)
    if asked:
        return "use_gpu=True" if asked == "True" else asked
    if cluster is not None and names_gpu(cluster.settings.vm_size):
        return "vm_size %s of %s" % (cluster.settings.vm_size, cluster.name)
    return None


def has_gpu() -> bool:
    """Whether the server's machine has an NVIDIA GPU that its driver knows."""
    try:
        return any(_DRIVER.iterdir())
    except OSError:
        return any(path.name[6:].isdigit() for path in _DEVICES.glob("nvidia*"))
