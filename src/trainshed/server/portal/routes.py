"""The portal's paths: one module ``routes`` for each area, the door and the static files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import BaseRoute

from trainshed.server.portal import assets, door
from trainshed.server.portal.compute import routes as compute
from trainshed.server.portal.data import routes as data
from trainshed.server.portal.environments import routes as environments
from trainshed.server.portal.frame import Frame
from trainshed.server.portal.home import routes as home
from trainshed.server.portal.lists import routes as lists
from trainshed.server.portal.models import routes as models
from trainshed.server.portal.run import routes as run

if TYPE_CHECKING:
    from trainshed.server.services import Services


def routes(services: Services) -> list[BaseRoute]:
    """All paths of the portal, to be mounted at the root of the server's application."""
    frame = Frame(services)
    areas = (home, lists, models, data, environments, compute, run)
    return [
        *(route for area in areas for route in area.routes(frame)),
        *door.routes(frame.sessions, services.links),
        *assets.routes(),
    ]
