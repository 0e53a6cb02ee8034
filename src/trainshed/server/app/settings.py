"""What is fixed for a home: its server's id and port."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Optional

from trainshed.contract import wire
from trainshed.contract.errors import BadValue
from trainshed.contract.names import new_id


@dataclass(frozen=True)
class Settings:
    """``settings.json``. ``port`` 0: none chosen yet. ``public_address``: how browsers reach the server, if not by the
    loopback address: ``http://name:port``.
    """

    server_id: str
    port: int = 0
    public_address: Optional[str] = None

    @classmethod
    def load(cls, path: Path) -> Settings:
        """The settings of a home; a new id where there are none yet.

        Raises:
            BadValue: the file, or something in it, is none.
        """
        try:
            settings = wire.loads(Settings, path.read_bytes())
        except FileNotFoundError:
            return cls(new_id())
        except ValueError as error:
            raise BadValue(what=str(path), why="%s. Remove it to begin with new settings." % error) from error
        if not re.fullmatch(r"[0-9a-zA-Z]{1,64}", settings.server_id) or not 0 <= settings.port < 65536:
            raise BadValue(what=str(path), why="server_id or port is none. Remove it to begin with new settings.")
        return settings

    def with_port(self, port: int) -> Settings:
        """The same with another port."""
        return replace(self, port=port)

    def save(self, path: Path) -> None:
        """Write them, 0600, all or nothing."""
        write_private(path, wire.dumps(self))


def write_private(path: Path, data: bytes) -> None:
    """A file that only its owner reads (0600), replaced at once. For the holder of the server's lock: the temporary
    name is always the same, so that the next server writes over what a killed one left.
    """
    partial = path.with_name(path.name + ".tmp")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        partial.replace(path)
    except OSError:
        partial.unlink(missing_ok=True)
        raise
