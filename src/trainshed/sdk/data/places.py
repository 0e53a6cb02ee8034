"""Where data lies on this machine: the home with its settings and cache, and the folders of datastores."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Any, Iterator, List, Mapping, Optional, Sequence

from trainshed.contract import variables
from trainshed.contract.data_files import DataFile, has_any
from trainshed.contract.errors import BadValue, UrlUnreachable
from trainshed.contract.frozen import replace
from trainshed.contract.layout import HomeLayout, default_home, home_of_runtime
from trainshed.contract.spec import DataPath
from trainshed.sdk import context

if TYPE_CHECKING:
    from trainshed.sdk.workspace import Workspace

_ASK_S = 20.0


def home() -> HomeLayout:
    """The user's home; in a run that of its node."""
    runtime = os.environ.get(variables.RUNTIME)
    if context.run_id() is not None and runtime and not os.environ.get(variables.HOME):
        return HomeLayout(home_of_runtime(runtime))
    return HomeLayout(default_home())


def with_roots(paths: Sequence[DataPath], stores: Mapping[str, Any], workspace: Optional[Workspace]) -> List[DataPath]:
    """The paths with the folders that their datastores have now. At most one request for each datastore.

    Args:
        stores: datastores in hand, by name.
        workspace: asked for others.

    Raises:
        DatastoreNotFound, DatastoreWithoutFolder.
    """
    folders = {}
    for name in {path.datastore for path in paths if path.datastore}:
        store = stores.get(name)
        if store is None:
            store = _named(workspace, name)
        folders[name] = store._folder
    return [replace(path, root=folders[path.datastore]) if path.datastore else path for path in paths]


def _named(workspace: Optional[Workspace], name: str) -> Any:
    from trainshed.sdk.data.stores import named

    if workspace is None:
        raise BadValue(what="datastore %r" % name, why="its workspace is not known")
    return named(workspace, name)


def local_files(files: Sequence[DataFile]) -> List[str]:
    """The files themselves, absolute; those of URLs are fetched into the cache first.

    Raises:
        UrlUnreachable: names the URL, and the line of the settings by which a folder stands in.
    """
    urls = [file.source for file in files if is_url(file.source)]
    if not urls:
        return [file.source for file in files]
    from trainshed.client.url_cache import UrlCache

    with telling("kept in the cache"):
        fetched = dict(zip(urls, UrlCache(home()).fetch_all(urls)))
    return [fetched[file.source].path if file.source in fetched else file.source for file in files]


@contextlib.contextmanager
def telling(what: str) -> Iterator[None]:
    """An OSError of what is done inside becomes DataTroubled: which file, and why."""
    from trainshed.contract.data_errors import DataTroubled

    try:
        yield
    except OSError as error:
        path = error.filename or "The data"
        raise DataTroubled(path=str(path), what=what, why=error.strerror or str(error)) from error


def is_url(text: str) -> bool:
    """Whether it is an address that can be fetched."""
    return text.lower().startswith(("http://", "https://"))


def require_any(paths: Sequence[DataPath]) -> None:
    """Every folder path has a file; URLs are not asked for.

    Raises:
        NoFiles: names the path, and what there is in its stead.
    """
    from trainshed.contract.data_errors import NoFiles

    for path in paths:
        with telling("read"):
            there = has_any(path)
        if not there:
            raise NoFiles(what=_shown(path), why=_instead(path))


def _shown(path: DataPath) -> str:
    if path.datastore:
        return "Path %r of datastore %r" % (path.pattern or "/", path.datastore)
    return "Path %r" % os.path.join(path.root, path.pattern).rstrip(os.sep)


def _instead(path: DataPath) -> str:
    from difflib import get_close_matches

    from trainshed.contract.data import fixed_folder

    folder = path.root
    if not os.path.isdir(folder):
        return "%s is no folder." % folder if os.path.lexists(folder) else "the folder %s does not exist." % folder
    for segment in filter(None, fixed_folder(path.pattern).split("/")):
        below = os.path.join(folder, segment)
        if not os.path.isdir(below):
            there = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
            near = get_close_matches(segment, there, 1)
            hint = "Did you mean %r?" % near[0] if near else "There are: %s." % (", ".join(there[:10]) or "none")
            return "%s has no %r. %s" % (folder, segment, hint)
        folder = below
    return "%s holds no such file." % folder


def require_reachable(urls: Sequence[str]) -> None:
    """Each URL has a stand-in, a kept copy, or a server that would give it; asks for the head of the others.

    Raises:
        UrlUnreachable: names the URL, and the line of the settings by which a folder stands in.
    """
    if not urls:
        return
    from trainshed.contract import data_settings

    layout = home()
    settings = data_settings.read(layout.data_settings)
    for url in urls:
        stand_in = settings.file_of(url)
        if (stand_in is not None and os.path.isfile(stand_in)) or os.path.isfile(layout.cached_url(url)):
            continue
        why = _why_not(url)
        if why is not None:
            from trainshed.client.url_cache import shown

            if stand_in is not None:
                why += "; and %s, which stands in for it, is not there" % stand_in
            line = data_settings.line_for_url(settings.file, shown(url))
            raise UrlUnreachable(url=shown(url), why=why, instead=line)


def _why_not(url: str) -> Optional[str]:
    """Why nobody gives the URL; None if somebody does."""
    import urllib.error
    import urllib.request
    from http.client import HTTPException

    from trainshed.client.url_opening import opener_for, without_login
    from trainshed.contract.version import VERSION

    address, login = without_login(url)
    request = urllib.request.Request(address, headers={"User-Agent": "trainshed/" + VERSION})
    if login:
        request.add_unredirected_header("Authorization", login)
    try:
        opener_for(os.environ).open(request, timeout=_ASK_S).close()
    except urllib.error.HTTPError as error:
        error.close()
        return "the server answers %d %s" % (error.code, error.reason)
    except (urllib.error.URLError, HTTPException, OSError, ValueError) as error:
        return str(getattr(error, "reason", None) or error) or type(error).__name__
    return None
