"""Names of SDK v1: ``azureml.opendatasets``."""

from __future__ import annotations

from trainshed.sdk.names import offers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from trainshed.sdk.opendatasets.diabetes import Diabetes as Diabetes
    from trainshed.sdk.opendatasets.mnist import MNIST as MNIST

_HOME = {
    "Diabetes": "trainshed.sdk.opendatasets.diabetes",
    "MNIST": "trainshed.sdk.opendatasets.mnist",
}
_NOT_OFFERED = (
    "BostonSafety",
    "ChicagoSafety",
    "NoaaIsdWeather",
    "NycSafety",
    "NycTlcFhv",
    "NycTlcGreen",
    "NycTlcYellow",
    "OjSalesSimulated",
    "PublicHolidays",
    "SampleDatasets",
    "SanFranciscoSafety",
    "SeattleSafety",
    "UsLaborCPI",
    "UsPopulationCounty",
    "UsPopulationZip",
)
__all__ = [*_HOME]
__getattr__, __dir__ = offers(__name__, _HOME, _NOT_OFFERED)
