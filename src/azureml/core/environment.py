"""Names of SDK v1: ``azureml.core.environment``."""

from __future__ import annotations

from trainshed.sdk.names import offers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from trainshed.sdk.configuration.conda_dependencies import CondaDependencies as CondaDependencies
    from trainshed.sdk.configuration.container import (
        DEFAULT_CPU_IMAGE as DEFAULT_CPU_IMAGE,
    )
    from trainshed.sdk.configuration.container import (
        DEFAULT_GPU_IMAGE as DEFAULT_GPU_IMAGE,
    )
    from trainshed.sdk.configuration.container import (
        DockerEnvironment as DockerEnvironment,
    )
    from trainshed.sdk.configuration.container import (
        DockerImagePlatform as DockerImagePlatform,
    )
    from trainshed.sdk.configuration.container import (
        DockerSection as DockerSection,
    )
    from trainshed.sdk.configuration.environment import (
        Environment as Environment,
    )
    from trainshed.sdk.configuration.environment import (
        EnvironmentReference as EnvironmentReference,
    )
    from trainshed.sdk.configuration.environment import (
        PythonEnvironment as PythonEnvironment,
    )
    from trainshed.sdk.configuration.environment import (
        PythonSection as PythonSection,
    )
    from trainshed.sdk.configuration.environment import (
        SparkEnvironment as SparkEnvironment,
    )
    from trainshed.sdk.configuration.environment import (
        SparkPackage as SparkPackage,
    )
    from trainshed.sdk.configuration.environment import (
        SparkSection as SparkSection,
    )
    from trainshed.sdk.configuration.r_section import RCranPackage as RCranPackage
    from trainshed.sdk.configuration.r_section import RGitHubPackage as RGitHubPackage
    from trainshed.sdk.configuration.r_section import RSection as RSection
    from trainshed.sdk.environment_building import ImageBuildDetails as ImageBuildDetails

_HOME = {
    "CondaDependencies": "trainshed.sdk.configuration.conda_dependencies",
    "DEFAULT_CPU_IMAGE": "trainshed.sdk.configuration.container",
    "DEFAULT_GPU_IMAGE": "trainshed.sdk.configuration.container",
    "DockerEnvironment": "trainshed.sdk.configuration.container",
    "DockerImagePlatform": "trainshed.sdk.configuration.container",
    "DockerSection": "trainshed.sdk.configuration.container",
    "Environment": "trainshed.sdk.configuration.environment",
    "EnvironmentReference": "trainshed.sdk.configuration.environment",
    "ImageBuildDetails": "trainshed.sdk.environment_building",
    "PythonEnvironment": "trainshed.sdk.configuration.environment",
    "PythonSection": "trainshed.sdk.configuration.environment",
    "RCranPackage": "trainshed.sdk.configuration.r_section",
    "RGitHubPackage": "trainshed.sdk.configuration.r_section",
    "RSection": "trainshed.sdk.configuration.r_section",
    "SparkEnvironment": "trainshed.sdk.configuration.environment",
    "SparkPackage": "trainshed.sdk.configuration.environment",
    "SparkSection": "trainshed.sdk.configuration.environment",
}
_NOT_OFFERED = (
    "DockerBuildContext",
    "DockerImageDetails",
    "SDKVERSION",
)
__all__ = [*_HOME]
__getattr__, __dir__ = offers(__name__, _HOME, _NOT_OFFERED)
