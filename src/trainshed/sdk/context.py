"""Where this process stands: inside a submitted run, or not.

Imported by every script, so it imports next to nothing.
"""

from __future__ import annotations

import os

from trainshed.contract import variables

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Optional

    from trainshed.client.http import Client

#: How long a script's requests wait for a server that is away, in seconds: no run ends because the server did.
PATIENCE_S = 3600.0

_clients: dict[tuple[str, str], Client] = {}


def run_id() -> Optional[str]:
    """The id of the run that this process belongs to, None outside of one."""
    environ = os.environ
    if environ.get(variables.SERVICE_ENDPOINT) and environ.get(variables.RUN_TOKEN):
        return environ.get(variables.RUN_ID)
    return None


def experiment_name() -> str:
    """The experiment of the run that this process belongs to."""
    return os.environ.get(variables.PROJECT_NAME, "")


def workspace_id() -> str:
    """The id of the run's workspace."""
    return os.environ.get(variables.WORKSPACE_ID, "")


def rank() -> int:
    """Which of the run's processes this is, from 0."""
    text = os.environ.get(variables.RANK, "0")
    return int(text) if text.isdigit() else 0


def spool() -> Optional[str]:
    """The folder where the run's agent looks for metrics, None where no agent does."""
    return os.environ.get(variables.SPOOL) or None


def client() -> Client:
    """Talks to the run's own server with the run's token; never starts a server."""
    try:
        endpoint, token = os.environ[variables.SERVICE_ENDPOINT], os.environ[variables.RUN_TOKEN]
    except KeyError as error:
        from trainshed.contract.exceptions import RunEnvironmentException

        why = "The run cannot be reached: the variable %s was removed from this process's environment." % error
        raise RunEnvironmentException(why) from None
    made = _clients.get((endpoint, token))
    if made is None:
        from trainshed.client.http import Client

        made = _clients[endpoint, token] = Client(endpoint.split(","), token, what="run", patience_s=PATIENCE_S)
    return made
