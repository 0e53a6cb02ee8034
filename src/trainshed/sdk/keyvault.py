"""The workspace's key vault."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, List, Mapping, Optional, Sequence

from trainshed.contract.errors import BadValue
from trainshed.contract.model_errors import SecretNotFound
from trainshed.contract.secrets import SecretsPatch, check_secret_name
from trainshed.sdk.labels import mapping

if TYPE_CHECKING:
    from trainshed.client.secrets_api import SecretsApi
    from trainshed.contract.secrets import SecretsAnswer
    from trainshed.sdk.workspace import Workspace

_NO_TYPE = ""


class Keyvault:
    """Secrets of a workspace: encrypted where the server keeps them, readable by its user and by its runs.

    Args:
        workspace: whose.

    Follows: azureml.core.keyvault.Keyvault. Known differences: within a run secrets can be read, but neither listed nor
    set; a name may have 127 letters, digits and ``-``, a value 25 KiB (the limits of Azure Key Vault).
    """

    def __init__(self, workspace: Workspace, **kwargs: Any) -> None:
        self.workspace = workspace

    def set_secret(self, name: str, value: str, content_type: Optional[str] = None) -> None:
        """Set a secret, or replace it. One request.

        Args:
            name: 1 to 127 letters, digits and ``-``.
            value: text.
            content_type: a word about it, kept beside it.
        """
        kind = None if content_type is None else str(getattr(content_type, "value", content_type))
        self._set({name: value}, kind)

    def set_secrets(self, secrets_batch: Mapping[str, str]) -> None:
        """Set several, or none if one cannot be. One request."""
        self._set(mapping("secrets_batch", secrets_batch), None)

    def _set(self, given: Mapping[Any, Any], content_type: Optional[str]) -> None:
        values: Dict[str, str] = {}
        for name, value in given.items():
            if not isinstance(value, str):
                # Not the value itself: messages end up in logs.
                raise BadValue(what="secret %r" % name, why="its value must be a str, not %s." % type(value).__name__)
            values[check_secret_name(name)] = value
        self._api.patch(self._workspace_id, SecretsPatch(set=values, content_type=content_type))

    def get_secret(self, name: str) -> str:
        """A secret's value. One request. SecretNotFound: there is none of that name."""
        return self._ask(name).values[name]

    def get_secrets(self, secrets: Sequence[str]) -> Dict[str, Optional[str]]:
        """The values of some secrets by name, None for those that are not there. One request."""
        names = [check_secret_name(name) for name in secrets]
        values = self._api.values(self._workspace_id, names).values
        return {name: values.get(name) for name in names}

    def get_secret_content_type(self, name: str) -> str:
        """What ``set_secret`` was told about it, or nothing. One request. SecretNotFound."""
        return self._ask(name).content_types.get(name, _NO_TYPE)

    def list_secrets(self) -> List[Dict[str, str]]:
        """``{'name': ...}`` of each secret, sorted; no values. One request."""
        return [{"name": secret.name} for secret in self._api.page(self._workspace_id)]

    def delete_secret(self, name: str) -> None:
        """Delete a secret; one that is not there is no error. One request."""
        self.delete_secrets([name])

    def delete_secrets(self, secrets: Sequence[str]) -> None:
        """Delete several. One request."""
        names = tuple(check_secret_name(name) for name in secrets)
        self._api.patch(self._workspace_id, SecretsPatch(remove=names))

    def _ask(self, name: str) -> SecretsAnswer:
        answer = self._api.values(self._workspace_id, [check_secret_name(name)])
        if name not in answer.values:
            raise SecretNotFound(name=name, workspace=self.workspace.name)
        return answer

    @property
    def _api(self) -> SecretsApi:
        return self.workspace._api.secrets

    @property
    def _workspace_id(self) -> str:
        return self.workspace._workspace_id
