"""The REST interface as a client sees it."""

from __future__ import annotations

import json
import os
import threading
import time
from hashlib import sha256
from pathlib import Path
from typing import Any, Dict, Iterator, List

import pytest

from tests.server.served import Answer, Served
from tests.support.waiting import wait_until
from trainshed.contract import errors, wire
from trainshed.contract.layout import HomeLayout
from trainshed.contract.messages import SyncRequest, pack_sync
from trainshed.contract.records import NodeReport, PhaseChange, RunRecord
from trainshed.contract.status import RunStatus
from trainshed.server import api
from trainshed.server.api.answers import STATUS_OF
from trainshed.server.api.openapi import description
from trainshed.server.api.table import ENDPOINTS, PREFIX
from trainshed.server.services.attempts import Begun

SPEC = {"command": {"script": "train.py"}}


@pytest.fixture
def served(layout: HomeLayout) -> Iterator[Served]:
    with Served(layout) as served:
        yield served


def make_run(served: Served, **values: Any) -> Dict[str, Any]:
    answer = served.ask("POST", served.ws + "/runs", {"experiment": "exp", **values})
    assert answer.status == 201, answer.body
    return dict(answer.json)


def begin(served: Served, run: Dict[str, Any]) -> Begun:
    """What the control loop does, on the server's event loop."""
    import asyncio

    services = served.lab.services
    loop = services.ground.database._writer._loop
    assert loop is not None
    done = asyncio.run_coroutine_threadsafe(services.attempts.begin(served.lab.ws, run["id"]), loop)
    return done.result(10)


def sync(served: Served, begun: Begun, seq: int = 1, *statuses: RunStatus, **values: Any) -> Answer:
    phases = tuple(PhaseChange(status, wire.now()) for status in statuses)
    payload = values.pop("payload", b"")
    request = SyncRequest(1, begun.attempt.number, 0, "a", NodeReport(0, seq, phases), **values)
    path = "/attempts/%s/sync" % begun.attempt.id
    return served.ask("POST", path, pack_sync(request, payload), token=begun.agent_token)


def test_health_needs_no_token(served: Served) -> None:
    answer = served.ask("GET", "/health", token="")
    assert answer.status == 200
    assert answer.json["wire"] == 1 and answer.json["server_id"] == "lab"


def test_a_run_from_submit_to_end(served: Served) -> None:
    run = make_run(served, spec=SPEC)
    path = served.ws + "/runs/" + run["id"]
    assert wire.from_wire(RunRecord, run) == wire.from_wire(RunRecord, served.ask("GET", path).json)
    assert served.ask("PATCH", path, {"set_tags": {"a": None}}).json["tags"] == {"a": None}
    begun = begin(served, run)
    S = RunStatus
    log = {"path": "azureml-logs/70_driver_log.txt", "kind": "log", "offset": 0, "size": 6}
    from trainshed.contract.messages import Append

    answer = sync(served, begun, 1, S.PREPARING, S.STARTING, S.RUNNING, appends=(Append(**log),), payload=b"hello\n")
    assert answer.json["acked"] == {log["path"]: 6}
    read = served.ask("GET", path + "/files/azureml-logs/70_driver_log.txt")
    assert (read.body, read.headers["X-Trainshed-Size"], read.headers["X-Trainshed-Final"]) == (b"hello\n", "6", "0")
    answer = sync(served, begun, 2, S.PREPARING, S.STARTING, S.RUNNING, S.FINALIZING, S.COMPLETED, final=True)
    assert answer.json["finished"] is True
    details = served.ask("GET", path + "/details").json
    assert [event["new"] for event in details["events"]] == [
        "Queued", "Preparing", "Starting", "Running", "Finalizing", "Completed",
    ]  # fmt: skip
    assert details["files"][0]["provisional"] is False
    read = served.ask("GET", path + "/files/azureml-logs/70_driver_log.txt?offset=2&limit=3")
    assert (read.body, read.headers["X-Trainshed-Final"]) == (b"llo", "1")
    assert served.ask("POST", path + "/cancellation", {}).status == 202


def test_errors_keep_their_class(served: Served) -> None:
    cases = [
        ("GET", served.ws + "/runs/nobody", None, 404, errors.RunNotFound),
        ("GET", "/workspaces/none/experiments", None, 404, errors.WorkspaceNotFound),
        ("POST", served.ws + "/runs", {"experiment": "-"}, 400, errors.BadExperimentName),
        ("POST", served.ws + "/runs", {"experiment": 5}, 400, errors.BadValue),
        ("POST", served.ws + "/runs", b"{", 400, errors.BadValue),
        ("POST", served.ws + "/runs", {"experiment": "e", "name": "\ud800"}, 400, errors.BadValue),
        ("GET", served.ws + "/runs?limit=x", None, 400, errors.BadValue),
        ("GET", served.ws + "/runs?include_children=maybe", None, 400, errors.BadValue),
        (
            "POST",
            served.ws + "/runs",
            {"experiment": "e", "spec": {**SPEC, "target": "gpu"}},
            404,
            errors.UnknownTarget,
        ),
    ]
    for method, path, body, status, kind in cases:
        answer = served.ask(method, path, body)
        assert (answer.status, type(errors.from_body(answer.json))) == (status, kind), answer.body
    assert "experiment" in served.ask("POST", served.ws + "/runs", {"experiment": 5}).json["message"]


def test_every_error_of_the_contract_has_a_status() -> None:
    for kind in errors.CODES.values():
        known = [STATUS_OF[base] for base in kind.__mro__ if base in STATUS_OF]
        assert known or kind in (errors.ServerError, errors.ServerUnreachable, errors.ServerNotStarted), kind


def test_tokens_and_wire_versions(served: Served) -> None:
    path = served.ws + "/runs"
    for token in ("", "wrong", served.token + "x"):
        answer = served.ask("GET", path, token=token)
        assert (answer.status, answer.json["code"]) == (401, "not_authenticated")
        assert served.token not in answer.body.decode()
    answer = served.ask("GET", path, headers={"X-Trainshed-Wire": "99"})
    assert answer.status == 400 and "wire version 99" in answer.json["message"]
    assert served.layout.token.stat().st_mode & 0o777 == 0o600
    run = make_run(served, spec=SPEC)
    begun = begin(served, run)
    assert served.ask("GET", path, token=begun.run_token).status == 200
    S = RunStatus
    sync(served, begun, 1, S.PREPARING, S.FINALIZING, S.COMPLETED)
    assert served.ask("GET", path, token=begun.run_token).status == 401
    assert sync(served, begun, 1, final=True).status == 200  # the agent's token lives on


def test_a_long_poll_for_a_run(served: Served) -> None:
    run = make_run(served)
    path = served.ws + "/runs/" + run["id"]
    answers: List[Answer] = []
    waiter = threading.Thread(target=lambda: answers.append(served.ask("GET", path + "?known=1&wait_s=30")))
    waiter.start()
    wait_until(lambda: served.lab.services.news.watched(served.lab.ws, run["id"]), 60, "the waiter")
    assert not answers
    start = time.monotonic()
    assert served.ask("POST", path + "/ending", {"status": "Completed"}).status == 200
    waiter.join()
    assert answers[0].json["status"] == "Completed" and time.monotonic() - start < 25
    assert served.ask("GET", path + "?known=99&wait_s=30").json["status"] == "Completed"


def test_a_long_poll_for_orders(served: Served) -> None:
    run = make_run(served, spec=SPEC)
    begun = begin(served, run)
    path = "/attempts/%s/orders?after=0&wait_s=30" % begun.attempt.id
    answers: List[Answer] = []

    def wait(watched: int) -> threading.Thread:
        answers.clear()
        ask = lambda: answers.append(served.ask("GET", path + "&watched=%d" % watched, token=begun.agent_token))  # noqa: E731
        thread = threading.Thread(target=ask)
        thread.start()
        return thread

    waiter = wait(0)
    served.ask("GET", served.ws + "/runs/%s/files/azureml-logs/x?wait_s=0.1" % run["id"])  # somebody follows a log
    waiter.join()
    assert answers[0].json == {"orders": [], "last": 0, "watched": True}
    waiter = wait(1)
    assert served.ask("POST", served.ws + "/runs/%s/cancellation" % run["id"], {"grace_s": 2}).status == 202
    waiter.join()
    (order,) = answers[0].json["orders"]
    assert (order["kind"], order["number"], order["grace_s"]) == ("cancel", 1, 2.0)


def test_a_followed_file(served: Served) -> None:
    from trainshed.contract.messages import Append

    run = make_run(served, spec=SPEC)
    begun = begin(served, run)
    path = served.ws + "/runs/%s/files/azureml-logs/70_driver_log.txt" % run["id"]
    seen: List[Answer] = []

    def follow() -> None:
        offset = 0
        while True:
            answer = served.ask("GET", path + "?offset=%d&wait_s=30" % offset)
            seen.append(answer)
            offset += len(answer.body)
            if answer.headers["X-Trainshed-Final"] == "1" and offset == int(answer.headers["X-Trainshed-Size"]):
                return

    follower = threading.Thread(target=follow)
    follower.start()
    written = b""
    for number in range(20):
        line = b"line %d\n" % number
        append = Append("azureml-logs/70_driver_log.txt", "log", len(written), len(line))
        assert sync(served, begun, 1, appends=(append,), payload=line).status == 200
        written += line
        wait_until(lambda: b"".join(answer.body for answer in seen) == written, 60, "the line")  # noqa: B023
    S = RunStatus
    sync(served, begun, 2, S.PREPARING, S.FINALIZING, S.COMPLETED, final=True)
    follower.join()
    assert b"".join(answer.body for answer in seen) == written


def test_big_files_pass_through_in_pieces(served: Served) -> None:
    """64 MB in and out while the server's memory grows by much less."""
    run = make_run(served)
    path = served.ws + "/runs/%s/files/outputs/big%%20file.bin" % run["id"]
    block = os.urandom(1 << 20)
    before = _peak_kb()
    answer = served.ask("PUT", path, iter([block] * 64))
    assert (answer.status, answer.json["path"], answer.json["size_bytes"]) == (200, "outputs/big file.bin", 64 << 20)
    link = served.connection()
    link.request("GET", api.PREFIX + path, headers={"Authorization": "Bearer " + served.token})
    response = link.getresponse()
    digest, expected = sha256(), sha256()
    while piece := response.read(1 << 20):
        digest.update(piece)
    link.close()
    for _ in range(64):
        expected.update(block)
    assert digest.hexdigest() == expected.hexdigest() == answer.json["sha256"]
    assert _peak_kb() - before < 32 << 10
    assert served.ask("PUT", path, b"").status == 409
    blob = served.ask("GET", "/blobs/" + answer.json["sha256"])
    assert sha256(blob.body).hexdigest() == answer.json["sha256"]
    served.layout.content(answer.json["sha256"]).unlink()
    lost = served.ask("GET", "/blobs/" + answer.json["sha256"])
    assert (lost.status, lost.json["code"]) == (404, "blob_missing")


def _peak_kb() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1])


def test_a_broken_upload_goes_on(served: Served) -> None:
    data = os.urandom(4_000_000)
    path = "/blobs/" + sha256(data).hexdigest()
    assert served.ask("POST", "/blobs/have", {"sha256": [path[7:]]}).json == {"missing": [path[7:]]}
    link = served.connection()
    link.putrequest("PUT", api.PREFIX + path + "?offset=0&size=%d" % len(data))
    link.putheader("Authorization", "Bearer " + served.token)
    link.putheader("Content-Length", str(len(data)))
    link.endheaders()
    link.send(data[:2_500_000])
    wait_until(lambda: int(served.ask("HEAD", path).headers["X-Trainshed-Have"]) > 0, 60, "the first bytes")
    link.close()  # in the middle

    def rest() -> Answer:
        have = int(served.ask("HEAD", path).headers["X-Trainshed-Have"])
        return served.ask("PUT", path + "?offset=%d&size=%d" % (have, len(data)), data[have:])

    answer = wait_until(lambda: (a := rest()).status == 200 and a, 60, "the rest to be taken")
    assert answer.json == {"have": len(data), "complete": True}
    assert served.ask("GET", path).body == data


def test_names_with_everything_a_name_can_hold(served: Served) -> None:
    from urllib.parse import quote

    run = make_run(served)
    for name in ("outputs/ü %20?#&+.txt", "a//b/./c", "x" * 200):
        path = served.ws + "/runs/%s/files/%s" % (run["id"], quote(name))
        assert served.ask("PUT", path, b"1").status == 200
        assert served.ask("GET", path).body == b"1"
    for name in ("../x", "/etc/passwd", "a/../../x", "a\tb", "C:/x"):
        path = served.ws + "/runs/%s/files/%s" % (run["id"], quote(name))
        answer = served.ask("PUT", path, b"1")
        assert (answer.status, answer.json["code"]) == (400, "bad_file_name"), name
    answer = served.ask("PUT", served.ws + "/runs/%s/files/a%%0Ab" % run["id"], b"1")
    assert (answer.status, answer.json["code"]) == (404, "server_error")


def test_bad_syncs(served: Served) -> None:
    begun = begin(served, make_run(served, spec=SPEC))
    path = "/attempts/%s/sync" % begun.attempt.id
    for body in (b"", b"{}\n", b"no json\n", pack_sync(SyncRequest(1, 1, 0, "a", NodeReport(0, 1, ())), b"extra")):
        answer = served.ask("POST", path, body, token=begun.agent_token)
        assert (answer.status, answer.json["code"]) == (400, "bad_value")
    assert served.ask("POST", path, b"{}\n").status == 403  # a user is no agent


def test_the_description_covers_every_route(served: Served) -> None:
    answer = served.ask("GET", "/openapi.json")
    assert answer.status == 200 and answer.json == json.loads(json.dumps(description()))
    described = {(method.upper(), path) for path, item in answer.json["paths"].items() for method in item}
    routed = set()
    for route in api.routes(served.lab.services):
        path = route.path.replace(":path}", "}")  # type: ignore[attr-defined]
        routed |= {(method, path) for method in route.methods - {"HEAD"}}  # type: ignore[attr-defined]
    assert {pair for pair in described if pair[0] != "HEAD"} == routed
    refs = set(_refs(answer.json))
    assert refs <= {"#/components/schemas/" + name for name in answer.json["components"]["schemas"]}
    assert "#/components/schemas/RunRecord" in refs


def _refs(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"]
        for item in node.values():
            yield from _refs(item)
    elif isinstance(node, list):
        for item in node:
            yield from _refs(item)


def test_the_architecture_page_names_every_route() -> None:
    page = Path(__file__).parents[2].joinpath("docs/architecture.md").read_text()
    for endpoint in ENDPOINTS:
        path = endpoint.path.replace(":path}", "}").partition("{ws}")
        assert "`%s" % (path[0] + path[1] + path[2]) in page or endpoint.method == "HEAD", endpoint.path
    assert PREFIX in page


def test_stop_and_status(served: Served) -> None:
    stopped: List[int] = []
    served.lab.services.server.register(stop=lambda: stopped.append(1), forkers=lambda: [5])
    make_run(served, spec=SPEC)
    status = served.ask("GET", "/server").json
    assert (status["running"], status["waiting"], status["forkers"], status["pid"]) == (0, 1, [5], os.getpid())
    assert served.ask("POST", "/server/stop").json == {"running": 0}
    assert stopped == [1]


def test_portal_links(served: Served) -> None:
    url = served.ask("POST", "/portal/links", {"path": "/runs/a/b"}).json["url"]
    assert url.startswith("http://127.0.0.1:1/") and served.token not in url
    for bad in ("http://evil", "//evil", "runs", "/a\\b", "/a b"):
        assert served.ask("POST", "/portal/links", {"path": bad}).status == 400


def test_lists_over_http(served: Served) -> None:
    for number in range(3):
        make_run(served, name="r%d" % number, tags={"k": str(number), "a=b": "c=d"})
    page = served.ask("GET", served.ws + "/runs?tag=k=1").json
    assert [run["name"] for run in page["runs"]] == ["r1"] and page["next"] is None
    page = served.ask("GET", served.ws + "/runs?limit=2&status=Running&status=Failed&tag=k").json
    assert [run["name"] for run in page["runs"]] == ["r2", "r1"] and page["next"]
    made = served.ask("GET", served.ws + "/runs?created_since=%s" % page["runs"][1]["created_at"]).json["runs"]
    assert [run["name"] for run in made] == ["r2", "r1"]
    assert served.ask("GET", served.ws + "/runs?ended_since=2026-11-24T01:02:03Z").json["runs"] == []
    refused = served.ask("GET", served.ws + "/runs?created_before=yesterday")
    assert refused.status == 400 and "created_before=yesterday" in refused.json["message"]
    targets = served.ask("GET", served.ws + "/targets").json["targets"]
    assert [target["name"] for target in targets] == ["local"]
    assert served.ask("GET", "/workspaces").json[0]["name"] == "ws"
    assert served.ask("POST", served.ws + "/experiments", {"name": "new"}).json["run_count"] == 0
