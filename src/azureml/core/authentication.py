"""Names of SDK v1: ``azureml.core.authentication``."""

from __future__ import annotations

from trainshed.sdk.names import offers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from trainshed.sdk.authentication import AbstractAuthentication as AbstractAuthentication
    from trainshed.sdk.authentication import ArmTokenAuthentication as ArmTokenAuthentication
    from trainshed.sdk.authentication import Audience as Audience
    from trainshed.sdk.authentication import AzureCliAuthentication as AzureCliAuthentication
    from trainshed.sdk.authentication import AzureMLTokenAuthentication as AzureMLTokenAuthentication
    from trainshed.sdk.authentication import InteractiveLoginAuthentication as InteractiveLoginAuthentication
    from trainshed.sdk.authentication import MsiAuthentication as MsiAuthentication
    from trainshed.sdk.authentication import ServicePrincipalAuthentication as ServicePrincipalAuthentication
    from trainshed.sdk.authentication import TokenAuthentication as TokenAuthentication

_HOME = {
    "AbstractAuthentication": "trainshed.sdk.authentication",
    "ArmTokenAuthentication": "trainshed.sdk.authentication",
    "Audience": "trainshed.sdk.authentication",
    "AzureCliAuthentication": "trainshed.sdk.authentication",
    "AzureMLTokenAuthentication": "trainshed.sdk.authentication",
    "InteractiveLoginAuthentication": "trainshed.sdk.authentication",
    "MsiAuthentication": "trainshed.sdk.authentication",
    "ServicePrincipalAuthentication": "trainshed.sdk.authentication",
    "TokenAuthentication": "trainshed.sdk.authentication",
}
__all__ = [*_HOME]
__getattr__, __dir__ = offers(__name__, _HOME)
