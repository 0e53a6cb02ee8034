"""v1's ``config.json``: found where v1 found it, read in both its forms, written in the second."""

from __future__ import annotations

import os
import re
from typing import Any, Dict, Optional

from trainshed.contract.errors import BadValue
from trainshed.contract.tuples import NamedTuple

_FOLDERS = (".azureml", "aml_config", "")
_FILES = ("config.json", "project.json")
_KEYS = ("subscription_id", "resource_group", "workspace_name")
# Not compiled here: most processes that import this read no file of this form.
_SCOPE = (
    r"(?i:/subscriptions/([^/]+)/resourceGroups/([^/]+)/providers/[^/]+/workspaces/([^/]+)"
    r"(?:/(?:projects|experiments)/([^/]+))?/?)"
)
_SCOPE_FORM = "/subscriptions/%s/resourceGroups/%s/providers/Microsoft.MachineLearningServices/workspaces/%s"
_OUR_ID = r"[0-9a-f]{24}"


class Named(NamedTuple):
    """What a config.json says. ``server``: a team server's URL, beyond v1. ``path``: the file. ``experiment``: in a
    project.json of old.
    """

    subscription_id: str
    resource_group: str
    workspace_name: str
    server: Optional[str] = None
    path: str = ""
    experiment: Optional[str] = None


def find(path: Optional[str], file_name: Optional[str]) -> Optional[str]:
    """The config file that counts.

    Args:
        path: a file, or a folder from which to look upwards; None: the current folder.
        file_name: looked for instead of ``config.json`` and ``project.json``.

    Returns:
        Its path; None if neither argument is given, and there is none in the current folder, nor in any above it.

    Raises:
        BadValue: what was asked for does not exist.
    """
    _check_texts("from_config", path, file_name)
    start = os.path.abspath(os.path.expanduser(os.fspath(path) if path is not None else os.getcwd()))
    if os.path.isfile(start):
        return start
    if not os.path.isdir(start):
        why = "there is no such file or folder. Call from_config() without a path to look in the current folder."
        raise BadValue(what="Workspace configuration %r" % start, why=why)
    for folder in _FOLDERS:
        for name in (file_name,) if file_name else _FILES:
            found = _upwards(start, os.path.join(folder, name))
            if found is not None:
                return found
    if path is None and not file_name:
        return None
    looked_for = file_name or " or ".join(_FILES)
    raise BadValue(
        what="Workspace configuration %s" % looked_for,
        why="there is no such file in %s or in a folder above it (nor in %s or %s there). ws.write_config() writes "
        "one; from_config() without arguments takes the default workspace where there is none."
        % (start, *_FOLDERS[:2]),
    )


def _upwards(start: str, name: str) -> Optional[str]:
    folder = start
    while True:
        if os.path.isfile(os.path.join(folder, name)):
            return os.path.join(folder, name)
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent


def read(path: str) -> Named:
    """What the file says.

    Raises:
        BadValue: it cannot be read, is no JSON object, or lacks a key.
    """
    import json

    what = "Workspace configuration %s" % path
    try:
        with open(path, encoding="utf-8-sig") as file:
            data = json.load(file)
    except (OSError, ValueError) as error:
        raise BadValue(what=what, why="it cannot be read: %s" % error) from error
    if not isinstance(data, dict):
        raise BadValue(what=what, why="it must hold a JSON object with the keys %s." % ", ".join(_KEYS))
    names = _names(data)
    if names is None:
        missing = ", ".join(key for key in _KEYS if not data.get(key))
        raise BadValue(what=what, why="missing: %s. Either all of these, or 'Scope', must be there." % missing)
    server = data.get("server")
    scope = re.fullmatch(_SCOPE, str(data.get("Scope") or ""))
    experiment = None if scope is None else scope.group(4)
    return Named(*names, server=str(server) if server else None, path=path, experiment=experiment)


def _names(data: Dict[str, Any]) -> Optional[tuple[str, str, str]]:
    scope = re.fullmatch(_SCOPE, str(data.get("Scope") or ""))
    if scope is not None:
        return scope.group(1), scope.group(2), scope.group(3)
    values = [str(data.get(key) or "") for key in _KEYS]
    return (values[0], values[1], values[2]) if all(values) else None


def write(folder: str, file_name: str, names: Named, workspace_id: str) -> str:
    """Write ``<folder>/.azureml/<file_name>``, or ``<folder>/<file_name>`` if ``folder`` is such a folder itself.

    A file that names this workspace already stays as it is.

    Raises:
        BadValue: a file of that name is there and was not written by us; ``folder`` is a file; it can't be written.
    """
    _check_texts("write_config", folder, file_name)
    if os.path.isfile(folder):
        why = "give the folder under which .azureml/%s is written" % file_name
        raise BadValue(what="write_config, path %r" % (folder,), why=why)
    # v1's own samples give `path='.azureml'` and look for the file right there.
    inside = os.path.basename(os.path.normpath(folder)) in _FOLDERS
    path = os.path.join(folder, file_name) if inside else os.path.join(folder, ".azureml", file_name)
    if os.path.exists(path) and _keeps(path, names):
        return path
    scope = _SCOPE_FORM % (names.subscription_id, names.resource_group, names.workspace_name)
    data = {"Id": workspace_id, "Scope": scope}
    if names.server:
        data["server"] = names.server
    try:
        _put(path, data)
    except OSError as error:
        raise BadValue(what="Workspace configuration %s" % path, why="it cannot be written: %s" % error) from error
    return path


def _check_texts(where: str, path: Any, file_name: Any) -> None:
    if path is not None and not isinstance(path, (str, os.PathLike)):
        raise BadValue(what="%s, path %r" % (where, path), why="give the path of a folder, a text")
    if file_name is not None and not (isinstance(file_name, str) and os.path.basename(file_name) == file_name != ""):
        raise BadValue(what="%s, file_name %r" % (where, file_name), why="give a plain name such as 'config.json'")


def _put(path: str, data: Dict[str, Any]) -> None:
    import json

    os.makedirs(os.path.dirname(path), exist_ok=True)
    partial = "%s.%d.part" % (path, os.getpid())
    with open(partial, "w", encoding="utf-8") as file:
        json.dump(data, file)
    os.replace(partial, path)


def _keeps(path: str, names: Named) -> bool:
    """True: the file says what would be written. False: it is ours and may be replaced."""
    import json

    try:
        if read(path)[:3] == names[:3]:
            return True
        with open(path, encoding="utf-8-sig") as file:
            if re.fullmatch(_OUR_ID, str(json.load(file).get("Id"))):
                return False
    except BadValue:
        pass
    raise BadValue(
        what=path, why="it names another workspace and is not overwritten. Move it away, or give another path."
    )
