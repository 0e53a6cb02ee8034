"""Which server this process works with: the run's own, a team server, or the embedded one, started if need be."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Dict, Optional, Tuple

from trainshed.contract import variables
from trainshed.sdk import context

if TYPE_CHECKING:
    from trainshed.client.api import Api

_known: Dict[Tuple[str, ...], Api] = {}


def api(server: Optional[str] = None) -> Api:
    """The server to work with; the same object for the same settings.

    Args:
        server: a team server's URL, as a config.json may name it; ``TRAINSHED_SERVER`` wins over it.

    Raises:
        ServerNotStarted, ServerUnreachable, NetworkHome: there is none and none could be started.
        NotAuthenticated: a team server without a token.
    """
    if context.run_id() is not None:
        from trainshed.client.api import Api

        return Api(context.client())
    settings = [os.environ.get(name, "") for name in (variables.SERVER, variables.TOKEN, variables.HOME)]
    key = (*settings, server or "")
    found = _known.get(key)
    if found is None:
        from trainshed.sdk.metrics import leftovers

        found = _known[key] = _connect(server)
        leftovers.send(found)
    return found


def _connect(server: Optional[str]) -> Api:
    from trainshed.client.api import Api

    if server and not os.environ.get(variables.SERVER):
        from trainshed.client.http import Client
        from trainshed.contract.errors import NotAuthenticated

        token = os.environ.get(variables.TOKEN)
        if not token:
            raise NotAuthenticated(address=server, why="config.json names it, but %s is not set" % variables.TOKEN)
        return Api(Client([server], token, what="sdk", patience_s=10.0))
    from trainshed.client import embedded

    return Api(embedded.connect())


def web_address(found: Api) -> str:
    """Where the server's pages are, without the slash at the end. No request, unless only a socket is known."""
    for address in (found.client.web_address or "", *found.client.addresses):
        if address.startswith("http"):
            return address.rstrip("/")
    return "/".join(found.link("/").split("/")[:3])
