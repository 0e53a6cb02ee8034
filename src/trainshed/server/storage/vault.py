"""Encryption of secrets: AES-256-GCM with a key that lies in a file of its own, beside the database and in no backup of
it.

Source: NIST SP 800-38D. A nonce is 12 random bytes; workspace and name go in as associated data, so that a sealed value
put into another row does not open.
"""

from __future__ import annotations

import os
from pathlib import Path

from trainshed.contract.model_errors import VaultKeyMissing

_KEY_BYTES, _NONCE_BYTES = 32, 12
_FORM = b"\x01"


class Vault:
    """Seals and opens. The library is imported, and the key read or made, when the first secret comes by.

    Args:
        path: of the key (0600).
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    @staticmethod
    def load() -> None:
        """Import the library, which takes a while, where nobody waits for the thread."""
        import cryptography.hazmat.primitives.ciphers.aead  # noqa: F401

    def seal(self, value: str, workspace_id: str, name: str, *, first: bool) -> bytes:
        """A value as it may lie in the database. ``first``: there is no secret yet, so a missing key may be made.

        Raises:
            VaultKeyMissing: secrets are there and their key is not.
        """
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = os.urandom(_NONCE_BYTES)
        sealed = AESGCM(self._key(make=first)).encrypt(nonce, value.encode(), _context(workspace_id, name))
        return _FORM + nonce + sealed

    def open(self, sealed: bytes, workspace_id: str, name: str) -> str:
        """The value again. VaultKeyMissing: the key is gone, or another than that which sealed it."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce, rest = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        try:
            return AESGCM(self._key(make=False)).decrypt(nonce, rest, _context(workspace_id, name)).decode()
        except InvalidTag as error:
            raise VaultKeyMissing(path=str(self._path), why="they were sealed with another key") from error

    def _key(self, *, make: bool) -> bytes:
        try:
            key = self._path.read_bytes()
        except FileNotFoundError as error:
            if not make:
                raise VaultKeyMissing(path=str(self._path), why="their key is gone") from error
            key = self._make()
        if len(key) != _KEY_BYTES:
            raise VaultKeyMissing(path=str(self._path), why="the file is no key of %d bytes" % _KEY_BYTES)
        return key

    def _make(self) -> bytes:
        """Whole on the disk before anything is sealed with it."""
        partial = self._path.with_name(self._path.name + ".tmp")
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(os.urandom(_KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        partial.rename(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return self._path.read_bytes()


def _context(workspace_id: str, name: str) -> bytes:
    return ("%s\0%s" % (workspace_id, name)).encode()
