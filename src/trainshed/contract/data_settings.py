"""``data.json`` in the home: folders on this machine that stand in for datastores and URLs.

::

    {
      "datastores": {"my_container": "/data/container", "workspaceblobstore": "/big/disk/blobs"},
      "urls": {"https://azureopendatastorage.blob.core.windows.net/mnist/": "/data/mnist"}
    }

A datastore named there has its files in that folder, whatever it was registered as. A URL that begins with one of the
prefixes is read from that folder instead of being fetched; the longest prefix decides. Folders may begin with ``~``.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Tuple
from urllib.parse import unquote, urlsplit

from trainshed.contract.errors import BadValue
from trainshed.contract.frozen import dataclass, field

_SECTIONS = ("datastores", "urls")


@dataclass(frozen=True)
class DataSettings:
    """What ``data.json`` says; ``file`` is its path, for messages."""

    file: str
    datastores: Mapping[str, str] = field(default_factory=dict)
    urls: Mapping[str, str] = field(default_factory=dict)

    def folder_of(self, datastore: str) -> Optional[str]:
        """The folder that stands in for a datastore, absolute; None where the settings name none."""
        return self.datastores.get(datastore)

    def file_of(self, url: str) -> Optional[str]:
        """The file that stands in for a URL, absolute, whether it exists or not; None where no prefix fits."""
        fitting = [prefix for prefix in self.urls if url.startswith(prefix)]
        if not fitting:
            return None
        prefix = max(fitting, key=len)
        rest = url[len(prefix) :].split("?", 1)[0].split("#", 1)[0]
        parts = [unquote(part) for part in rest.split("/")]
        kept = [part for part in parts if part not in ("", ".", "..") and "/" not in part and "\0" not in part]
        return os.path.join(self.urls[prefix], *kept)


def read(file: Path) -> DataSettings:
    """Read the settings; none where there is no file.

    Raises:
        BadValue: it is no JSON of that form; says which entry.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return DataSettings(str(file))
    except (OSError, UnicodeDecodeError) as error:
        raise BadValue(what="The data settings %s" % file, why=str(error)) from error
    try:
        found = json.loads(text)
    except ValueError as error:
        raise BadValue(what="The data settings %s" % file, why="no JSON: %s" % error) from error
    if not isinstance(found, dict):
        raise BadValue(what="The data settings %s" % file, why='write {"datastores": {...}, "urls": {...}}')
    for key in found:
        if key not in _SECTIONS:
            raise BadValue(what="The data settings %s" % file, why="%r is not one of %s" % (key, ", ".join(_SECTIONS)))
    return DataSettings(str(file), *(_folders(file, name, found.get(name, {})) for name in _SECTIONS))


def _folders(file: Path, section: str, entries: Any) -> Dict[str, str]:
    if not isinstance(entries, dict):
        raise BadValue(what="%r in the data settings %s" % (section, file), why="write names and folders in {...}")
    made: Dict[str, str] = {}
    for name, folder in entries.items():
        path = os.path.expanduser(folder) if isinstance(folder, str) else ""
        if not os.path.isabs(path):
            what = "%r of %r in the data settings %s" % (name, section, file)
            raise BadValue(what=what, why="%r is not the absolute path of a folder" % (folder,))
        made[name] = path
    return made


def line_for_datastore(file: str, name: str, folder: str = "/path/to/the/files") -> str:
    """What to write, where, so that a folder stands in for a datastore."""
    return 'Name a folder that holds its files in %s: {"datastores": {%s: %s}}' % (
        file,
        json.dumps(name),
        json.dumps(folder),
    )


def line_for_url(file: str, url: str, folder: str = "/path/to/the/files") -> str:
    """What to write, where, so that a folder stands in for the folder that a URL lies in."""
    return 'Name a folder that holds the files in %s: {"urls": {%s: %s}}' % (
        file,
        json.dumps(url.split("?", 1)[0].rsplit("/", 1)[0] + "/"),
        json.dumps(folder),
    )


def cache_segments(url: str) -> Tuple[str, ...]:
    """The folders and the name under which a URL's file is kept, below ``cache/urls/``."""
    import hashlib

    parts = urlsplit(url)
    host = parts.netloc.rsplit("@", 1)[-1].lower().replace(":", "_") or "_"
    path: List[str] = [_name(part) for part in parts.path.split("/") if part not in ("", ".", "..")] or ["index"]
    if parts.query:
        path[-1] += "@" + hashlib.sha256(parts.query.encode("utf-8", "surrogateescape")).hexdigest()[:12]
    return (parts.scheme.lower() or "_", host, *path)


def _name(segment: str) -> str:
    """A URL's segment as a file name: no separator, not a name with a meaning of its own, not too long."""
    import hashlib

    name = "".join("_" if char in '/\\\0:*?"<>|' else char for char in unquote(segment))
    if name in (".", ".."):
        return "_"
    if len(name.encode("utf-8", "surrogatepass")) > 200:
        return name[:40] + "@" + hashlib.sha256(segment.encode("utf-8", "surrogateescape")).hexdigest()[:12]
    return name
