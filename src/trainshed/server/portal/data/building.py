"""Records of data become pages: pure functions."""

from __future__ import annotations

from collections.abc import Sequence

from trainshed.contract.data_records import DatasetRecord, DatasetUse, DatastoreRecord
from trainshed.contract.spec import DataPath, DataStep
from trainshed.server.portal.addresses import page_of, with_query
from trainshed.server.portal.data.pages import DatasetLine, DatasetPage, StoreLine, UseLine
from trainshed.server.portal.framing import Link


def dataset_line(workspace_id: str, record: DatasetRecord) -> DatasetLine:
    """A version as the list shows it."""
    return DatasetLine(
        name=record.name or "",
        version=record.version or 0,
        href=page_of("datasets", workspace_id, record.id),
        created_at=record.created_at,
        kind=record.definition.kind,
        paths=tuple(map(path_text, record.definition.paths)),
        tags=tuple(record.tags.items()),
        description=record.description or "",
    )


def store_line(record: DatastoreRecord) -> StoreLine:
    """A datastore as the list shows it."""
    return StoreLine(record.name, record.type, record.folder or "", record.settings, record.is_default)


def dataset_page(
    workspace_id: str, record: DatasetRecord, versions: Sequence[DatasetRecord], uses: Sequence[DatasetUse]
) -> DatasetPage:
    """The page of a dataset; ``versions`` of its name, newest first; ``uses``, newest first."""
    by_name = f"Dataset.get_by_name(ws, {record.name!r}, version={record.version})"
    return DatasetPage(
        title=f"{record.name}:{record.version}" if record.name else record.id,
        id=record.id,
        name=record.name or "",
        version=record.version or 0,
        description=record.description or "",
        created_at=record.created_at,
        kind=record.definition.kind,
        paths=tuple(map(path_text, record.definition.paths)),
        steps=tuple(map(step_text, record.definition.steps)),
        tags=tuple(record.tags.items()),
        versions=tuple(
            Link(str(one.version), page_of("datasets", workspace_id, one.id), one.id == record.id) for one in versions
        ),
        uses=tuple(
            UseLine(use.run_id, page_of("runs", workspace_id, use.run_id), use.status.value, use.name, use.mode)
            for use in uses
        ),
        list_href=with_query("/datasets", [("workspace", workspace_id)]),
        code=by_name if record.name else f"Dataset.get_by_id(ws, {record.id!r})",
    )


def path_text(path: DataPath) -> str:
    """Where data comes from. What follows a URL's ``?`` may be a key, and is not shown."""
    if path.kind == "url":
        address, mark, _ = path.root.partition("?")
        return address + (mark and "?\N{HORIZONTAL ELLIPSIS}")
    return f"{path.datastore}: /{path.pattern}" if path.datastore else "/".join(filter(None, [path.root, path.pattern]))


def step_text(step: DataStep) -> str:
    """``take 100``; ``sample 0.2 to 0.5, seed 1``."""
    if step.kind == "sample":
        return f"sample {step.low:g} to {step.high:g}, seed {step.seed}"
    return f"{step.kind} {step.count:,}" if step.count else step.kind
