"""Names of SDK v1: ``azureml.exceptions``."""

from __future__ import annotations

from trainshed.sdk.names import offers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from trainshed.sdk.exceptions import (
        ActivityFailedException as ActivityFailedException,
    )
    from trainshed.sdk.exceptions import (
        AuthenticationException as AuthenticationException,
    )
    from trainshed.sdk.exceptions import (
        AzureMLAggregatedException as AzureMLAggregatedException,
    )
    from trainshed.sdk.exceptions import (
        AzureMLException as AzureMLException,
    )
    from trainshed.sdk.exceptions import (
        ComputeTargetException as ComputeTargetException,
    )
    from trainshed.sdk.exceptions import (
        DatasetTimestampMissingError as DatasetTimestampMissingError,
    )
    from trainshed.sdk.exceptions import (
        DiscoveryUrlNotFoundException as DiscoveryUrlNotFoundException,
    )
    from trainshed.sdk.exceptions import (
        ExperimentExecutionException as ExperimentExecutionException,
    )
    from trainshed.sdk.exceptions import (
        ModelNotFoundException as ModelNotFoundException,
    )
    from trainshed.sdk.exceptions import (
        ModelPathNotFoundException as ModelPathNotFoundException,
    )
    from trainshed.sdk.exceptions import (
        ParallelRunException as ParallelRunException,
    )
    from trainshed.sdk.exceptions import (
        ProjectSystemException as ProjectSystemException,
    )
    from trainshed.sdk.exceptions import (
        RunConfigurationException as RunConfigurationException,
    )
    from trainshed.sdk.exceptions import (
        RunEnvironmentException as RunEnvironmentException,
    )
    from trainshed.sdk.exceptions import (
        ServiceException as ServiceException,
    )
    from trainshed.sdk.exceptions import (
        SnapshotException as SnapshotException,
    )
    from trainshed.sdk.exceptions import (
        TrainingException as TrainingException,
    )
    from trainshed.sdk.exceptions import (
        UserErrorException as UserErrorException,
    )
    from trainshed.sdk.exceptions import (
        WebserviceException as WebserviceException,
    )
    from trainshed.sdk.exceptions import (
        WorkspaceException as WorkspaceException,
    )
    from trainshed.sdk.exceptions import (
        WorkspacePrivateEndpointException as WorkspacePrivateEndpointException,
    )

_HOME = {
    "ActivityFailedException": "trainshed.sdk.exceptions",
    "AuthenticationException": "trainshed.sdk.exceptions",
    "AzureMLAggregatedException": "trainshed.sdk.exceptions",
    "AzureMLException": "trainshed.sdk.exceptions",
    "ComputeTargetException": "trainshed.sdk.exceptions",
    "DatasetTimestampMissingError": "trainshed.sdk.exceptions",
    "DiscoveryUrlNotFoundException": "trainshed.sdk.exceptions",
    "ExperimentExecutionException": "trainshed.sdk.exceptions",
    "ModelNotFoundException": "trainshed.sdk.exceptions",
    "ModelPathNotFoundException": "trainshed.sdk.exceptions",
    "ParallelRunException": "trainshed.sdk.exceptions",
    "ProjectSystemException": "trainshed.sdk.exceptions",
    "RunConfigurationException": "trainshed.sdk.exceptions",
    "RunEnvironmentException": "trainshed.sdk.exceptions",
    "ServiceException": "trainshed.sdk.exceptions",
    "SnapshotException": "trainshed.sdk.exceptions",
    "TrainingException": "trainshed.sdk.exceptions",
    "UserErrorException": "trainshed.sdk.exceptions",
    "WebserviceException": "trainshed.sdk.exceptions",
    "WorkspaceException": "trainshed.sdk.exceptions",
    "WorkspacePrivateEndpointException": "trainshed.sdk.exceptions",
}
__all__ = [*_HOME]
__getattr__, __dir__ = offers(__name__, _HOME)
