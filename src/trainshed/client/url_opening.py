"""How a URL is opened: the proxies, certificates and login that go with it."""

from __future__ import annotations

import os
import ssl
import urllib.parse
import urllib.request
from base64 import b64encode
from typing import Any, Dict, Mapping, Optional, Tuple
from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined]

_CERTIFICATES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


def without_login(url: str) -> Tuple[str, str]:
    """The URL as HTTP takes it, and the Authorization that a login in it means."""
    parts = urllib.parse.urlsplit(url)
    login, _, host = parts.netloc.rpartition("@")
    host = host if host.isascii() else host.encode("idna").decode("ascii")
    path = urllib.parse.quote(parts.path, safe="/%:=&~+!$,;'@()*[]-._")
    query = urllib.parse.quote(parts.query, safe="/%:=&?~+!$,;'@()*[]-._")
    bare = urllib.parse.urlunsplit((parts.scheme, host, path or "/", query, ""))
    if not login:
        return bare, ""
    return bare, "Basic " + b64encode(urllib.parse.unquote(login).encode("utf-8")).decode("ascii")


def opener_for(environ: Mapping[str, str]) -> Any:
    """Knows http and https and nothing else; proxies and certificates as ``environ`` says, not as our own process."""
    certificates = next((environ[name] for name in _CERTIFICATES if environ.get(name)), None)
    handlers = (
        _Proxies(_proxies(environ)),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(context=_context(certificates, environ.get("SSL_CERT_DIR"))),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPRedirectHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.UnknownHandler(),
    )
    opener = urllib.request.OpenerDirector()
    for handler in handlers:
        opener.add_handler(handler)
    return opener


def _context(file: Optional[str], folder: Optional[str]) -> ssl.SSLContext:
    if file and os.path.isdir(file):
        file, folder = None, file
    return ssl.create_default_context(cafile=file or None, capath=folder or None)


def _proxies(environ: Mapping[str, str]) -> Dict[str, str]:
    """By scheme, lower case before upper case; ``no`` are the hosts without."""
    found: Dict[str, str] = {}
    for scheme in ("http", "https", "no"):
        value = environ.get(scheme + "_proxy", environ.get(scheme.upper() + "_PROXY"))
        if value is None and scheme != "no":
            value = environ.get("all_proxy", environ.get("ALL_PROXY"))
        if value:
            found[scheme] = value
    return found


class _Proxies(urllib.request.ProxyHandler):
    def __init__(self, proxies: Dict[str, str]) -> None:
        super().__init__({scheme: url for scheme, url in proxies.items() if scheme != "no"})
        self._all = proxies

    def proxy_open(self, req: Any, proxy: str, type: str) -> Any:
        if req.host and proxy_bypass_environment(req.host, self._all):
            return None
        return super().proxy_open(req, proxy, type)
