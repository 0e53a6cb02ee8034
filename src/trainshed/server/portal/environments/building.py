"""Records of environments become pages: pure functions."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from trainshed.contract.environment_records import EnvironmentRecord
from trainshed.server.portal.addresses import page_of, with_query
from trainshed.server.portal.environments.pages import EnvironmentLine, EnvironmentPage
from trainshed.server.portal.framing import Link

_SHOWN = 6


def environment_line(workspace_id: str, record: EnvironmentRecord) -> EnvironmentLine:
    """An environment as the list shows it."""
    packages = packages_of(record.definition)
    return EnvironmentLine(
        name=record.name,
        version=record.version,
        href=page_of("environments", workspace_id, record.name),
        created_at=record.created_at,
        packages=packages[:_SHOWN],
        more=max(0, len(packages) - _SHOWN),
        labels=record.labels,
    )


def environment_page(
    workspace_id: str, record: EnvironmentRecord, versions: Sequence[EnvironmentRecord]
) -> EnvironmentPage:
    """The page of a version; ``versions`` of its name, newest first."""
    path = page_of("environments", workspace_id, record.name)
    return EnvironmentPage(
        title=f"{record.name}:{record.version}",
        name=record.name,
        version=record.version,
        created_at=record.created_at,
        labels=record.labels,
        packages=packages_of(record.definition),
        definition=json.dumps(record.definition, indent=2, ensure_ascii=False, sort_keys=True),
        versions=tuple(
            Link(str(one.version), with_query(path, [("version", str(one.version))]), one.version == record.version)
            for one in versions
        ),
        list_href=with_query("/environments", [("workspace", workspace_id)]),
        code=f"Environment.get(ws, {record.name!r}, version='{record.version}')",
    )


def packages_of(definition: Mapping[str, Any]) -> tuple[str, ...]:
    """What v1's serialised definition asks for: conda's packages, then pip's; the interpreter, where it is the user's.

    A definition is the user's words: one that has another form asks for nothing that we could show.
    """
    python = definition.get("python")
    if not isinstance(python, Mapping):
        return ()
    if python.get("userManagedDependencies") and python.get("interpreterPath"):
        return (str(python["interpreterPath"]),)
    conda = python.get("condaDependencies")
    asked = conda.get("dependencies") if isinstance(conda, Mapping) else None
    found: list[str] = []
    for item in asked if isinstance(asked, list) else ():
        pip = item.get("pip") if isinstance(item, Mapping) else None
        found += [str(one) for one in pip] if isinstance(pip, list) else [str(item)]
    return tuple(found)
