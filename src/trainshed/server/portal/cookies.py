"""Who is logged in: a cookie that says until when, sealed with a key that never leaves the server."""

from __future__ import annotations

import hmac
import time
from hashlib import sha256

from starlette.requests import Request
from starlette.responses import Response

#: How long a browser stays logged in. In seconds.
LIFETIME_S = 30 * 86400


class Sessions:
    """Makes and checks the cookies of one server.

    The server keeps no list.

    Args:
        server_id: part of the cookie's name. Browsers keep one jar for all ports of a host, and a user may have several
            homes, each with a server.
        key: made of the user's token, so that a new token ends every session.
    """

    def __init__(self, server_id: str, key: bytes) -> None:
        self.cookie_name = f"trainshed_{server_id[:12]}"
        self._key = key

    def open(self, request: Request, response: Response) -> None:
        """Log the browser in that made the request."""
        until = str(int(time.time()) + LIFETIME_S)
        response.set_cookie(
            self.cookie_name,
            f"{until}.{self._seal(until)}",
            max_age=LIFETIME_S,
            path="/",
            secure=request.url.scheme == "https",
            httponly=True,
            samesite="lax",
        )

    def knows(self, request: Request) -> bool:
        """Whether the request's cookie is one of ours, and not too old."""
        until, _, seal = request.cookies.get(self.cookie_name, "").partition(".")
        if not hmac.compare_digest(seal.encode("utf-8", "replace"), self._seal(until).encode()):
            return False
        return until.isdigit() and int(until) > time.time()

    def _seal(self, until: str) -> str:
        return hmac.new(self._key, until.encode("utf-8", "replace"), sha256).hexdigest()
