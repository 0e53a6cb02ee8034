"""A run's metrics, as v1's ``get_metrics`` gives them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, List, Optional

from trainshed.sdk.metrics.shapes import v1_metrics

if TYPE_CHECKING:
    from trainshed.client.api import Api

#: How long a reader waits for the points that its own process has logged, in seconds.
OWN_POINTS_S = 10.0
_LONG_S = 600.0


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
    from urllib.parse import quote

    # Not through records: millions of points would become objects twice.
    path = "/workspaces/%s/runs/%s/metrics" % (quote(workspace_id, safe=""), quote(run_id, safe=""))
    query = {"name": name, "recursive": True if recursive else None, "type": run_type, "packed": True}
    answer = api.client.request("GET", path, query=query, timeout_s=_LONG_S).json()
    by_run = {one["run_id"]: v1_metrics([_unpacked(series) for series in one["series"]]) for one in answer["runs"]}
    return by_run if recursive else by_run.get(run_id, {})


def _unpacked(series: Dict[str, Any]) -> Dict[str, Any]:
    """``packed``: base64 of float64, little-endian, in place of ``values``."""
    if series.get("packed"):
        series["values"] = _floats(series["packed"])
    return series


def _floats(packed: str) -> List[float]:
    import sys
    from array import array
    from binascii import a2b_base64

    numbers = array("d", a2b_base64(packed))
    if sys.byteorder != "little":
        numbers.byteswap()
    return numbers.tolist()
