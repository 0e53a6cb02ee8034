"""v1's curated environments (``AzureML-Minimal`` ...), meant by family and version: data, and how a name is read.

v1's names stand for images of Microsoft's that nobody can have any more. Here each means the packages it was for:
a framework from the named version on, below the next major one, so that today's Pythons can take it. Horovod, which
v1's GPU images held, must be built by a compiler and is left out; name it in an environment of your own.
"""

from __future__ import annotations

import re
from typing import Dict, Optional, Tuple

from trainshed.contract.tuples import NamedTuple

#: Names that nobody can register, in lower case.
PREFIXES = ("azureml", "microsoft")
_COMMON = ("azureml-defaults",)
_DATA_SCIENCE = ("pandas", "scipy", "scikit-learn", "matplotlib")

#: The names that v1 listed; with those of SDK 1.62's time.
LISTED = """
AzureML-AutoML AzureML-AutoML-DNN AzureML-AutoML-DNN-GPU AzureML-AutoML-GPU AzureML-Chainer-5.1.0-CPU
AzureML-Chainer-5.1.0-GPU AzureML-Dask-CPU AzureML-Dask-GPU AzureML-Designer AzureML-Hyperdrive-ForecastDNN
AzureML-Minimal AzureML-PySpark-MmlSpark-0.15 AzureML-PyTorch-1.0-CPU AzureML-PyTorch-1.0-GPU AzureML-PyTorch-1.1-CPU
AzureML-PyTorch-1.1-GPU AzureML-PyTorch-1.2-CPU AzureML-PyTorch-1.2-GPU AzureML-PyTorch-1.3-CPU
AzureML-PyTorch-1.3-GPU AzureML-PyTorch-1.4-CPU AzureML-PyTorch-1.4-GPU AzureML-PyTorch-1.5-CPU
AzureML-PyTorch-1.5-GPU AzureML-PyTorch-1.6-CPU AzureML-PyTorch-1.6-GPU AzureML-Scikit-learn-0.20.3
AzureML-Scikit-learn-0.24 AzureML-sklearn-0.24-ubuntu18.04-py37-cpu AzureML-sklearn-1.0-ubuntu20.04-py38-cpu
AzureML-sklearn-1.5 AzureML-TensorFlow-1.10-CPU AzureML-TensorFlow-1.10-GPU AzureML-TensorFlow-1.12-CPU
AzureML-TensorFlow-1.12-GPU AzureML-TensorFlow-1.13-CPU AzureML-TensorFlow-1.13-GPU AzureML-TensorFlow-2.0-CPU
AzureML-TensorFlow-2.0-GPU AzureML-TensorFlow-2.1-CPU AzureML-TensorFlow-2.1-GPU AzureML-TensorFlow-2.2-CPU
AzureML-TensorFlow-2.2-GPU AzureML-TensorFlow-2.3-CPU AzureML-TensorFlow-2.3-GPU AzureML-Triton AzureML-Tutorial
AzureML-VowpalWabbit-8.8.0 AzureML-XGBoost-0.9 AzureML-lightgbm-3.2-ubuntu18.04-py37-cpu
AzureML-pytorch-1.10-ubuntu18.04-py38-cuda11-gpu AzureML-tensorflow-2.7-ubuntu20.04-py38-cuda11-gpu
AzureML-responsibleai-0.20-ubuntu20.04-py38-cpu
"""
#: Listed by v1, and not to be had without Azure or without an image.
_NOT_HERE = frozenset({"automl", "designer", "triton", "pyspark"})


class Family(NamedTuple):
    """What the names of a family hold.

    Args:
        package: the one that the version is of; empty: the family has no version.
        pip: further packages.
        new_from: the major version of ``package`` from which it works with today's numpy.
        old: what versions before that need besides; their own metadata does not say so.
    """

    package: str
    pip: Tuple[str, ...] = _COMMON
    new_from: int = 0
    old: Tuple[str, ...] = ()


_SKLEARN = Family("scikit-learn", (*_COMMON, "scipy", "pandas", "joblib"), 1, ("numpy<1.24",))
FAMILIES: Dict[str, Family] = {
    "minimal": Family(""),
    "tutorial": Family("", (*_COMMON, "azureml-opendatasets", *_DATA_SCIENCE)),
    "dask": Family("", (*_COMMON, "dask[complete]", "adlfs", "fsspec", *_DATA_SCIENCE)),
    "hyperdrive": Family("", (*_COMMON, "torch", *_DATA_SCIENCE)),
    "sklearn": _SKLEARN,
    "scikit-learn": _SKLEARN,
    "pytorch": Family("torch", (*_COMMON, "torchvision", "tensorboard", "future"), 2, ("numpy<2",)),
    "tensorflow": Family("tensorflow"),
    "chainer": Family("chainer", (*_COMMON, "mpi4py"), 8, ("numpy<1.24", "setuptools<81")),
    "xgboost": Family("xgboost", (*_COMMON, "scikit-learn", "pandas"), 2, ("numpy<2",)),
    "lightgbm": Family("lightgbm", (*_COMMON, "scikit-learn", "pandas")),
    "vowpalwabbit": Family("vowpalwabbit"),
    "responsibleai": Family("responsibleai", (*_COMMON, *_DATA_SCIENCE)),
}

_FORM = re.compile(r"azureml-(?P<family>scikit-learn|[a-z]+)(?:-(?P<version>\d+(?:\.\d+)*))?(?P<rest>(?:-.*)?)")
_PYTHON = re.compile(r"-py(\d)(\d+)(?=-|$)")


class Curated(NamedTuple):
    """What a curated name means. ``python``: as its name says; empty: it doesn't."""

    name: str
    pip: Tuple[str, ...]
    python: str = ""


def listed() -> Tuple[str, ...]:
    """The names that a list shows: v1's, but for those that can't be had here."""
    return tuple(name for name in LISTED.split() if lookup(name) is not None)


def is_curated_name(name: str) -> bool:
    """Whether a name is of the kind that nobody can register."""
    return name.lower().startswith(PREFIXES)


def lookup(name: str) -> Optional[Curated]:
    """What a curated name means; None for one that means nothing here."""
    found = _FORM.fullmatch(name.strip().lower())
    if found is None or found.group("family") in _NOT_HERE:
        return None
    family = FAMILIES.get(found.group("family"))
    version = found.group("version")
    if family is None or bool(family.package) != bool(version):
        return None
    python = _PYTHON.search(found.group("rest"))
    pip = family.pip
    if version is not None:
        major = int(version.split(".")[0])
        pip = (
            *pip,
            "%s>=%s,<%d" % (family.package, version, major + 1),
            *(family.old if major < family.new_from else ()),
        )
    return Curated(name, pip, ".".join(python.groups()) if python else "")


def nearest(name: str) -> Tuple[str, ...]:
    """The three names most like it."""
    from difflib import get_close_matches

    by_lower = {known.lower(): known for known in listed()}
    return tuple(by_lower[key] for key in get_close_matches(name.lower(), list(by_lower), 3, 0.0))
