"""One URL's bytes into one file: asked for conditionally, gone on with where they broke off. Loaded at the first fetch.

Source: RFC 9110, sections 13 (conditional requests) and 14 (ranges).
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import ssl
import time
import urllib.error
import urllib.request
from typing import IO, Any, Callable, Dict, Mapping, Optional, Tuple

from trainshed.client.url_opening import opener_for, without_login
from trainshed.contract.version import VERSION

_BLOCK_BYTES = 1 << 18
_TIMEOUT_S = 30.0
#: Tries in a row that bring nothing, and the pause before the second one; it doubles.
_TRIES, _PAUSE_S = 4, 0.3
_WORTH_ANOTHER_TRY = frozenset({408, 425, 429, 500, 502, 503, 504})


class NotReached(Exception):
    """Why the bytes can't be had, in words."""


class _Again(Exception):
    """It broke off. ``moved``: after bytes had come."""

    def __init__(self, why: str, *, moved: bool = False) -> None:
        super().__init__(why)
        self.moved = moved


class Fetcher:
    """Brings ``url`` to the file ``partial``, which may hold the beginning already.

    Args:
        environ: names proxies (``http_proxy``, ``no_proxy``) and certificates (``SSL_CERT_FILE`` ...).
        check: may raise to give up; what has come stays for the next one.
    """

    def __init__(self, url: str, partial: str, environ: Mapping[str, str], check: Callable[[], None]) -> None:
        self._url, self._authorization = without_login(url)
        self._partial = partial
        self._check = check
        self._opener = opener_for(environ)

    def fetch(self, validators: Mapping[str, str]) -> Optional[Dict[str, str]]:
        """Fetch all of it, unless a copy with these validators still holds.

        Returns:
            The validators of what lies in the partial file now, whole and on the disk; None: the copy holds.

        Raises:
            NotReached: it can't be had.
            OSError: the disk can't take it.
        """
        left, pause_s = _TRIES, _PAUSE_S
        while True:
            self._check()
            try:
                return self._try(validators)
            except _Again as error:
                left, pause_s = (_TRIES, _PAUSE_S) if error.moved else (left - 1, pause_s)
                if not left:
                    raise NotReached(str(error)) from error
            self._pause(pause_s)
            pause_s *= 2

    def _try(self, validators: Mapping[str, str]) -> Optional[Dict[str, str]]:
        have, begun = self._begun()
        request = self._request(have, begun, validators)
        try:
            with self._opener.open(request, timeout=_TIMEOUT_S) as answer:
                return self._take(answer, have, begun)
        except urllib.error.HTTPError as error:
            with error:
                self._refused(error.code, error.reason, validators)
            return None
        except (http.client.HTTPException, OSError) as error:
            if isinstance(error, _DiskTrouble):
                raise error.cause from None
            raise _trouble(getattr(error, "reason", error)) from error

    def _refused(self, status: int, reason: Any, validators: Mapping[str, str]) -> None:
        if status == 304 and validators:
            self._forget()
            return
        if status == 416:  # not the file any more whose beginning we have
            self._forget()
            raise _Again("the server refuses the range")
        words = "the server answers %d %s" % (status, reason)
        if status in _WORTH_ANOTHER_TRY:
            raise _Again(words)
        raise NotReached(words)

    def _request(self, have: int, begun: Mapping[str, str], validators: Mapping[str, str]) -> Any:
        headers = {"User-Agent": "trainshed/" + VERSION, "Accept-Encoding": "identity"}
        if have:
            headers["Range"] = "bytes=%d-" % have
            headers["If-Range"] = _for_range(begun)
        else:
            names = {"etag": "If-None-Match", "last_modified": "If-Modified-Since"}
            headers.update({names[key]: value for key, value in validators.items() if key in names})
        request = urllib.request.Request(self._url, headers=headers)
        if self._authorization:
            request.add_unredirected_header("Authorization", self._authorization)
        return request

    def _take(self, answer: Any, have: int, begun: Dict[str, str]) -> Dict[str, str]:
        if answer.status == 206 and have and _range_start(answer) == have:
            found = begun
        else:
            have, found = 0, _validators(answer)
            self._begin(found)
        length = answer.headers.get("Content-Length")
        expected = have + int(length) if length and length.isdigit() else None
        came = self._copy(answer, have)
        if expected is not None and came != expected:
            raise _Again("the connection broke after %d of %d bytes" % (came, expected), moved=came > have)
        _drop(self._note)
        return found

    def _copy(self, answer: Any, have: int) -> int:
        """Append to the partial file; its size then."""
        with _opened(self._partial, have) as file:
            came = have
            while True:
                self._check()
                try:
                    block = answer.read1(_BLOCK_BYTES)
                except (http.client.HTTPException, OSError) as error:
                    raise _Again(_words(error), moved=came > have) from error
                if not block:
                    break
                _write(file, block)
                came += len(block)
            _flush(file)
        return came

    # --- the beginning that is there

    @property
    def _note(self) -> str:
        return self._partial + ".json"

    def _begun(self) -> Tuple[int, Dict[str, str]]:
        """How many bytes are there, and of what; none that could not be told from those of another version."""
        try:
            with open(self._note, encoding="utf-8") as file:
                begun = dict(json.load(file))
            size = os.stat(self._partial).st_size
        except (OSError, ValueError, TypeError):
            return 0, {}
        return (size, begun) if size and _for_range(begun) else (0, {})

    def _begin(self, found: Mapping[str, str]) -> None:
        _drop(self._partial)
        try:
            with open(self._note, "w", encoding="utf-8") as file:
                json.dump(found, file)
        except OSError as error:
            raise _DiskTrouble(error) from error

    def _forget(self) -> None:
        _drop(self._partial)
        _drop(self._note)

    def _pause(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._check()
            time.sleep(0.02)


class _DiskTrouble(OSError):
    """Not the network's, which raises OSErrors as well."""

    def __init__(self, cause: OSError) -> None:
        super().__init__(cause.errno, cause.strerror)
        self.cause = cause


def _opened(path: str, size: int) -> IO[bytes]:
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
        file = os.fdopen(fd, "wb", buffering=0)
        file.truncate(size)
        file.seek(size)
    except OSError as error:
        raise _DiskTrouble(error) from error
    return file


def _write(file: IO[bytes], block: bytes) -> None:
    view = memoryview(block)
    try:
        while view:
            view = view[file.write(view) :]
    except OSError as error:
        raise _DiskTrouble(error) from error


def _flush(file: IO[bytes]) -> None:
    """A power loss after the rename shall not leave an empty file."""
    try:
        os.fsync(file.fileno())
    except OSError as error:
        raise _DiskTrouble(error) from error


def _drop(path: str) -> None:
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass


def _validators(answer: Any) -> Dict[str, str]:
    given = {"etag": answer.headers.get("ETag"), "last_modified": answer.headers.get("Last-Modified")}
    return {key: value for key, value in given.items() if value}


def _for_range(validators: Mapping[str, str]) -> str:
    """What says that a range belongs to the same bytes: a strong ETag, else the time; empty without either."""
    etag = validators.get("etag", "")
    if etag and not etag.startswith("W/"):
        return etag
    return "" if etag else validators.get("last_modified", "")


def _range_start(answer: Any) -> int:
    words = (answer.headers.get("Content-Range") or "").replace("bytes", "", 1).strip()
    start = words.partition("-")[0]
    return int(start) if start.isdigit() else -1


def _trouble(reason: Any) -> Exception:
    """Whether it is worth another try."""
    unknown = isinstance(reason, socket.gaierror) and reason.errno != socket.EAI_AGAIN
    if unknown or isinstance(reason, ssl.SSLCertVerificationError):
        return NotReached(_words(reason))
    return _Again(_words(reason))


def _words(reason: Any) -> str:
    if isinstance(reason, OSError) and "timed out" in str(reason):
        return "no answer within %g s" % _TIMEOUT_S
    strerror = getattr(reason, "strerror", None)
    return str(strerror or reason or type(reason).__name__)
