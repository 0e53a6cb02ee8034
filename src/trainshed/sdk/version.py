"""``azureml.core.VERSION``."""

from trainshed.contract.version import SDK_VERSION as VERSION

__all__ = ["VERSION"]
