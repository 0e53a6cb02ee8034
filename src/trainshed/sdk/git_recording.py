"""What git says about a run's folder, recorded with the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trainshed.contract.api import RunPatch
from trainshed.contract.errors import Coded
from trainshed.sdk import git
from trainshed.sdk.notices import warn

if TYPE_CHECKING:
    from trainshed.client.api import Api
    from trainshed.contract.records import RunRecord


def add(api: Api, record: RunRecord, asked: git.Asked) -> RunRecord:
    """Wait for git's answer and add it to a run that is on its way: what fails here is said, and no reason to lose it.

    Requests: one where git says anything, one more with changes that are not committed.
    """
    properties, diff = git.answer(asked)
    try:
        if diff:
            api.put_file(record.workspace_id, record.id, git.DIFF_FILE, diff, replace=True)
        if not properties:
            return record
        return api.patch_run(record.workspace_id, record.id, RunPatch(add_properties=properties))
    except Coded as error:
        warn("Run %s is on its way, but what git says could not be recorded: %s" % (record.id, error.message))
        return record
