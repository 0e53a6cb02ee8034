"""v1's ways to log in: constructed as v1 constructed them, none opens a browser, none keeps a secret.

The server knows its user by the home's token, so each gives the header that our server accepts.
"""

from __future__ import annotations

from typing import Any, Dict, NamedTuple, Optional

from trainshed.client.http import Client


class AccessToken(NamedTuple):
    """What Azure's credentials give: a token, and when it ends (seconds since the epoch)."""

    token: str
    expires_on: int


class AbstractAuthentication:
    """Base of all of them; none has an effect.

    Follows: azureml.core.authentication.AbstractAuthentication.
    """

    _client: Optional[Client] = None

    def __init__(self, cloud: Optional[str] = None) -> None:
        pass

    def get_authentication_header(self) -> Dict[str, str]:
        """The header that the server accepts. Starts the embedded server if need be."""
        return {"Authorization": "Bearer " + self._token()}

    def get_token(self, *scopes: str, **kwargs: Any) -> AccessToken:
        """The server's token in the form of Azure's credentials."""
        import time

        return AccessToken(self._token(), int(time.time()) + 3600)

    def signed_session(self, session: Any = None) -> Any:
        """A ``requests`` session that carries the header."""
        if session is None:
            from importlib import import_module

            session = import_module("requests").Session()
        session.headers.update(self.get_authentication_header())
        return session

    def _token(self) -> str:
        if self._client is not None:
            return self._client.token
        from trainshed.sdk import servers

        return servers.api().client.token


class InteractiveLoginAuthentication(AbstractAuthentication):
    """Follows: azureml.core.authentication.InteractiveLoginAuthentication. Asks for nothing."""

    def __init__(self, force: bool = False, tenant_id: Optional[str] = None, cloud: Optional[str] = None) -> None:
        super().__init__(cloud)


class ServicePrincipalAuthentication(AbstractAuthentication):
    """Follows: azureml.core.authentication.ServicePrincipalAuthentication. The password is not kept."""

    def __init__(
        self,
        tenant_id: str,
        service_principal_id: str,
        service_principal_password: str,
        cloud: str = "AzureCloud",
        _enable_caching: bool = True,
    ) -> None:
        super().__init__(cloud)


class AzureCliAuthentication(AbstractAuthentication):
    """Follows: azureml.core.authentication.AzureCliAuthentication."""


class MsiAuthentication(AbstractAuthentication):
    """Follows: azureml.core.authentication.MsiAuthentication."""

    def __init__(self, cloud: Optional[str] = None, **kwargs: Any) -> None:
        super().__init__(cloud)


class ArmTokenAuthentication(AbstractAuthentication):
    """Follows: azureml.core.authentication.ArmTokenAuthentication. The token is not kept."""

    def __init__(self, arm_access_token: str, cloud: str = "None") -> None:
        super().__init__(cloud)

    def update_arm_access_token(self, new_arm_access_token: str) -> None:
        """No effect: the token is of no use here."""


def of_client(client: Client) -> AbstractAuthentication:
    """The authentication of those who gave none: the client's own token."""
    made = AbstractAuthentication()
    made._client = client
    return made
