"""``azureml-*`` packages and what they used to bring into an environment: data.

A request for one is answered by Trainshed's own ``azureml``, which every environment sees; the package itself is never
installed. Read from the metadata of 1.11.0. Left out: what only talked to Azure (azure-mgmt-*, adal, msrest ...), and
what belongs to serving a model (flask, gunicorn, applicationinsights ...). ``azureml-mlflow`` becomes mlflow itself, as
in v1, not mlflow-skinny: scripts call ``mlflow.sklearn`` and the like, which need the whole.
"""

from __future__ import annotations

from typing import Dict, Optional, Tuple

_CORE = ("pytz", "python-dateutil", "requests", "urllib3", "pathspec", "jsonpickle", "ruamel.yaml")
_DATA = ("numpy", "pyarrow")
_FRAMES = ("numpy", "pyarrow", "pandas")
_MANAGEMENT = ("requests", "six", "python-dateutil", "pytz", "numpy", "pandas", "dill")

#: What each brought; all others brought ``azureml-core`` and nothing that a training script would import.
BROUGHT: Dict[str, Tuple[str, ...]] = {
    "azureml-core": _CORE,
    "azureml-defaults": (*_CORE, *_FRAMES, "six", "dill"),
    "azureml-sdk": (*_CORE, *_DATA),
    "azureml-model-management-sdk": _MANAGEMENT,
    "azureml-dataprep": _DATA,
    "azureml-dataprep-native": (),
    "azureml-dataprep-rslex": (),
    "azureml-dataset-runtime": _DATA,
    "azureml-train": _CORE,
    "azureml-train-core": _CORE,
    "azureml-mlflow": (*_CORE, "mlflow"),
    "azureml-opendatasets": (*_CORE, *_FRAMES),
    "azureml-tensorboard": (*_CORE, "tensorboard"),
    "azureml-interpret": (*_CORE, "interpret-community"),
    "azureml-explain-model": (*_CORE, "interpret-community"),
    "azureml-train-automl": (*_CORE, *_FRAMES, "scipy", "scikit-learn"),
    "azureml-train-automl-runtime": (*_CORE, *_FRAMES, "scipy", "scikit-learn"),
    "azureml-automl-runtime": (*_CORE, *_FRAMES, "scipy", "scikit-learn"),
    "azureml-monitoring": (*_CORE, "numpy", "pandas"),
    "azureml-datadrift": (*_CORE, *_FRAMES, "scipy", "scikit-learn", "matplotlib"),
    "azureml-responsibleai": (*_CORE, "responsibleai"),
    "azureml-metrics": (*_CORE, "numpy", "pandas", "scikit-learn"),
    "azureml-fsspec": ("fsspec", "pytz"),
    "azureml-widgets": (*_CORE, "ipywidgets"),
}

#: What an extra adds, whichever package it is asked of.
BROUGHT_BY_EXTRA: Dict[str, Tuple[str, ...]] = {
    "pandas": ("numpy", "pandas"),
    "parquet": ("pyarrow",),
    "scipy": ("scipy",),
    "pyspark": ("pyspark",),
    "fuse": (),
    "notebooks": ("ipywidgets",),
    "tensorboard": ("tensorboard",),
    "interpret": ("interpret-community",),
    "explain": ("interpret-community",),
    "automl": ("scipy", "scikit-learn"),
    "services": (),
    "contrib": (),
}
PREFIX = "azureml-"
ALSO_OURS = frozenset({"azureml", "trainshed"})
OTHERWISE: Tuple[str, ...] = _CORE
#: All others that were there beside v1, without their prefix.
_OTHERS = """
accel-models ai-monitoring assets automl-common-tools automl-core automl-dnn-nlp automl-dnn-vision cli-common
datacollector evaluate-mlflow featurestore inference-server-http infra-tools k8s-mt ngc-tools pipeline pipeline-core
pipeline-steps pipeline-wrapper rag rai-utils registry-tools samples serving studio synapse telemetry
train-automl-client train-restclients-hyperdrive train-widgets training-tabular webservice-schema
"""
#: Too many to name, and new ones came with each release.
_FAMILIES = tuple(PREFIX + family for family in ("acft-", "contrib-", "designer-"))


def nearest(name: str) -> Optional[str]:
    """For a name that v1 never had: the nearest one that it had; None: it had that name.

    Args:
        name: as PyPI compares names.
    """
    from difflib import get_close_matches

    known = [*BROUGHT, *(PREFIX + other for other in _OTHERS.split())]
    if name in known or name in ALSO_OURS or name.startswith(_FAMILIES):
        return None
    return get_close_matches(name, known, 1, 0.0)[0]
