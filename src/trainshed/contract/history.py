"""What is asked about experiments and workspaces besides making them."""

from __future__ import annotations

from datetime import datetime
from typing import Mapping, Optional, Tuple

from trainshed.contract.frozen import dataclass, field

#: Which experiments a list names: v1's ``ViewType``.
ACTIVE_ONLY, ARCHIVED_ONLY, ALL = "ActiveOnly", "ArchivedOnly", "All"


@dataclass(frozen=True)
class WorkspaceNotes:
    """What people say about a workspace; answer of ``GET /workspaces/{ws}/notes``."""

    friendly_name: Optional[str] = None
    description: Optional[str] = None
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class WorkspacePatch:
    """Body of ``PATCH /workspaces/{ws}/notes``. What is None stays as it is; ``tags`` replace all tags."""

    friendly_name: Optional[str] = None
    description: Optional[str] = None
    tags: Optional[Mapping[str, str]] = None


@dataclass(frozen=True)
class ExperimentView:
    """An experiment, as the paths under ``/experiments`` give it. ``archived_at`` None: it is active."""

    name: str
    created_at: datetime
    run_count: int = 0
    archived_at: Optional[datetime] = None
    tags: Mapping[str, Optional[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class ExperimentPatch:
    """Body of ``PATCH /experiments/{name}``. What is None stays as it is; ``new_name`` renames it and its runs."""

    archived: Optional[bool] = None
    new_name: Optional[str] = None
    set_tags: Mapping[str, Optional[str]] = field(default_factory=dict)
    remove_tags: Tuple[str, ...] = ()
