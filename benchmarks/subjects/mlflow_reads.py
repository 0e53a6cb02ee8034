"""Lists, a chart and a history of MLflow's server. Its runs are made by its client; the points of the long run are put
into its tables, as its API would take minutes for them.
"""

from __future__ import annotations

import json
import random
import sqlite3
from typing import Any, Dict, List
from urllib.parse import urlencode

import mlflow
from mlflow.entities import RunTag
from reading_matter import EXPERIMENTS, OWNERS, STATUSES, loss_of
from serve import serve
from timed import Asking, ms

_API = "/api/2.0/mlflow"
_STATUS = {"Completed": "FINISHED", "Failed": "FAILED", "Canceled": "KILLED"}
#: The points that its charts get at most.
_POINTS_OF_A_CHART = 320
known: Dict[str, Any] = {}


def prepare(address: str, database: str, runs: int, points: int, history: int) -> Dict[str, float]:
    """``runs`` runs; one more with ``points`` points of ``loss``, and ``history`` of ``short``."""
    client = mlflow.MlflowClient(f"http://{address}")
    chance = random.Random(1)
    ids = [client.create_experiment(name) for name in EXPERIMENTS]
    made: List[str] = []
    for number in range(runs):
        tags = {"owner": chance.choice(OWNERS), "model": f"m{number % 100}"}
        run = client.create_run(chance.choice(ids), start_time=1_700_000_000_000 + 86_000 * number, tags=tags)
        status = chance.choices(list(STATUSES), list(STATUSES.values()))[0]
        client.set_terminated(run.info.run_id, _STATUS[status])
        made.append(run.info.run_id)
    long = client.create_run(ids[0], start_time=1, tags={"long": "yes"}).info.run_id
    client.log_batch(long, tags=[RunTag("kept", "yes")])
    _put_points(database, long, "loss", points)
    _put_points(database, long, "short", history)
    known.update(client=client, long=long, newest=made[-1], ids=ids, history=history, runs=runs, points=points)
    known["rest"] = Asking(address, {"Content-Type": "application/json"})
    return {}


def _put_points(database: str, run_id: str, key: str, count: int) -> None:
    connection = sqlite3.connect(database, timeout=60)
    rows = ((key, loss_of(n, count), 1_700_000_000_000 + 10 * n, n, False, run_id) for n in range(count))
    with connection:
        connection.executemany(
            "INSERT INTO metrics (key, value, timestamp, step, is_nan, run_uuid) VALUES (?, ?, ?, ?, ?, ?)", rows
        )
        last = (key, loss_of(count - 1, count), 1_700_000_000_000 + 10 * count, count - 1, False, run_id)
        connection.execute(
            "INSERT INTO latest_metrics (key, value, timestamp, step, is_nan, run_uuid) VALUES (?, ?, ?, ?, ?, ?)", last
        )
    connection.close()


def lists(seconds: float) -> Dict[str, float]:
    """``runs/search``: the newest 100, and those that filters leave."""
    rest: Asking = known["rest"]

    def listed(words: str = "", ids: Any = None) -> float:
        ask = {"experiment_ids": ids or known["ids"], "max_results": 100, "filter": words}
        return rest.ms(f"{_API}/runs/search", json.dumps(ask).encode())

    early = 1_700_000_000_000 + 8_600 * known["runs"]
    return {
        "newest": listed(),
        "status": listed("attributes.status = 'FAILED'"),
        "experiment": listed(ids=[known["ids"][7]]),
        "tag": listed("tags.model = 'm42'"),
        "time": listed(f"attributes.start_time < {early}"),
        "all_at_once": listed(f"attributes.status = 'FAILED' and attributes.start_time < {early}", [known["ids"][7]]),
        "rate": rest.rate(f"{_API}/runs/get?run_id={known['newest']}", seconds),
    }


def charts() -> Dict[str, float]:
    """What its own page asks for, and a history by its client."""
    values = {"chart_m1": _chart(), "zoom_m1": _chart(known["points"] // 2, known["points"] * 51 // 100)}
    found: List[Any] = []
    values["history"] = ms(lambda: found.extend(known["client"].get_metric_history(known["long"], "short")))
    if len(found) != known["history"]:
        raise ValueError(f"{len(found)} points came back")
    return values


def _chart(first: int = 0, last: int = 0) -> float:
    query: Dict[str, Any] = {"run_ids": known["long"], "metric_key": "loss", "max_results": _POINTS_OF_A_CHART}
    if last:
        query.update(start_step=first, end_step=last)
    answer: float = known["rest"].ms(f"/ajax-api/2.0/mlflow/metrics/get-history-bulk-interval?{urlencode(query)}")
    return answer


if __name__ == "__main__":
    serve({"prepare": prepare, "lists": lists, "charts": charts})
