"""v1 sent diagnostics to its makers when it was allowed to. Nothing is ever sent anywhere here."""

from __future__ import annotations

from typing import Any


def set_diagnostics_collection(send_diagnostics: bool = True, **kwargs: Any) -> None:
    """No effect: there is nobody to send diagnostics to.

    Follows: azureml.telemetry.set_diagnostics_collection.
    """
