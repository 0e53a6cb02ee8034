"""Names of SDK v1: ``azureml.core.runconfig``."""

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
        AzureContainerRegistry as AzureContainerRegistry,
    )
    from trainshed.sdk.configuration.container import (
        ContainerRegistry as ContainerRegistry,
    )
    from trainshed.sdk.configuration.data import (
        SUPPORTED_DATAREF_MODES as SUPPORTED_DATAREF_MODES,
    )
    from trainshed.sdk.configuration.data import (
        SUPPORTED_DELIVERY_MECHANISM as SUPPORTED_DELIVERY_MECHANISM,
    )
    from trainshed.sdk.configuration.data import (
        Data as Data,
    )
    from trainshed.sdk.configuration.data import (
        DataLocation as DataLocation,
    )
    from trainshed.sdk.configuration.data import (
        DataPath as DataPath,
    )
    from trainshed.sdk.configuration.data import (
        DataReferenceConfiguration as DataReferenceConfiguration,
    )
    from trainshed.sdk.configuration.data import (
        Dataset as Dataset,
    )
    from trainshed.sdk.configuration.data import (
        DatasetRegistrationOptions as DatasetRegistrationOptions,
    )
    from trainshed.sdk.configuration.data import (
        GlobsOptions as GlobsOptions,
    )
    from trainshed.sdk.configuration.data import (
        MountOptions as MountOptions,
    )
    from trainshed.sdk.configuration.data import (
        OutputData as OutputData,
    )
    from trainshed.sdk.configuration.data import (
        OutputOptions as OutputOptions,
    )
    from trainshed.sdk.configuration.data import (
        RegistrationOptions as RegistrationOptions,
    )
    from trainshed.sdk.configuration.data import (
        UploadOptions as UploadOptions,
    )
    from trainshed.sdk.configuration.data import (
        Uri as Uri,
    )
    from trainshed.sdk.configuration.environment import EnvironmentDefinition as EnvironmentDefinition
    from trainshed.sdk.configuration.run_configuration import (
        LOCAL_RUNCONFIG_NAME as LOCAL_RUNCONFIG_NAME,
    )
    from trainshed.sdk.configuration.run_configuration import (
        RunConfiguration as RunConfiguration,
    )
    from trainshed.sdk.configuration.sections import (
        SUPPORTED_PYTORCH_BACKENDS as SUPPORTED_PYTORCH_BACKENDS,
    )
    from trainshed.sdk.configuration.sections import (
        AmlComputeConfiguration as AmlComputeConfiguration,
    )
    from trainshed.sdk.configuration.sections import (
        ApplicationEndpointConfiguration as ApplicationEndpointConfiguration,
    )
    from trainshed.sdk.configuration.sections import (
        DockerConfiguration as DockerConfiguration,
    )
    from trainshed.sdk.configuration.sections import (
        HdiConfiguration as HdiConfiguration,
    )
    from trainshed.sdk.configuration.sections import (
        HistoryConfiguration as HistoryConfiguration,
    )
    from trainshed.sdk.configuration.sections import (
        KubernetesComputeConfiguration as KubernetesComputeConfiguration,
    )
    from trainshed.sdk.configuration.sections import (
        MpiConfiguration as MpiConfiguration,
    )
    from trainshed.sdk.configuration.sections import (
        ParallelTaskConfiguration as ParallelTaskConfiguration,
    )
    from trainshed.sdk.configuration.sections import (
        PyTorchConfiguration as PyTorchConfiguration,
    )
    from trainshed.sdk.configuration.sections import (
        SparkConfiguration as SparkConfiguration,
    )
    from trainshed.sdk.configuration.sections import (
        TensorflowConfiguration as TensorflowConfiguration,
    )

_HOME = {
    "AmlComputeConfiguration": "trainshed.sdk.configuration.sections",
    "ApplicationEndpointConfiguration": "trainshed.sdk.configuration.sections",
    "AzureContainerRegistry": "trainshed.sdk.configuration.container",
    "CondaDependencies": "trainshed.sdk.configuration.conda_dependencies",
    "ContainerRegistry": "trainshed.sdk.configuration.container",
    "DEFAULT_CPU_IMAGE": "trainshed.sdk.configuration.container",
    "DEFAULT_GPU_IMAGE": "trainshed.sdk.configuration.container",
    "Data": "trainshed.sdk.configuration.data",
    "DataLocation": "trainshed.sdk.configuration.data",
    "DataPath": "trainshed.sdk.configuration.data",
    "DataReferenceConfiguration": "trainshed.sdk.configuration.data",
    "Dataset": "trainshed.sdk.configuration.data",
    "DatasetRegistrationOptions": "trainshed.sdk.configuration.data",
    "DockerConfiguration": "trainshed.sdk.configuration.sections",
    "EnvironmentDefinition": "trainshed.sdk.configuration.environment",
    "GlobsOptions": "trainshed.sdk.configuration.data",
    "HdiConfiguration": "trainshed.sdk.configuration.sections",
    "HistoryConfiguration": "trainshed.sdk.configuration.sections",
    "KubernetesComputeConfiguration": "trainshed.sdk.configuration.sections",
    "LOCAL_RUNCONFIG_NAME": "trainshed.sdk.configuration.run_configuration",
    "MountOptions": "trainshed.sdk.configuration.data",
    "MpiConfiguration": "trainshed.sdk.configuration.sections",
    "OutputData": "trainshed.sdk.configuration.data",
    "OutputOptions": "trainshed.sdk.configuration.data",
    "ParallelTaskConfiguration": "trainshed.sdk.configuration.sections",
    "PyTorchConfiguration": "trainshed.sdk.configuration.sections",
    "RegistrationOptions": "trainshed.sdk.configuration.data",
    "RunConfiguration": "trainshed.sdk.configuration.run_configuration",
    "SUPPORTED_DATAREF_MODES": "trainshed.sdk.configuration.data",
    "SUPPORTED_DELIVERY_MECHANISM": "trainshed.sdk.configuration.data",
    "SUPPORTED_PYTORCH_BACKENDS": "trainshed.sdk.configuration.sections",
    "SparkConfiguration": "trainshed.sdk.configuration.sections",
    "TensorflowConfiguration": "trainshed.sdk.configuration.sections",
    "UploadOptions": "trainshed.sdk.configuration.data",
    "Uri": "trainshed.sdk.configuration.data",
}
_NOT_OFFERED = ("DatacacheConfiguration", "MPI_CPU_IMAGE", "MPI_GPU_IMAGE")
__all__ = [*_HOME]
__getattr__, __dir__ = offers(__name__, _HOME, _NOT_OFFERED)
