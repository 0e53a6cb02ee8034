"""Names of SDK v1: ``azureml.core.conda_dependencies``."""

from __future__ import annotations

from trainshed.sdk.names import offers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from trainshed.sdk.configuration.conda_dependencies import (
        CHAINER_PACKAGE_PREFIX as CHAINER_PACKAGE_PREFIX,
    )
    from trainshed.sdk.configuration.conda_dependencies import (
        CHANNELS as CHANNELS,
    )
    from trainshed.sdk.configuration.conda_dependencies import (
        CNTK_DEFAULT_VERSION as CNTK_DEFAULT_VERSION,
    )
    from trainshed.sdk.configuration.conda_dependencies import (
        CNTK_PACKAGE_PREFIX as CNTK_PACKAGE_PREFIX,
    )
    from trainshed.sdk.configuration.conda_dependencies import (
        CONDA_FILE_NAME as CONDA_FILE_NAME,
    )
    from trainshed.sdk.configuration.conda_dependencies import (
        CPU as CPU,
    )
    from trainshed.sdk.configuration.conda_dependencies import (
        CUPY_DEFAULT_VERSION as CUPY_DEFAULT_VERSION,
    )
    from trainshed.sdk.configuration.conda_dependencies import (
        DEFAULT_CHAINER_VERSION as DEFAULT_CHAINER_VERSION,
    )
    from trainshed.sdk.configuration.conda_dependencies import (
        DEFAULT_SDK_ORIGIN as DEFAULT_SDK_ORIGIN,
    )
    from trainshed.sdk.configuration.conda_dependencies import (
        GPU as GPU,
    )
    from trainshed.sdk.configuration.conda_dependencies import (
        HOROVOD_DEFAULT_VERSION as HOROVOD_DEFAULT_VERSION,
    )
    from trainshed.sdk.configuration.conda_dependencies import (
        LINUX_PLATFORM as LINUX_PLATFORM,
    )
    from trainshed.sdk.configuration.conda_dependencies import (
        PACKAGES as PACKAGES,
    )
    from trainshed.sdk.configuration.conda_dependencies import (
        PIP as PIP,
    )
    from trainshed.sdk.configuration.conda_dependencies import (
        PYTHON_DEFAULT_VERSION as PYTHON_DEFAULT_VERSION,
    )
    from trainshed.sdk.configuration.conda_dependencies import (
        PYTHON_PREFIX as PYTHON_PREFIX,
    )
    from trainshed.sdk.configuration.conda_dependencies import (
        PYTORCH_DEFAULT_VERSION as PYTORCH_DEFAULT_VERSION,
    )
    from trainshed.sdk.configuration.conda_dependencies import (
        PYTORCH_PACKAGE_PREFIX as PYTORCH_PACKAGE_PREFIX,
    )
    from trainshed.sdk.configuration.conda_dependencies import (
        TENSORFLOW_DEFAULT_VERSION as TENSORFLOW_DEFAULT_VERSION,
    )
    from trainshed.sdk.configuration.conda_dependencies import (
        TENSORFLOW_PACKAGE_PREFIX as TENSORFLOW_PACKAGE_PREFIX,
    )
    from trainshed.sdk.configuration.conda_dependencies import (
        TORCHVISION_DEFAULT_VERSION as TORCHVISION_DEFAULT_VERSION,
    )
    from trainshed.sdk.configuration.conda_dependencies import (
        TORCHVISION_PACKAGE_PREFIX as TORCHVISION_PACKAGE_PREFIX,
    )
    from trainshed.sdk.configuration.conda_dependencies import (
        WINDOWS_PLATFORM as WINDOWS_PLATFORM,
    )
    from trainshed.sdk.configuration.conda_dependencies import (
        CondaDependencies as CondaDependencies,
    )

_HOME = {
    "CHAINER_PACKAGE_PREFIX": "trainshed.sdk.configuration.conda_dependencies",
    "CHANNELS": "trainshed.sdk.configuration.conda_dependencies",
    "CNTK_DEFAULT_VERSION": "trainshed.sdk.configuration.conda_dependencies",
    "CNTK_PACKAGE_PREFIX": "trainshed.sdk.configuration.conda_dependencies",
    "CONDA_FILE_NAME": "trainshed.sdk.configuration.conda_dependencies",
    "CPU": "trainshed.sdk.configuration.conda_dependencies",
    "CUPY_DEFAULT_VERSION": "trainshed.sdk.configuration.conda_dependencies",
    "CondaDependencies": "trainshed.sdk.configuration.conda_dependencies",
    "DEFAULT_CHAINER_VERSION": "trainshed.sdk.configuration.conda_dependencies",
    "DEFAULT_SDK_ORIGIN": "trainshed.sdk.configuration.conda_dependencies",
    "GPU": "trainshed.sdk.configuration.conda_dependencies",
    "HOROVOD_DEFAULT_VERSION": "trainshed.sdk.configuration.conda_dependencies",
    "LINUX_PLATFORM": "trainshed.sdk.configuration.conda_dependencies",
    "PACKAGES": "trainshed.sdk.configuration.conda_dependencies",
    "PIP": "trainshed.sdk.configuration.conda_dependencies",
    "PYTHON_DEFAULT_VERSION": "trainshed.sdk.configuration.conda_dependencies",
    "PYTHON_PREFIX": "trainshed.sdk.configuration.conda_dependencies",
    "PYTORCH_DEFAULT_VERSION": "trainshed.sdk.configuration.conda_dependencies",
    "PYTORCH_PACKAGE_PREFIX": "trainshed.sdk.configuration.conda_dependencies",
    "TENSORFLOW_DEFAULT_VERSION": "trainshed.sdk.configuration.conda_dependencies",
    "TENSORFLOW_PACKAGE_PREFIX": "trainshed.sdk.configuration.conda_dependencies",
    "TORCHVISION_DEFAULT_VERSION": "trainshed.sdk.configuration.conda_dependencies",
    "TORCHVISION_PACKAGE_PREFIX": "trainshed.sdk.configuration.conda_dependencies",
    "WINDOWS_PLATFORM": "trainshed.sdk.configuration.conda_dependencies",
}
_NOT_OFFERED = ("BASE_PROJECT_FILE_RELATIVE_PATH", "BASE_PROJECT_MODULE", "INVALID_PATHON_MESSAGE", "VERSION_REGEX")
__all__ = [*_HOME]
__getattr__, __dir__ = offers(__name__, _HOME, _NOT_OFFERED)
