"""Answers in every form that HTTP/1.1 allows, and in some that it does not."""

from __future__ import annotations

import datetime
import ipaddress
import socket
import ssl
import threading
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.client.scripted import Scripted, http
from trainshed.client.http import Client
from trainshed.contract.errors import ServerUnreachable

OK = http(200, b"{}")
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
CHUNKS = b"5\r\nhello\r\n6;name=value\r\n world\r\n0\r\nTrailer: x\r\n\r\n"


@pytest.mark.parametrize(
    ("reply", "body", "kept"),
    [
        (CHUNKED + CHUNKS, b"hello world", True),
        (CHUNKED + b"0\r\n\r\n", b"", True),
        (CHUNKED + b"fffff\r\n" + b"x" * 0xFFFFF + b"\r\n0\r\n\r\n", b"x" * 0xFFFFF, True),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + http(200, b"after"), b"after", True),
        (b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + http(200, b"after"), b"after", True),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b"", True),
        (b"HTTP/1.1 200\ncontent-LENGTH:2\n\nab", b"ab", True),
        (http(200, b"ab", "Connection: close"), b"ab", False),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nab", b"ab", False),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nab", b"ab", True),
        (http(200, b"ab") + b"more than was said", b"ab", False),
    ],
)
def test_a_body_ends_where_its_head_says(reply: bytes, body: bytes, kept: bool) -> None:
    with Scripted([reply, OK]) as server:
        client = Client([server.address], "t")
        assert client.request("GET", "/x").body == body
        client.request("GET", "/y")
        assert [asked.connection for asked in server.asked] == [0, 0 if kept else 1]


def test_a_body_without_a_length_ends_with_the_connection() -> None:
    replies = iter([b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 300_000])
    listener = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(10_000)
            connection.sendall(next(replies))

    thread = threading.Thread(target=answer)
    thread.start()
    with listener:
        client = Client(["http://127.0.0.1:%d" % listener.getsockname()[1]], "t")
        assert client.request("GET", "/x").body == b"x" * 300_000
    thread.join()
    assert not client._idle


def test_an_answer_to_head_has_no_body() -> None:
    with Scripted([b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\nX-Trainshed-Have: 7\r\n\r\n", OK]) as server:
        client = Client([server.address], "t")
        answer = client.request("HEAD", "/x")
        assert (answer.body, answer.headers.get("x-trainshed-HAVE")) == (b"", "7")
        client.request("GET", "/y")
        assert [asked.connection for asked in server.asked] == [0, 0]


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n", "no HTTP"),
        (b"HTTP/1.1 2x0 OK\r\n\r\n", "no HTTP"),
        (b"HTTP/1.1 2000 OK\r\n\r\n", "no HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "length is given as '-1'"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1_0\r\n\r\n", "length is given as '1_0'"),
        (b"HTTP/1.1 200 OK\r\nno header\r\n\r\n", "is no header"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 300, "more than 200 lines"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 200_000 + b"\r\n\r\n", "more than 65536 bytes"),
        (CHUNKED + b"0x5\r\nhello\r\n", "a chunk's length"),
        (CHUNKED + b"4\r\nhello\r\n0\r\n\r\n", "longer than was said"),
    ],
)
def test_what_is_no_answer_is_told_so(reply: bytes, why: str) -> None:
    with Scripted([reply]) as server, pytest.raises(ServerUnreachable, match=why):
        Client([server.address], "t").request("POST", "/x")


def test_a_chunked_answer_that_breaks_off_is_no_short_one() -> None:
    with Scripted([CHUNKED + CHUNKS[:12], None]) as server:
        client = Client([server.address], "t")
        with client.stream("GET", "/x") as stream:
            assert stream.read(5) == b"hello"
            server.hang_up()
            with pytest.raises(ServerUnreachable, match="broke off"):
                stream.read()


def test_a_stream_gives_as_many_bytes_as_were_asked_for() -> None:
    with Scripted([CHUNKED + CHUNKS, OK]) as server:
        client = Client([server.address], "t")
        with client.stream("GET", "/x") as stream:
            assert [stream.read(7), stream.read(0), stream.read(7), stream.read(7)] == [b"hello w", b"", b"orld", b""]
        client.request("GET", "/y")
        assert [asked.connection for asked in server.asked] == [0, 0]


def test_nothing_can_be_smuggled_into_a_head() -> None:
    with Scripted([OK]) as server:
        client = Client([server.address], "t\r\nX-Other: 1")
        with pytest.raises(ValueError, match="Authorization has more than one line"):
            client.request("GET", "/x")
        with pytest.raises(ValueError, match="blanks or control characters"):
            Client([server.address], "t").request("GET", "/x HTTP/1.1\r\nX-Other: 1")
        assert not server.asked


def test_over_tls_the_certificate_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = _certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    listener = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        for _ in range(2):
            connection, _ = listener.accept()
            try:
                with context.wrap_socket(connection, server_side=True) as encrypted:
                    encrypted.recv(10_000)
                    encrypted.sendall(http(200, b"x" * 3_000_000))
            except OSError:
                connection.close()  # the client does not believe us

    thread = threading.Thread(target=answer)
    thread.start()
    with listener:
        address = "https://127.0.0.1:%d" % listener.getsockname()[1]
        with pytest.raises(ServerUnreachable, match="CERTIFICATE_VERIFY_FAILED"):
            Client([address], "t").request("GET", "/x")
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert len(Client([address], "t").request("GET", "/x").body) == 3_000_000
    thread.join()


def _certificate(folder: Path) -> Path:
    """Of 127.0.0.1, signed by itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.timezone.utc)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path
