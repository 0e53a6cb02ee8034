"""``environments.json`` in the home: a day that all is resolved as of, and environments that are replaced by others.

::

    {
      "as_of": "2020-08-27",
      "workspaces": {"old-project": {"as_of": "2020-08-27"}},
      "environments": {
        "tf-env": {"as_of": "2021-01-01"},
        "sklearn-mnist": {"use": "/home/me/venv/bin/python"},
        "AzureML-Tutorial": {"use": "my-registered-environment:2"}
      },
      "estimators": {"SKLearn": {"use": "/home/me/venv/bin/python"}}
    }

``use`` is the path of an interpreter, or the name of a registered or curated environment, with its version behind a
colon if need be; an environment ``*`` stands for every one. People write the file; ``TRAINSHED_AS_OF`` and
``TRAINSHED_OVERRIDES`` say the same for one shell.
"""

from __future__ import annotations

import json
import os
import re
from typing import Any, Dict, Mapping, Optional, Tuple

from trainshed.contract.errors import BadValue
from trainshed.contract.frozen import dataclass, field
from trainshed.contract.layout import HomeLayout, default_home
from trainshed.contract.variables import AS_OF

#: ``NAME=USE``, several separated by ``;``: names of environments and of estimator classes, or ``*``.
OVERRIDES = "TRAINSHED_OVERRIDES"
_EVERY = "*"
_SECTIONS = ("as_of", "workspaces", "environments", "estimators")
_DAY = r"(\d{4})-(\d{2})-(\d{2})"


@dataclass(frozen=True)
class EnvironmentSettings:
    """What ``environments.json`` and the variables say; ``file`` is its path, for messages."""

    file: str
    as_of: Optional[str] = None
    workspaces: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    environments: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    estimators: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    shell_as_of: Optional[str] = None
    shell_use: Mapping[str, str] = field(default_factory=dict)

    def day_for(self, environment: str, workspace: str) -> Optional[str]:
        """The day to resolve as of; the shell's first, then the environment's, the workspace's, the home's."""
        return (
            self.shell_as_of
            or self.environments.get(environment, {}).get("as_of")
            or self.workspaces.get(workspace, {}).get("as_of")
            or self.as_of
        )

    def use_for(self, environment: str, estimator: str) -> Optional[str]:
        """What replaces an environment, by its name or the class of the estimator that made it."""
        return (
            self.shell_use.get(environment)
            or self.shell_use.get(estimator)
            or self.shell_use.get(_EVERY)
            or self.environments.get(environment, {}).get("use")
            or self.estimators.get(estimator, {}).get("use")
            or self.environments.get(_EVERY, {}).get("use")
        )


def settings_file() -> str:
    """The path of the file that people write."""
    return str(HomeLayout(default_home()).environment_settings)


def read() -> EnvironmentSettings:
    """The settings as they are now.

    Raises:
        BadValue: the file is no JSON of that form, or a day is none; says which entry.
    """
    file = settings_file()
    found = _read_file(file)
    as_of = check_day(found.get("as_of"), "as_of in %s" % file)
    sections = {name: _entries(file, name, found.get(name, {})) for name in _SECTIONS[1:]}
    shell = check_day(os.environ.get(AS_OF) or None, AS_OF)
    return EnvironmentSettings(file, as_of, **sections, shell_as_of=shell, shell_use=_shell_use())


def check_day(value: Any, what: str) -> Optional[str]:
    """A day such as ``2020-08-27``, or None for None.

    Raises:
        BadValue: it is none; ``what`` names it.
    """
    if value is None:
        return None
    from datetime import date

    found = re.fullmatch(_DAY, str(value).strip())
    try:
        day = date(*(int(part) for part in found.groups())) if found else None
    except ValueError:
        day = None
    if day is None:
        raise BadValue(what="%s %r" % (what, value), why="give a day such as '2020-08-27'")
    return day.isoformat()


def _read_file(file: str) -> Dict[str, Any]:
    try:
        with open(file, encoding="utf-8") as reading:
            found = json.load(reading)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise BadValue(what="The settings %s" % file, why="they cannot be read: %s" % error) from error
    unknown = [key for key in found if key not in _SECTIONS] if isinstance(found, dict) else ["the whole"]
    if unknown:
        raise BadValue(what="The settings %s" % file, why="%s is not one of %s" % (unknown[0], ", ".join(_SECTIONS)))
    return dict(found)


def _entries(file: str, section: str, entries: Any) -> Dict[str, Mapping[str, str]]:
    made: Dict[str, Mapping[str, str]] = {}
    for name, entry in entries.items() if isinstance(entries, dict) else [("the whole", None)]:
        what = "%r of %r in the settings %s" % (name, section, file)
        allowed = ("as_of",) if section == "workspaces" else ("as_of", "use") if section == "environments" else ("use",)
        if not isinstance(entry, dict) or not set(entry) <= set(allowed):
            raise BadValue(what=what, why="write {%s}" % ", ".join('"%s": ...' % key for key in allowed))
        if "as_of" in entry:
            entry = {**entry, "as_of": check_day(entry["as_of"], "as_of of " + what)}
        if not all(isinstance(value, str) and value for value in entry.values()):
            raise BadValue(what=what, why="its values are texts")
        made[name] = entry
    return made


def _shell_use() -> Dict[str, str]:
    made: Dict[str, str] = {}
    for pair in os.environ.get(OVERRIDES, "").split(";"):
        name, equals, use = pair.partition("=")
        if pair.strip() and not (equals and name.strip() and use.strip()):
            raise BadValue(what="%s %r" % (OVERRIDES, pair), why="write NAME=INTERPRETER or NAME=ENVIRONMENT")
        if pair.strip():
            made[name.strip()] = use.strip()
    return made


def is_interpreter(use: str) -> bool:
    """Whether a ``use`` is the path of an interpreter, not the name of an environment."""
    return os.sep in use or "/" in use or use.startswith("~")


def name_and_version(use: str) -> Tuple[str, Optional[str]]:
    """``name:2`` -> ``name``, ``2``."""
    name, _, version = use.partition(":")
    return name, version or None
