"""Names of SDK v1: ``azureml.core.script_run_config``."""

from __future__ import annotations

from trainshed.sdk.names import offers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from trainshed.sdk.configuration.script_run_config import (
        ScriptRunConfig as ScriptRunConfig,
    )
    from trainshed.sdk.configuration.script_run_config import (
        get_run_config_from_script_run as get_run_config_from_script_run,
    )
    from trainshed.sdk.configuration.script_run_config import (
        submit as submit,
    )

_HOME = {
    "ScriptRunConfig": "trainshed.sdk.configuration.script_run_config",
    "get_run_config_from_script_run": "trainshed.sdk.configuration.script_run_config",
    "submit": "trainshed.sdk.configuration.script_run_config",
}
__all__ = [*_HOME]
__getattr__, __dir__ = offers(__name__, _HOME)
