"""``azureml.core.VERSION``, which is also ``azureml.core.__version__``."""

from trainshed.contract.version import SDK_VERSION as VERSION

__all__ = ["VERSION"]
__version__ = VERSION
