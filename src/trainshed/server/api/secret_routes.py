"""The key vault. Values are only in bodies, which nobody logs."""

from __future__ import annotations

from starlette.responses import Response

from trainshed.contract.secrets import SecretsAsk, SecretsPatch
from trainshed.server.api.answers import answer, body
from trainshed.server.api.asking import Ask


async def patch_secrets(ask: Ask) -> Response:
    """Set and remove secrets; the names that there are then."""
    await ask.services.keyvault.patch(ask.workspace, await body(ask.request, SecretsPatch))
    return answer(await ask.services.keyvault.page(ask.workspace))


async def list_secrets(ask: Ask) -> Response:
    """The names of the secrets."""
    return answer(await ask.services.keyvault.page(ask.workspace))


async def read_secrets(ask: Ask) -> Response:
    """The values of some secrets."""
    wanted = await body(ask.request, SecretsAsk)
    return answer(await ask.services.keyvault.values(ask.workspace, wanted.names))
