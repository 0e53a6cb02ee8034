"""What a run's page lets people change: its tags; and its end, by cancel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from trainshed.contract.api import CancelAsk, RunPatch
from trainshed.contract.errors import BadValue
from trainshed.server.services.callers import THE_USER

if TYPE_CHECKING:
    from trainshed.server.services import Services

LONGEST_NAME, LONGEST_VALUE = 255, 4096


def tag_patch(form: Mapping[str, str]) -> RunPatch:
    """What a form about a tag asks for: ``name`` and ``value`` to set, ``remove`` (a name) to remove; with ``old`` the
    tag of that name is replaced.

    Raises:
        BadValue: there is no name, or it is too long.
    """
    if "remove" in form:
        return RunPatch(remove_tags=(form["remove"],))
    name, value, old = form.get("name", "").strip(), form.get("value", ""), form.get("old", "")
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise BadValue(what=f"tag {name!r}", why=f"a tag's name has 1 to {LONGEST_NAME} characters on one line")
    if len(value) > LONGEST_VALUE:
        raise BadValue(what=f"tag {name!r}", why=f"its value is longer than {LONGEST_VALUE} characters")
    gone = (old,) if old and old != name else ()
    return RunPatch(set_tags={name: value}, remove_tags=gone)


async def change_tags(services: Services, workspace_id: str, run_id: str, form: Mapping[str, str]) -> None:
    """Carry out what a form about a tag asks for; RunNotFound, BadValue."""
    await services.runs.patch(workspace_id, run_id, tag_patch(form))


async def cancel(services: Services, workspace_id: str, run_id: str, form: Mapping[str, str]) -> None:
    """Record that the user wants the run stopped; RunNotFound."""
    reason = form.get("reason", "").strip()[:LONGEST_VALUE]
    await services.runs.cancel(workspace_id, run_id, CancelAsk(reason=reason), THE_USER)
