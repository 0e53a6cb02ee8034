"""Files fetched from URLs, kept in the home: fetched once, asked after each time, never half there.

A URL that ``data.json`` names a folder for is answered from that folder. Else its file lies in the cache under a name
that people can read (contract/layout.py), so that they can put it there beforehand: a file that we have not fetched
ourselves is taken as it is, and nobody is asked. What we fetched is asked after by ETag or Last-Modified; where nobody
answers, the kept copy does.

Follows: azureml.data.FileDataset of web paths (1.11), which read through. Known difference: the cache.
"""

from __future__ import annotations

import contextlib
import os
import time
from typing import Callable, Iterator, List, Mapping, Optional, Sequence, Tuple

from trainshed.contract import fetched, wire
from trainshed.contract.errors import UrlUnreachable
from trainshed.contract.layout import HomeLayout
from trainshed.contract.tuples import NamedTuple

_AT_ONCE = 8
_LOCK_POLL_S = 0.02


class Fetched(NamedTuple):
    """A URL's file.

    Args:
        path: absolute. Not to be written to.
        how: ``settings`` (a folder that stands in), ``kept`` (put there by people, or unchanged since it was fetched),
            ``fetched`` now, or ``unasked``: kept, but whether it has changed could not be asked.
        note: for ``unasked``: why.
    """

    path: str
    how: str
    size_bytes: int
    note: str = ""


class UrlCache:
    """The cache of a home. Any number of processes may use it at once; a URL is fetched by one of them.

    Args:
        home: whose.
        environ: where proxies and certificates are named.
        check: called often while something is waited for or read, perhaps from other threads; may raise to give up.
    """

    def __init__(
        self,
        home: HomeLayout,
        *,
        environ: Optional[Mapping[str, str]] = None,
        check: Callable[[], None] = lambda: None,
    ) -> None:
        from trainshed.contract import data_settings

        self._home = home
        self._environ = os.environ if environ is None else environ
        self._check = check
        self._settings = data_settings.read(home.data_settings)

    def fetch(self, url: str) -> Fetched:
        """The file of an http(s) URL, on this machine.

        Raises:
            UrlUnreachable: there is no copy and none can be had.
            OSError: the cache can't be written.
        """
        standing_in = self._settings.file_of(url)
        if standing_in is not None and os.path.isfile(standing_in):
            return _fetched(standing_in, "settings")
        entry = _Entry(self._home, url)
        if entry.is_from_people():
            return _fetched(entry.path, "kept")
        began = time.time()
        os.makedirs(os.path.dirname(entry.record), mode=0o700, exist_ok=True)
        with _locked(entry.lock, self._check):
            return self._fetch_alone(entry, began, standing_in)

    def fetch_all(self, urls: Sequence[str]) -> List[Fetched]:
        """Several at once; in their order. The first error ends the others."""
        if len(urls) < 2:
            return [self.fetch(url) for url in urls]
        from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait

        stopped: List[bool] = []
        given, self._check = self._check, lambda: _check_both(given, stopped)
        with ThreadPoolExecutor(_AT_ONCE, "fetch") as pool:
            waiting = [pool.submit(self.fetch, url) for url in urls]
            try:
                done, _ = wait(waiting, return_when=FIRST_EXCEPTION)
                for one in done:
                    one.result()
                return [one.result() for one in waiting]
            finally:
                stopped.append(True)
                for one in waiting:
                    one.cancel()
                self._check = given

    def _fetch_alone(self, entry: _Entry, began: float, missed: Optional[str]) -> Fetched:
        from trainshed.client.url_fetching import Fetcher, NotReached

        entry.finish()
        if entry.is_from_people() or entry.asked_at >= began:
            return _fetched(entry.path, "kept")  # somebody was faster
        fetcher = Fetcher(entry.url, entry.partial, self._environ, self._check)
        try:
            facts = fetcher.fetch(entry.validators)
        except NotReached as error:
            if entry.is_kept():
                entry.touch(asked=False)
                return _fetched(entry.path, "unasked", str(error))
            raise self._unreachable(entry.url, str(error), missed) from error
        if facts is None:
            entry.touch()
            return _fetched(entry.path, "kept")
        entry.take_in(facts)
        return _fetched(entry.path, "fetched")

    def _unreachable(self, url: str, why: str, missed: Optional[str]) -> UrlUnreachable:
        from trainshed.contract.data_settings import line_for_url

        if missed is not None:
            why += "; and %s, which stands in for it by %s, is not there" % (missed, self._settings.file)
        line = line_for_url(self._settings.file, shown(url))
        return UrlUnreachable(url=shown(url), why=why, instead=line)


def shown(url: str) -> str:
    """A URL for people and logs: without what may be a secret in it (the query's values, a password)."""
    from urllib.parse import urlsplit, urlunsplit

    parts = urlsplit(url)
    query = "..." if parts.query else ""
    return urlunsplit((parts.scheme, parts.netloc.rsplit("@", 1)[-1], parts.path, query, ""))


class _Entry:
    """What is kept of one URL."""

    def __init__(self, home: HomeLayout, url: str) -> None:
        self.url = url
        self._root, self._usual = str(home.url_cache), str(home.cached_url(url))
        stem = fetched.stem_of(self._root, url)
        self.record, self.lock, self.partial = stem + fetched.RECORD, stem + fetched.LOCK, stem + fetched.PARTIAL
        self._aside = stem + fetched.ASIDE
        self._facts = fetched.read(self.record)

    @property
    def path(self) -> str:
        """Where the file lies, or will lie."""
        return os.path.join(self._root, *self._facts.place) if self._facts else self._usual

    @property
    def validators(self) -> Mapping[str, str]:
        """What the server is asked by whether the copy still holds; empty without a copy of ours."""
        return self._facts.validators if self._facts and self.is_kept() else {}

    @property
    def asked_at(self) -> float:
        """When the server last said that the copy holds, in seconds since the epoch; 0 without a copy of ours."""
        return self._facts.asked_at if self._facts and self.is_kept() else 0.0

    def is_kept(self) -> bool:
        """Whether the copy that is there is the one that we fetched."""
        return self._facts is not None and fetched.identity_of(self.path) == self._facts.identity

    def is_from_people(self) -> bool:
        """Whether somebody else put a file there."""
        return os.path.isfile(self.path) and not self.is_kept() and not self._is_to_be_put_in_place()

    def finish(self) -> None:
        """Look again, now that nobody else is at it; and do what one that was killed had left to do."""
        self._facts = fetched.read(self.record)
        if self._is_to_be_put_in_place():
            self._put_in_place()

    def take_in(self, validators: Mapping[str, str]) -> None:
        """The partial file is whole: from now on it is the copy."""
        self._write(self._free_place(), fetched.identity_of(self.partial), validators)
        self._put_in_place()

    def touch(self, *, asked: bool = True) -> None:
        """It is used. ``asked``: and the server has said that the copy holds."""
        if asked and self._facts is not None:
            self._write(self.path, self._facts.identity, self._facts.validators)
        else:
            os.utime(self.record)

    def _free_place(self) -> str:
        """Where people would look; aside where another URL's file is in the way (``/a`` and ``/a/b``)."""
        try:
            os.makedirs(os.path.dirname(self._usual), mode=0o700, exist_ok=True)
            if not os.path.isdir(self._usual):
                return self._usual
        except (FileExistsError, NotADirectoryError):
            pass
        return self._place_aside()

    def _place_aside(self) -> str:
        os.makedirs(self._aside, mode=0o700, exist_ok=True)
        return os.path.join(self._aside, os.path.basename(self._usual))

    def _is_to_be_put_in_place(self) -> bool:
        return self._facts is not None and fetched.identity_of(self.partial) == self._facts.identity

    def _put_in_place(self) -> None:
        os.chmod(self.partial, 0o444)
        try:
            os.replace(self.partial, self.path)
        except (IsADirectoryError, NotADirectoryError, FileNotFoundError):
            # Another URL's file, or its folder, has come there this moment.
            assert self._facts is not None
            self._write(self._place_aside(), self._facts.identity, self._facts.validators)
            os.replace(self.partial, self.path)

    def _write(self, place: str, identity: Tuple[int, ...], validators: Mapping[str, str]) -> None:
        relative = tuple(os.path.relpath(place, self._root).split(os.sep))
        self._facts = fetched.FetchedFile(relative, identity, time.time(), validators)
        new = self.record + ".new"
        with open(new, "wb") as file:
            file.write(wire.dumps(self._facts))
        os.replace(new, self.record)


def _fetched(path: str, how: str, note: str = "") -> Fetched:
    return Fetched(os.path.abspath(path), how, os.stat(path).st_size, note)


@contextlib.contextmanager
def _locked(path: str, check: Callable[[], None]) -> Iterator[None]:
    try:
        import fcntl
    except ImportError:  # Windows: there two at once fetch twice, and the last one's copy stays
        yield
        return
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                check()
            time.sleep(_LOCK_POLL_S)
        yield
    finally:
        os.close(file)


class _Stopped(Exception):
    """Another URL's error ends this one, too."""


def _check_both(given: Callable[[], None], stopped: Sequence[bool]) -> None:
    given()
    if stopped:
        raise _Stopped
