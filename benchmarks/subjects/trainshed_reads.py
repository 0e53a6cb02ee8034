"""Lists, charts, histories and logs of a full home, as the portal, the REST interface and the SDK give them."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any, Dict
from urllib.parse import quote, urlencode

import filling
from reading_matter import NEEDLE
from serve import serve
from timed import Asking, ms

from azureml.core import Experiment, Run, Workspace
from trainshed.contract.wire import format_time, now

_LOG = {"file": "azureml-logs/70_driver_log.txt"}
_WIDTH = 1000
known: Dict[str, Any] = {}


def prepare(runs: int, points: Dict[str, int], log_bytes: int) -> Dict[str, float]:
    """Fill the home that the server left; the next request brings the server back."""
    home = Path(os.environ["TRAINSHED_HOME"])
    workspace = Workspace.from_config()
    command = [str(Path(sys.executable).parent / "trainshed"), "server", "stop"]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    filled = ms(lambda: filling.fill(home, workspace._workspace_id, runs, points, log_bytes))
    api = workspace._api
    page = api.list_runs(workspace._workspace_id, limit=1)
    known.update(workspace=workspace, api=api, newest=page.runs[0].id, points=points, log_bytes=log_bytes, runs=runs)
    token = (home / "token").read_text().strip()
    known["rest"] = Asking(str(home / "server.sock"), {"Authorization": f"Bearer {token}"})
    known["portal"] = _logged_in(api.link("/"))
    known["series"] = {run_id: _series(workspace._workspace_id, run_id) for run_id in points}
    return {"filled": filled}


def _logged_in(link: str) -> Asking:
    """The portal as a browser sees it that has opened the link."""
    address, _, path = link.removeprefix("http://").partition("/")
    connection = http.client.HTTPConnection(address, timeout=60)
    connection.request("GET", "/" + path)
    response = connection.getresponse()
    response.read()
    cookie = (response.headers["set-cookie"] or "").split(";")[0]
    connection.close()
    return Asking(address, {"Cookie": cookie, "Accept": "text/html"})


def _series(workspace_id: str, run_id: str) -> int:
    page = json.loads(known["portal"].answer(f"/runs/{workspace_id}/{run_id}/metrics.json"))
    return int(_found(page, "series"))


def _found(page: Any, key: str) -> Any:
    """The first number of that name, wherever the page has it."""
    if isinstance(page, dict):
        if isinstance(page.get(key), int):
            return page[key]
        page = list(page.values())
    if isinstance(page, list):
        return next((found for item in page if (found := _found(item, key)) is not None), None)
    return None


def lists(seconds: float) -> Dict[str, float]:
    """The newest 100, and those that filters leave."""
    rest: Asking = known["rest"]
    workspace_id = known["workspace"]._workspace_id
    base = f"/api/v1/workspaces/{workspace_id}/runs"
    age = timedelta(seconds=86 * known["runs"])

    def listed(**query: str) -> float:
        return rest.ms(f"{base}?{urlencode({'limit': 100, **query})}")

    return {
        "newest": listed(),
        "status": listed(status="Failed"),
        "experiment": listed(experiment="experiment-07"),
        "tag": listed(tag="model=m42"),
        "target": listed(target="gpu-cluster"),
        "time": listed(created_before=format_time(now() - age * 0.9)),
        "all_at_once": listed(
            status="Failed",
            experiment="experiment-07",
            target="gpu-cluster",
            created_before=format_time(now() - age / 2),
        ),
        "page": known["portal"].ms("/runs"),
        "rate": rest.rate(f"{base}/{quote(known['newest'])}", seconds),
    }


def charts() -> Dict[str, float]:
    """Whole courses and a hundredth of them, and a whole history."""
    values = {}
    for run_id, count in known["points"].items():
        values["chart_" + run_id] = _chart(run_id, 0, count)
        values["zoom_" + run_id] = _chart(run_id, count // 2, count // 2 + count // 100)
    run = Run(Experiment(known["workspace"], "long"), "m1")
    found: Dict[str, Any] = {}
    values["history"] = ms(lambda: found.update(run.get_metrics()))
    if len(found["loss"]) != known["points"]["m1"]:
        raise ValueError(f"{len(found['loss'])} points came back")
    return values


def _chart(run_id: str, first: int, last: int) -> float:
    query = f"series={known['series'][run_id]},{first},{last}&width={_WIDTH}"
    answer: float = known["portal"].ms(f"/runs/{known['workspace']._workspace_id}/{run_id}/chart.json?{query}")
    return answer


def logs() -> Dict[str, float]:
    """The log's page at its end, in its middle, and with what was searched in all of it."""
    portal: Asking = known["portal"]
    page = f"/runs/{known['workspace']._workspace_id}/log/logs?"
    return {  # the search comes last: the connection is fresh then
        "tail": portal.ms(page + urlencode(_LOG)),
        "middle": portal.ms(page + urlencode({**_LOG, "at": known["log_bytes"] // 2})),
        "search": ms(lambda: _search(portal, page + urlencode({**_LOG, "find": NEEDLE.decode()}))),
    }


def _search(portal: Asking, page: str) -> None:
    """Until the needle is found. One answer searches for 3 s at most, then tells where the next one goes on."""
    while page:
        found = json.loads(portal.answer(page.replace("/logs?", "/logs.json?")))["search"]
        if found["hits"]:
            return
        page = found["more"]
    raise ValueError("the search did not find it")


if __name__ == "__main__":
    serve({"prepare": prepare, "lists": lists, "charts": charts, "logs": logs})
