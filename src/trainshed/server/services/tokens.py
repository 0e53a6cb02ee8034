"""Tokens: made, kept as hashes; and the file ``token`` of a home: whoever can read it is its user."""

from __future__ import annotations

import logging
import os
import re
import secrets
from hashlib import sha256
from pathlib import Path

from trainshed.contract.errors import BadValue

_FORM = re.compile(rb"[0-9A-Za-z_.~+/=-]{32,512}")
_log = logging.getLogger(__name__)


def token_hash(token: str) -> str:
    """The form in which the server keeps a token."""
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def new_token() -> str:
    """43 random characters."""
    return secrets.token_urlsafe(32)


def ensure_token(path: Path) -> str:
    """The user's token of a home; made (mode 0600) if there is none, or if a power loss left the file empty.

    Raises:
        BadValue: what the file holds is no token.
    """
    token = _read(path)
    if not token:
        _make(path)
        token = _read(path)
    if not _FORM.fullmatch(token):
        raise BadValue(
            what=str(path),
            why="it holds no token: that is 32 or more letters, digits and marks such as - and _, in one line. Remove "
            "the file; the next server makes a new one.",
        )
    if path.stat().st_mode & 0o077:
        _log.warning("%s could be read by others; it is made private again", path)
        path.chmod(0o600)
    return token.decode("ascii")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes().strip()
    except FileNotFoundError:
        return b""


def _make(path: Path) -> None:
    partial = path.with_name("%s.%d" % (path.name, os.getpid()))
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(new_token() + "\n")
            file.flush()
            os.fsync(descriptor)
        partial.replace(path)
    except OSError:
        partial.unlink(missing_ok=True)
        raise
