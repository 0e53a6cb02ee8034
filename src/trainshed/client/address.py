"""Where a server listens: ``unix:///path/to/socket`` or ``http(s)://host:port``."""

from __future__ import annotations

from typing import Optional, Tuple

from trainshed.contract.errors import BadValue
from trainshed.contract.frozen import dataclass

_DEFAULT_PORTS = {"http": 80, "https": 443}
_FORMS = "an address is http://host:port, https://host:port or unix:///path"


@dataclass(frozen=True)
class Address:
    """One way to reach a server. ``path`` is the Unix socket's; then ``host`` and ``port`` are empty."""

    scheme: str
    host: str = ""
    port: int = 0
    path: str = ""

    @classmethod
    def parse(cls, text: str) -> Address:
        """Take an address apart.

        Raises:
            BadValue: it has none of the forms, or a path behind the port.
        """
        scheme, found, rest = text.strip().partition("://")
        scheme = scheme.lower()
        if found and scheme == "unix" and rest.startswith("/"):
            return cls("unix", path=rest)
        rest = rest.rstrip("/")
        if not found or scheme not in _DEFAULT_PORTS or not rest or "/" in rest or "@" in rest:
            raise BadValue(what="Server address %r" % text, why=_FORMS)
        host, port = _host_and_port(rest)
        if port is None:
            raise BadValue(what="Server address %r" % text, why=_FORMS)
        return cls(scheme, host=host, port=port or _DEFAULT_PORTS[scheme])

    def __str__(self) -> str:
        if self.scheme == "unix":
            return "unix://" + self.path
        return "%s://%s" % (self.scheme, self.host_header)

    @property
    def host_header(self) -> str:
        """What goes into the request's ``Host``."""
        if self.scheme == "unix":
            return "localhost"
        host = "[%s]" % self.host if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else "%s:%d" % (host, self.port)


def _host_and_port(text: str) -> Tuple[str, Optional[int]]:
    """Port 0: none given; None: not a number."""
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        port = rest[1:] if rest.startswith(":") else rest
    else:
        host, _, port = text.partition(":")
    if not host or (port and not port.isdigit()):
        return host, None
    return host, int(port or 0)
