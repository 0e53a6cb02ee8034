"""The paths of the key vault (docs/architecture.md, section 11), one method each."""

from __future__ import annotations

from typing import Iterable, Tuple
from urllib.parse import quote

from trainshed.client.http import Client
from trainshed.contract.secrets import SecretPage, SecretsAnswer, SecretsAsk, SecretsPatch, SecretView


class SecretsApi:
    """Each method makes one request."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def patch(self, workspace: str, patch: SecretsPatch) -> Tuple[SecretView, ...]:
        answer = self._client.request("POST", _secrets(workspace), record=patch, idempotent=True)
        return answer.record(SecretPage).secrets

    def page(self, workspace: str) -> Tuple[SecretView, ...]:
        return self._client.request("GET", _secrets(workspace)).record(SecretPage).secrets

    def values(self, workspace: str, names: Iterable[str]) -> SecretsAnswer:
        ask = SecretsAsk(tuple(names))
        answer = self._client.request("POST", _secrets(workspace) + "/values", record=ask, idempotent=True)
        return answer.record(SecretsAnswer)


def _secrets(workspace: str) -> str:
    return "/workspaces/%s/secrets" % quote(workspace, safe="")
