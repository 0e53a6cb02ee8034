"""The key vault of each workspace: values are sealed before they reach the database, and opened for whoever may ask."""

from __future__ import annotations

from typing import Dict, Sequence

from sqlalchemy import delete, func, insert, select

from trainshed.contract.errors import BadValue
from trainshed.contract.secrets import (
    MAX_VALUE_BYTES,
    SecretPage,
    SecretsAnswer,
    SecretsPatch,
    SecretView,
    check_secret_name,
)
from trainshed.contract.wire import now
from trainshed.server.services import workspaces
from trainshed.server.services.ground import Ground
from trainshed.server.storage.secret_tables import secrets
from trainshed.server.storage.vault import Vault
from trainshed.server.storage.writer import Reading, Transaction

_s = secrets.c


class Keyvault:
    """Secrets by name."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._vault = Vault(ground.layout.vault_key)

    async def patch(self, workspace_id: str, patch: SecretsPatch) -> None:
        """Set and remove secrets, all or none.

        Raises:
            BadValue: a name or value that cannot be. WorkspaceNotFound. VaultKeyMissing.
        """
        for name, value in patch.set.items():
            if len(value.encode()) > MAX_VALUE_BYTES:
                raise BadValue(what="secret %r" % name, why="it has more than %d bytes" % MAX_VALUE_BYTES)
            check_secret_name(name)
        if patch.set:
            await self._ground.database.aside(self._vault.load)
        await self._ground.database.write(lambda tx: self._patch(tx, workspace_id, patch))

    def _patch(self, tx: Transaction, workspace_id: str, patch: SecretsPatch) -> None:
        workspaces.record(tx, workspace_id)
        tx.execute(delete(secrets).where(_s.workspace_id == workspace_id, _s.name.in_(patch.remove)))
        first = not tx.execute(select(func.count()).select_from(secrets)).scalar()
        for name, value in patch.set.items():
            values = {
                "workspace_id": workspace_id,
                "name": name,
                "sealed": self._vault.seal(value, workspace_id, name, first=first),
                "content_type": patch.content_type,
                "updated_at": now(),
            }
            tx.execute(insert(secrets).prefix_with("OR REPLACE"), values)

    async def page(self, workspace_id: str) -> SecretPage:
        """The names, sorted; no values. WorkspaceNotFound."""
        connection = self._ground.database.reader
        workspaces.record(connection, workspace_id)
        query = select(_s.name, _s.content_type).where(_s.workspace_id == workspace_id).order_by(_s.name)
        return SecretPage(tuple(SecretView(*row) for row in connection.execute(query)))

    async def values(self, workspace_id: str, names: Sequence[str]) -> SecretsAnswer:
        """The values of those that are there. WorkspaceNotFound; VaultKeyMissing."""
        return await self._ground.database.read_aside(lambda reader: self._values(reader, workspace_id, names))

    def _values(self, connection: Reading, workspace_id: str, names: Sequence[str]) -> SecretsAnswer:
        workspaces.record(connection, workspace_id)
        query = select(_s.name, _s.sealed, _s.content_type).where(_s.workspace_id == workspace_id, _s.name.in_(names))
        found: Dict[str, str] = {}
        types: Dict[str, str] = {}
        for name, sealed, content_type in connection.execute(query):
            found[name] = self._vault.open(sealed, workspace_id, name)
            if content_type is not None:
                types[name] = content_type
        return SecretsAnswer(found, types)
