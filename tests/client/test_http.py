"""The client against listeners that answer, refuse, break off and disappear."""

from __future__ import annotations

import io
import json
import os
import pickle
import threading
import time
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List

import pytest

from tests.client.scripted import Asked, Scripted, http
from trainshed.client.address import Address
from trainshed.client.http import Client
from trainshed.contract.api import HaveAnswer, HaveAsk
from trainshed.contract.errors import (
    BadValue,
    FileExists,
    NotAllowed,
    RunNotFound,
    ServerError,
    ServerUnreachable,
    StorageFull,
)

OK = http(200, b'{"missing":["a"]}')


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    """Where a listener's socket may lie: a short path."""
    path = Path("/tmp") / f"ts-{os.urandom(4).hex()}.sock"
    yield path
    path.unlink(missing_ok=True)


@pytest.mark.parametrize("unix", [True, False])
def test_a_record_goes_and_a_record_comes_back(place: Path, unix: bool) -> None:
    with Scripted([OK, OK], place if unix else None) as server:
        client = Client([server.address], "secret")
        answer = client.request(
            "POST", "/blobs/have", record=HaveAsk(("a", "b")), query={"x": [1, 2], "y": None, "z": True}
        )
        assert answer.record(HaveAnswer) == HaveAnswer(("a",))
        client.request("GET", "/again")
        first, second = server.asked
    assert first.head.startswith("POST /api/v1/blobs/have?x=1&x=2&z=1 HTTP/1.1")
    assert json.loads(first.body) == {"sha256": ["a", "b"]}
    assert first.header("Authorization") == "Bearer secret"
    assert first.header("X-Trainshed-Wire") == "1"
    assert first.header("Content-Type") == "application/json"
    assert second.connection == 0, "a connection is kept"
    assert first.header("Host") == ("localhost" if unix else server.address[7:])


def test_no_token_is_shown() -> None:
    assert "secret" not in repr(Client(["http://127.0.0.1:1"], "secret"))


@pytest.mark.parametrize(
    ("text", "shown", "host"),
    [
        ("unix:///tmp/a b.sock", "unix:///tmp/a b.sock", "localhost"),
        ("http://h:8080", "http://h:8080", "h:8080"),
        ("HTTP://h:8080/", "http://h:8080", "h:8080"),
        ("http://h", "http://h", "h"),
        ("https://h", "https://h", "h"),
        ("http://[::1]:5", "http://[::1]:5", "[::1]:5"),
    ],
)
def test_addresses(text: str, shown: str, host: str) -> None:
    address = Address.parse(text)
    assert (str(address), address.host_header) == (shown, host)


@pytest.mark.parametrize(
    "text", ["", "h:80", "ftp://h", "unix://relative", "http://", "http://h:x", "http://h/p", "http://u@h"]
)
def test_addresses_that_are_none(text: str) -> None:
    with pytest.raises(BadValue, match="Server address"):
        Address.parse(text)


ERRORS = [
    (404, RunNotFound(run_id="r", place="experiment 'e'"), RunNotFound),
    (409, FileExists(run_id="r", path="p"), FileExists),
    (403, NotAllowed(what="w", why="y"), NotAllowed),
    (507, StorageFull(why="w", home="h"), StorageFull),
]


@pytest.mark.parametrize(("status", "error", "kind"), ERRORS)
def test_an_error_becomes_the_same_class_again(status: int, error: Any, kind: type) -> None:
    with Scripted([http(status, json.dumps(error.to_wire()).encode())]) as server:
        with pytest.raises(kind) as caught:
            Client([server.address], "t").request("GET", "/x")
    assert str(caught.value) == str(error)
    assert caught.value.facts == error.facts  # type: ignore[attr-defined]


def test_an_error_that_is_not_ours_keeps_its_words_and_status() -> None:
    with Scripted([http(502, b"<h1>Bad gateway</h1>")]) as server:
        with pytest.raises(ServerError, match="Bad gateway") as caught:
            Client([server.address], "t").request("GET", "/x")
    assert caught.value.status_code == 502


@pytest.mark.parametrize("body", [b"nonsense", b"[1]", b'{"missing": 3}'])
def test_an_answer_of_the_wrong_form_is_named(body: bytes) -> None:
    with Scripted([http(200, body)]) as server:
        with pytest.raises(ServerError, match="answer"):
            Client([server.address], "t").request("GET", "/x").record(HaveAnswer)


def test_nobody_there_names_the_address_and_the_way_out() -> None:
    with pytest.raises(ServerUnreachable, match=r"127\.0\.0\.1:1 .*trainshed server start"):
        Client(["http://127.0.0.1:1"], "t").request("GET", "/x")


def test_the_first_address_that_takes_the_connection_answers(place: Path) -> None:
    with Scripted([OK, OK]) as server:
        client = Client([f"unix://{place}", server.address], "t")
        assert client.request("GET", "/x").status == 200
        assert client.request("GET", "/y").status == 200


def test_a_connection_that_the_server_closed_is_made_anew_also_for_what_must_not_be_repeated() -> None:
    with Scripted([OK, OK]) as server:
        client = Client([server.address], "t")
        client.request("GET", "/x")
        server.hang_up()
        _wait_for_the_end_of(client)
        client.request("POST", "/y", idempotent=False)
        assert [asked.connection for asked in server.asked] == [0, 1]


def _wait_for_the_end_of(client: Client) -> None:
    deadline = time.monotonic() + 60
    while client._idle[0].is_fresh() and time.monotonic() < deadline:
        time.sleep(0.001)


@pytest.mark.parametrize(
    ("ask", "times"),
    [
        ({"method": "GET"}, 2),
        ({"method": "PUT", "body": b"x"}, 2),
        ({"method": "POST", "body": b"x", "idempotent": True}, 2),
        ({"method": "POST", "body": b"x"}, 1),
        ({"method": "PUT", "body": iter([b"x"])}, 1),
    ],
)
def test_an_answer_that_gets_lost_on_a_kept_connection(ask: Dict[str, Any], times: int) -> None:
    with Scripted([OK, None, OK]) as server:
        client = Client([server.address], "t")
        client.request("GET", "/first")
        if times == 2:
            assert client.request(path="/x", **ask).status == 200
        else:
            with pytest.raises(ServerUnreachable):
                client.request(path="/x", **ask)
        assert len(server.asked) == 1 + times


def test_patience_waits_for_a_server_that_comes_back(place: Path) -> None:
    client = Client([f"unix://{place}"], "t")
    servers: List[Scripted] = []
    starter = threading.Timer(0.2, lambda: servers.append(Scripted([OK], place)))
    starter.start()
    try:
        assert client.request("GET", "/x", patience_s=60).status == 200
    finally:
        starter.join()
        servers[0].__exit__()


def test_patience_ends() -> None:
    client = Client(["http://127.0.0.1:1"], "t", patience_s=0.2)
    begun = time.monotonic()
    with pytest.raises(ServerUnreachable):
        client.request("GET", "/x")
    assert time.monotonic() - begun > 0.05


def test_a_server_that_leaves_is_asked_again() -> None:
    with Scripted([http(503, b'{"code":"server_error","message":"leaving","facts":{}}'), OK]) as server:
        client = Client([server.address], "t", patience_s=60)
        assert client.request("POST", "/x", idempotent=False).status == 200


def test_a_server_is_brought_back() -> None:
    calls: List[int] = []
    with Scripted([OK]) as server:

        def revive() -> List[str]:
            calls.append(1)
            return [server.address]

        client = Client(["http://127.0.0.1:1"], "t", revive=revive)
        assert client.request("POST", "/x", idempotent=False).status == 200
        assert client.addresses == (server.address,)
    with pytest.raises(ServerUnreachable):
        Client(["http://127.0.0.1:1"], "t", revive=lambda: ["http://127.0.0.1:1"]).request("GET", "/x")
    assert calls == [1]


def test_an_answer_that_does_not_come_in_time() -> None:
    never = threading.Event()

    def wait(asked: Asked) -> None:
        never.wait(60)

    with Scripted(wait) as server:
        with pytest.raises(ServerUnreachable, match=r"no answer within 0\.1 s"):
            Client([server.address], "t").request("GET", "/x", timeout_s=0.1)
        never.set()


BODIES: List[Callable[[Path], Any]] = [
    lambda folder: b"0123456789" * 300_000,
    lambda folder: bytearray(b"0123456789" * 300_000),
    lambda folder: memoryview(b"0123456789" * 300_000),
    lambda folder: iter([b"0123456789" * 100_000] * 3),
    lambda folder: _file(folder),
]


def _file(folder: Path) -> io.BufferedReader:
    (folder / "file").write_bytes(b"skipped" + b"0123456789" * 300_000)
    file = (folder / "file").open("rb")
    file.seek(7)
    return file


@pytest.mark.parametrize("number", range(len(BODIES)))
def test_bodies_of_every_kind(tmp_path: Path, number: int) -> None:
    with Scripted([OK]) as server:
        body = BODIES[number](tmp_path)
        Client([server.address], "t").request("PUT", "/x", body=body)
        assert server.asked[0].body == b"0123456789" * 300_000
        if hasattr(body, "close"):
            body.close()


def test_of_a_file_that_grows_only_the_promised_bytes_are_sent(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"a" * 10 + b"b" * 10)
    with Scripted([OK, OK]) as server, (tmp_path / "file").open("rb") as file:
        client = Client([server.address], "t")
        client.request("PUT", "/x", body=file, size_bytes=10)
        assert server.asked[0].body == b"a" * 10
        assert server.asked[0].header("Content-Length") == "10"
        client.request("PUT", "/y", body=file)
        assert server.asked[1].body == b"b" * 10


def test_a_file_is_sent_again_from_where_it_stood(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"skipped" + b"x" * 100)
    with Scripted([OK, None, OK]) as server, (tmp_path / "file").open("rb") as file:
        client = Client([server.address], "t")
        client.request("GET", "/first")
        file.seek(7)
        client.request("PUT", "/x", body=file)
        assert [asked.body for asked in server.asked[1:]] == [b"x" * 100] * 2


def test_a_stream_is_read_piece_by_piece_and_its_connection_is_kept() -> None:
    with Scripted([http(200, b"x" * 3_000_000), OK]) as server:
        client = Client([server.address], "t")
        with client.stream("GET", "/blob") as stream:
            assert sum(len(block) for block in stream) == 3_000_000
        client.request("GET", "/x")
        assert [asked.connection for asked in server.asked] == [0, 0]


def test_a_stream_that_is_left_half_read_costs_its_connection() -> None:
    with Scripted([http(200, b"x" * 3_000_000), OK]) as server:
        client = Client([server.address], "t")
        with client.stream("GET", "/blob") as stream:
            assert stream.read(10) == b"x" * 10
            client.request("GET", "/meanwhile")
        assert [asked.connection for asked in server.asked] == [0, 1]
        assert len(client._idle) == 1


def test_a_stream_that_breaks_off_is_no_short_file() -> None:
    with Scripted([http(200, b"x" * 1000)[:-10], None]) as server:
        client = Client([server.address], "t")
        with client.stream("GET", "/blob") as stream:
            server.hang_up()
            with pytest.raises(ServerUnreachable, match="broke off"):
                while stream.read():
                    pass


def test_a_refusal_before_the_body_was_read_is_heard(place: Path) -> None:
    import socket

    refusal = http(507, json.dumps(StorageFull(why="full", home="h").to_wire()).encode(), "Connection: close")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(place))
    listener.listen(1)

    def refuse() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(10)
            connection.sendall(refusal)

    thread = threading.Thread(target=refuse)
    thread.start()
    with listener, pytest.raises((StorageFull, ServerUnreachable)) as caught:
        Client([f"unix://{place}"], "t").request("PUT", "/x", body=b"x" * 50_000_000)
    thread.join()
    assert isinstance(caught.value, StorageFull), caught.value


def test_threads_share_a_client() -> None:
    def echo(asked: Asked) -> bytes:
        return http(200, asked.head.split(" ")[1].encode())

    wrong: List[str] = []
    with Scripted(echo) as server:
        client = Client([server.address], "t")

        def ask(number: int) -> None:
            for count in range(50):
                path = f"/{number}/{count}"
                if client.request("GET", path).body.decode() != "/api/v1" + path:
                    wrong.append(path)

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert not wrong


def test_a_forked_child_does_not_read_its_parents_answers() -> None:
    def echo(asked: Asked) -> bytes:
        return http(200, asked.head.split(" ")[1].encode())

    with Scripted(echo) as server:
        client = Client([server.address], "t")
        client.request("GET", "/parent")
        pid = os.fork()
        if pid == 0:
            good = all(client.request("GET", f"/child{n}").body == b"/api/v1/child%d" % n for n in range(20))
            os._exit(0 if good else 1)
        for number in range(20):
            assert client.request("GET", f"/p{number}").body == b"/api/v1/p%d" % number
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
        assert {asked.connection for asked in server.asked if "child" in asked.head} == {1}


def test_a_client_travels_to_another_process() -> None:
    with Scripted([OK, OK]) as server:
        client = Client([server.address], "t")
        client.request("GET", "/x")
        assert pickle.loads(pickle.dumps(client)).request("GET", "/y").status == 200
