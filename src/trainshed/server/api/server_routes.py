"""The server about itself, its disk, and links into its portal."""

from __future__ import annotations

from starlette.responses import Response

from trainshed.contract.api import LinkAnswer, LinkAsk, PruneAsk, Stopping
from trainshed.server.api.answers import answer, body
from trainshed.server.api.asking import Ask


async def health(ask: Ask) -> Response:
    """Who answers here."""
    return answer(ask.services.server.health())


async def status(ask: Ask) -> Response:
    """What runs, what waits, what it costs."""
    return answer(await ask.services.server.status())


async def stop(ask: Ask) -> Response:
    """The server leaves; runs go on."""
    return answer(Stopping(await ask.services.server.stop()))


async def usage(ask: Ask) -> Response:
    """Bytes on the disk."""
    return answer(await ask.services.upkeep.usage())


async def prune(ask: Ask) -> Response:
    """Remove what nobody needs."""
    return answer(await ask.services.upkeep.prune(await body(ask.request, PruneAsk)))


async def make_link(ask: Ask) -> Response:
    """A link that opens the portal logged in, once."""
    return answer(LinkAnswer(await ask.services.links.make((await body(ask.request, LinkAsk)).path)))
