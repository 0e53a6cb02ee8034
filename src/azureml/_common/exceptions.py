"""Where older scripts find the root of the errors."""

from __future__ import annotations

from trainshed.sdk.names import offers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from trainshed.sdk.exceptions import AzureMLException as AzureMLException

_HOME = {
    "AzureMLException": "trainshed.sdk.exceptions",
}
__all__ = [*_HOME]
__getattr__, __dir__ = offers(__name__, _HOME)
