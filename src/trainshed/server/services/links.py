"""Links into the portal that log their reader in: a code, good once and for a day; never a token."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Optional
from urllib.parse import quote

from sqlalchemy import delete, insert

from trainshed.contract.errors import BadValue
from trainshed.contract.wire import now
from trainshed.server.services.ground import Ground
from trainshed.server.services.tokens import token_hash
from trainshed.server.storage import tables as t
from trainshed.server.storage.writer import Transaction

LIFE = timedelta(hours=24)

#: The portal's page that takes a code; what follows is the code.
ENTRANCE = "/open/"
#: What carries the path in a link's query.
FURTHER = "to"


def is_path(path: str) -> bool:
    """Whether it is a path of this server, and no way out of it."""
    plain = path.startswith("/") and not path.startswith("//") and "\\" not in path
    return plain and not any(ord(char) < 33 for char in path)


class Links:
    """Makes codes and takes them back."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    async def make(self, path: str) -> str:
        """A URL that opens ``path`` of the portal logged in, once, within 24 hours. It names the path too: in a browser
        that is logged in it goes on leading there when the code is used up.

        BadValue unless it is a path of this server.
        """
        if not is_path(path):
            raise BadValue(what="portal path %r" % path, why="it must begin with one '/' and hold no blank")
        code = secrets.token_urlsafe(24)

        def keep(tx: Transaction) -> None:
            tx.execute(delete(t.portal_codes).where(t.portal_codes.c.expires_at < now()))
            values = {"code_sha256": token_hash(code), "path": path, "expires_at": now() + LIFE}
            tx.execute(insert(t.portal_codes), values)

        await self._ground.database.write(keep)
        further = "" if path == "/" else "?%s=%s" % (FURTHER, quote(path))
        return "%s%s%s%s" % (self._ground.address.rstrip("/"), ENTRANCE, code, further)

    async def redeem(self, code: str) -> Optional[str]:
        """The path that a code opens; None when it was used, is too old, or never was."""
        c = t.portal_codes.c
        used = delete(t.portal_codes).where(c.code_sha256 == token_hash(code)).returning(c.path, c.expires_at)
        row = await self._ground.database.write(lambda tx: tx.execute(used).first())
        return None if row is None or row[1] < now() else str(row[0])
