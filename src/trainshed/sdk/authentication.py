"""v1's ways to log in: constructed as v1 constructed them, none opens a browser, none keeps a secret.

The server knows its user by the home's token, so each gives the header that our server accepts.
"""

from __future__ import annotations

from enum import Enum
from typing import Any, Callable, Dict, Optional

from trainshed.client.http import Client
from trainshed.contract.tuples import NamedTuple

#: How long a token is said to be good for, in seconds; asked again, it is good for as long again.
_GOOD_FOR_S = 3600


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

    def get_token(self, *scopes: str, **kwargs: Any) -> Any:
        """The server's token in the form of Azure's credentials."""
        import time

        return AccessToken(self._token(), int(time.time()) + _GOOD_FOR_S)

    def signed_session(self, session: Any = None) -> Any:
        """A ``requests`` session that carries the header.

        Raises:
            LibraryMissing: no session was given, and requests is not installed.
        """
        if session is None:
            session = _requests().Session()
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


class Audience(Enum):
    """Whom a token of Azure is for.

    Follows: azureml.core.authentication.Audience; ``arm`` and ``aml`` are what v1's samples call them.
    """

    ARM = "ARM"
    AZUREML = "AZUREML"
    arm = ARM
    aml = AZUREML


class TokenAuthentication(AbstractAuthentication):
    """Tokens that a function of the user's fetches.

    Args:
        get_token_for_audience: called with an audience's name by :meth:`get_token`; our server asks for none of them.
        cloud: no effect.

    Follows: azureml.core.authentication.TokenAuthentication; v1 called the function with an address of Azure's.
    """

    def __init__(self, get_token_for_audience: Callable[[str], str], cloud: Optional[str] = None) -> None:
        super().__init__(cloud)
        self._get_token_for_audience = get_token_for_audience

    def get_token(self, audience: Any = Audience.ARM) -> Any:  # type: ignore[override]  # v1's own contradiction
        """What the user's function gives for the audience."""
        return self._get_token_for_audience(audience.value if isinstance(audience, Audience) else audience)


class AzureMLTokenAuthentication(AbstractAuthentication):
    """A token that is given, such as ``AZUREML_RUN_TOKEN`` within a run.

    Args:
        azureml_access_token: goes into the header as it is.
        expiry_time: kept.
        host, subscription_id, resource_group_name, workspace_name, experiment_name, run_id, user_email, experiment_id,
            cloud: no effect.

    Follows: azureml.core.authentication.AzureMLTokenAuthentication; a run's token is good while the run lives and is
    not renewed.
    """

    def __init__(
        self,
        azureml_access_token: str,
        expiry_time: Any = None,
        host: Optional[str] = None,
        subscription_id: Optional[str] = None,
        resource_group_name: Optional[str] = None,
        workspace_name: Optional[str] = None,
        experiment_name: Optional[str] = None,
        run_id: Optional[str] = None,
        user_email: Optional[str] = None,
        experiment_id: Optional[str] = None,
        cloud: str = "AzureCloud",
    ) -> None:
        super().__init__(cloud)
        self.set_token(azureml_access_token, expiry_time)

    @classmethod
    def create(
        cls,
        azureml_access_token: str,
        expiry_time: Any,
        host: Optional[str],
        subscription_id: Optional[str],
        resource_group_name: Optional[str],
        workspace_name: Optional[str],
        experiment_name: Optional[str],
        run_id: Optional[str],
        user_email: Optional[str] = None,
        experiment_id: Optional[str] = None,
    ) -> AzureMLTokenAuthentication:
        """The same as the constructor."""
        return cls(azureml_access_token, expiry_time)

    def set_token(self, token: str, expiry_time: Any) -> None:
        """From now on this token."""
        self._given, self._expiry_time = token, expiry_time

    @property
    def token(self) -> str:
        """The token as it was given."""
        return self._given

    @property
    def expiry_time(self) -> Any:
        """As it was given."""
        return self._expiry_time

    def _token(self) -> str:
        return self._given


def _requests() -> Any:
    from importlib import import_module

    try:
        return import_module("requests")
    except ModuleNotFoundError as error:
        from trainshed.contract.errors import LibraryMissing

        raise LibraryMissing(what="signed_session() without a session", install="requests") from error


def of_client(client: Client) -> AbstractAuthentication:
    """The authentication of those who gave none: the client's own token."""
    made = AbstractAuthentication()
    made._client = client
    return made
