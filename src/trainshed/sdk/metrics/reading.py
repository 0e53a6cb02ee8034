"""A run's metrics, as v1's ``get_metrics`` gives them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, Optional

from trainshed.sdk.metrics.shapes import v1_metrics

if TYPE_CHECKING:
    from trainshed.client.api import Api

#: How long a reader waits for the points that its own process has logged, in seconds.
OWN_POINTS_S = 10.0


def of_run(
    api: Api,
    workspace_id: str,
    run_id: str,
    *,
    name: Optional[str] = None,
    recursive: bool = False,
    run_type: Optional[str] = None,
) -> Dict[str, Any]:
    """Metrics by name; with ``recursive``, dicts of them by run id. One request."""
    from trainshed.contract.columns import unpack

    # Not through records: millions of points would become objects twice.
    body = api.metric_columns(workspace_id, run_id, name=name, recursive=recursive, type=run_type)
    by_run = {found: v1_metrics(columns) for found, columns in unpack(body)}
    return by_run if recursive else by_run.get(run_id, {})
