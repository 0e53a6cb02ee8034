"""Lists, a chart and a history of MLflow's server. Its client makes the experiments; runs and points are put into its
tables, as its API takes minutes for as many.
"""

from __future__ import annotations

import json
import random
import sqlite3
import uuid
from typing import Any, Dict, List
from urllib.parse import urlencode

import mlflow
from reading_matter import EXPERIMENTS, OWNERS, STATUSES, loss_of
from serve import serve
from timed import Asking, ms

_API = "/api/2.0/mlflow"
_STATUS = {"Completed": "FINISHED", "Failed": "FAILED", "Canceled": "KILLED"}
#: The points that its charts get at most.
_POINTS_OF_A_CHART = 320
_FIRST_MS, _EVERY_MS = 1_700_000_000_000, 86_000
known: Dict[str, Any] = {}


def prepare(address: str, database: str, runs: int, points: int, history: int) -> Dict[str, float]:
    """``runs`` runs and one more, the oldest, with ``points`` points of ``loss``, and ``history`` of ``short``."""
    client = mlflow.MlflowClient(f"http://{address}")
    ids = [client.create_experiment(name) for name in EXPERIMENTS]
    long, newest = uuid.uuid4().hex, uuid.uuid4().hex
    connection = sqlite3.connect(database, timeout=60)
    with connection:
        _put_runs(connection, ids, [long, *(uuid.uuid4().hex for _ in range(runs - 1)), newest])
        _put_points(connection, long, "loss", points)
        _put_points(connection, long, "short", history)
    connection.close()
    known.update(client=client, long=long, newest=newest, ids=ids, history=history, runs=runs, points=points)
    known["rest"] = Asking(address, {"Content-Type": "application/json"})
    return {}


def _put_runs(connection: sqlite3.Connection, experiments: List[str], ids: List[str]) -> None:
    chance = random.Random(1)
    runs, tags = [], []
    for number, run_id in enumerate(ids):
        status = _STATUS[chance.choices(list(STATUSES), list(STATUSES.values()))[0]]
        at = _FIRST_MS + _EVERY_MS * number
        experiment = chance.choice(experiments)
        runs.append(
            (run_id, f"run-{number}", "LOCAL", "", "", "user", status, at, at + 60_000, "active", "/tmp/x", experiment)
        )
        tags += [("owner", chance.choice(OWNERS), run_id), ("model", f"m{number % 100}", run_id)]
    connection.executemany(
        "INSERT INTO runs (run_uuid, name, source_type, source_name, entry_point_name, user_id, status, start_time,"
        " end_time, lifecycle_stage, artifact_uri, experiment_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        runs,
    )
    connection.executemany("INSERT INTO tags (key, value, run_uuid) VALUES (?, ?, ?)", tags)


def _put_points(connection: sqlite3.Connection, run_id: str, key: str, count: int) -> None:
    rows = [(key, loss_of(n, count), _FIRST_MS + 10 * n, n, False, run_id) for n in range(count)]
    insert = "INSERT INTO %s (key, value, timestamp, step, is_nan, run_uuid) VALUES (?, ?, ?, ?, ?, ?)"
    connection.executemany(insert % "metrics", rows)
    connection.execute(insert % "latest_metrics", rows[-1])


def lists(seconds: float) -> Dict[str, float]:
    """``runs/search``: the newest 100, and those that filters leave."""
    rest: Asking = known["rest"]

    def listed(words: str = "", ids: Any = None) -> float:
        ask = {"experiment_ids": ids or known["ids"], "max_results": 100, "filter": words}
        return rest.ms(f"{_API}/runs/search", json.dumps(ask).encode())

    early = _FIRST_MS + _EVERY_MS // 10 * known["runs"]
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
