"""The rights of each kind of token at each path."""

from __future__ import annotations

from typing import Any, Dict, Iterator, Tuple

import pytest

from tests.server.served import Served
from tests.server.test_api import SPEC, begin, make_run
from tests.support.folders import contents_below
from trainshed.contract.layout import HomeLayout
from trainshed.server.api.table import ENDPOINTS

#: docs/architecture.md 11: who may ask. Where it is left to the service, "own" says for whom it goes.
ANYONE = {("GET", "/health")}
AGENTS = {("POST", "/attempts/{attempt}/sync"), ("GET", "/attempts/{attempt}/orders")}
USERS = {("GET", "/workspaces"), ("GET", "/server"), ("POST", "/server/stop"), ("GET", "/usage"), ("POST", "/prune")}
USERS |= {("POST", "/workspaces/{ws}/compute"), ("DELETE", "/workspaces/{ws}/experiments/{name}")}
USERS |= {("DELETE", "/workspaces/{ws}/datasets"), ("DELETE", "/workspaces/{ws}/datastores/{name}")}
USERS |= {("POST", "/workspaces/{ws}/datastores/{name}/default"), ("PATCH", "/workspaces/{ws}/notes")}
USERS |= {(method, "/workspaces/{ws}/compute/{name}") for method in ("PATCH", "DELETE")}
USERS |= {("DELETE", "/workspaces/{ws}/models/{name}/{version}")}
USERS |= {(method, "/workspaces/{ws}/secrets") for method in ("GET", "POST")}
BLOBS = {("POST", "/blobs/have"), ("PUT", "/blobs/{sha256}"), ("HEAD", "/blobs/{sha256}"), ("GET", "/blobs/{sha256}")}
SHARED = {*BLOBS, ("GET", "/workspaces/{ws}/snapshots/{snapshot}"), ("GET", "/openapi.json")}
NOT_RUNS = {("POST", "/blobs/adopt")}
OF_ITS_OWN = {("POST", "/workspaces/{ws}/runs"), ("PATCH", "/workspaces/{ws}/experiments/{name}")}


@pytest.fixture
def served(layout: HomeLayout) -> Iterator[Served]:
    with Served(layout) as served:
        yield served


def who(method: str, path: str) -> set[str]:
    key = (method, path)
    if key in ANYONE:
        return {"user", "run", "agent", "nobody"}
    if key in AGENTS:
        return {"agent"}
    if key in USERS:
        return {"user"}
    if key in SHARED:
        return {"user", "run", "agent"}
    return {"user", "agent"} if key in NOT_RUNS else {"user", "run"}


def test_the_matrix(served: Served) -> None:
    begun = begin(served, make_run(served, spec=SPEC))
    tokens = {"user": served.token, "run": begun.run_token, "agent": begun.agent_token, "nobody": ""}
    names = {
        "{ws}": served.lab.ws, "{id}": begun.run.id, "{attempt}": begun.attempt.id, "{path:path}": "outputs/x",
        "{name}": "s", "{sha256}": "0" * 64, "{snapshot}": "0" * 64,
    }  # fmt: skip
    for endpoint in ENDPOINTS:
        path = endpoint.path
        for name, value in names.items():
            path = path.replace(name, value)
        for kind, token in tokens.items():
            body: Any = {} if endpoint.takes is not None else None
            answer = served.ask(endpoint.method, path, body, token=token)
            allowed = answer.status not in (401, 403)
            label = "%s %s by %s: %d %s" % (endpoint.method, path, kind, answer.status, answer.body[:200])
            if endpoint.path == "/workspaces" and endpoint.method == "POST":
                continue  # the body decides; see test_runs.py
            if (endpoint.method, endpoint.path) in OF_ITS_OWN and kind == "run":
                continue
            assert allowed == (kind in who(endpoint.method, endpoint.path)), label


def test_a_run_changes_its_own_line_only(served: Served) -> None:
    parent = make_run(served)
    begun = begin(served, make_run(served, spec=SPEC, parent_id=parent["id"]))
    other, sibling = make_run(served), make_run(served, parent_id=parent["id"])
    own = begun.run.id

    def ask(method: str, run: str, rest: str = "", body: Any = None) -> int:
        path = served.ws + "/runs/" + run + rest
        return served.ask(method, path, {} if body is None and method != "GET" else body, token=begun.run_token).status

    def submit(parent_id: Any) -> Tuple[int, Dict[str, Any]]:
        body = {"experiment": "exp", "parent_id": parent_id}
        answer = served.ask("POST", served.ws + "/runs", body, token=begun.run_token)
        return answer.status, answer.json

    status, child = submit(own)
    assert status == 201
    status, grandchild = submit(child["id"])
    assert status == 201
    assert [submit(run)[0] for run in (None, sibling["id"], other["id"])] == [403, 403, 403]
    for run in (own, child["id"], grandchild["id"], parent["id"]):  # the last: `run.parent.tag`, `run.parent.log`
        assert ask("PATCH", run) == 200
        assert ask("PUT", run, "/files/outputs/a?replace=1", b"x") == 200
        assert ask("POST", run, "/spool/s", b"") == 200
    for run in (other["id"], sibling["id"]):
        assert ask("GET", run) == 200  # it reads the workspace
        assert ask("PATCH", run) == ask("POST", run, "/ending", {"status": "Failed"}) == 403
        assert ask("PUT", run, "/files/outputs/a", b"x") == ask("POST", run, "/spool/s", b"") == 403
        assert ask("POST", run, "/files", []) == 403
    assert ask("POST", other["id"], "/cancellation") == ask("POST", sibling["id"], "/cancellation") == 403
    assert ask("POST", child["id"], "/cancellation") == 202
    assert ask("POST", parent["id"], "/cancellation") == 202  # `run.parent.cancel()`


def test_other_workspaces_are_closed_to_runs_and_agents(served: Served) -> None:
    ask = {"name": "other", "subscription_id": "s", "resource_group": "g", "create": True}
    other = served.ask("POST", "/workspaces", ask).json["id"]
    begun = begin(served, make_run(served, spec=SPEC))
    for token in (begun.run_token, begun.agent_token):
        for path in ("/runs", "/experiments", "/targets", "/runs/x", "/runs/x/files", "/snapshots/" + "0" * 64):
            assert served.ask("GET", "/workspaces/%s%s" % (other, path), token=token).status == 403
    assert served.ask("POST", "/workspaces", ask, token=begun.run_token).status == 403
    own = {"name": "ws", "subscription_id": "subscription", "resource_group": "group"}
    assert served.ask("POST", "/workspaces", own, token=begun.run_token).json["id"] == served.lab.ws


def test_an_agent_speaks_for_its_own_attempt(served: Served) -> None:
    first = begin(served, make_run(served, spec=SPEC))
    second = begin(served, make_run(served, spec=SPEC))
    path = "/attempts/%s/orders" % first.attempt.id
    assert served.ask("GET", path, token=first.agent_token).status == 200
    assert served.ask("GET", path, token=second.agent_token).status == 403


def test_tokens_are_nowhere_on_the_disk(served: Served) -> None:
    begun = begin(served, make_run(served, spec=SPEC))
    for path, data in contents_below(served.layout.root):
        assert begun.agent_token.encode() not in data and begun.run_token.encode() not in data
        assert path == served.layout.token or served.token.encode() not in data
