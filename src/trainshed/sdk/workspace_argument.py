"""A workspace that somebody gives: told apart from what only looks like one, before it is used."""

from __future__ import annotations

from typing import Any

from trainshed.contract.errors import BadValue


def check_workspace(workspace: Any, where: str) -> None:
    """No request.

    Args:
        workspace: what was given.
        where: the call, such as ``Environment.get``.

    Raises:
        BadValue: it is no Workspace.
    """
    from trainshed.sdk.workspace import Workspace

    if not isinstance(workspace, Workspace):
        why = "give a Workspace, such as Workspace.from_config()"
        raise BadValue(what="%s, workspace %r" % (where, workspace), why=why)
