"""The home's token file: removed, changed or spoilt while its server runs. The owner can always stop it and go on."""

from __future__ import annotations

import pytest

from tests.lifecycle.desk import Desk, is_lock_held, pids_of_servers
from tests.support.waiting import wait_until
from trainshed.client import embedded, locks
from trainshed.contract.errors import BadValue, NotAuthenticated


@pytest.mark.parametrize(
    "content, words",
    [
        (None, "token can't be read as a token.*trainshed server stop"),
        (b"caf\xc3\xa9\n", "token can't be read as a token.*trainshed server stop"),
        (b"x" * 43 + b"\n", "unknown here. The file token of its home was changed.*trainshed server stop"),
    ],
)
def test_it_is_told_and_the_server_can_be_stopped(desk: Desk, content: bytes | None, words: str) -> None:
    desk.api()
    if content is None:
        desk.layout.token.unlink()
    else:
        desk.layout.token.write_bytes(content)
    with pytest.raises(NotAuthenticated, match=words):
        desk.api().server()
    assert embedded.stop(desk.home) == 0
    assert pids_of_servers(desk.home) == [] and not is_lock_held(desk.layout.server_lock)


def test_what_is_no_token_is_refused_and_a_lost_one_made_anew(desk: Desk) -> None:
    for content in (b"abc\n", b"two lines of a token that would\nbe long enough, were it one\n", b"\xff" * 40):
        desk.layout.token.parent.mkdir(exist_ok=True)
        desk.layout.token.write_bytes(content)
        with pytest.raises(BadValue, match=r"token: it holds no token: .* Remove the file; the next server makes"):
            desk.api()
        wait_until(lambda: not pids_of_servers(desk.home), what="it to have left")
    desk.layout.token.write_bytes(b"")  # as a power loss may leave it
    assert desk.api().server().home == str(desk.home)
    assert len(desk.layout.token.read_text().strip()) == 43


def test_one_that_others_could_read_is_made_private(desk: Desk) -> None:
    desk.layout.token.parent.mkdir(exist_ok=True)
    desk.layout.token.write_text("t" * 43)
    desk.layout.token.chmod(0o644)
    desk.api().server()
    assert desk.layout.token.stat().st_mode & 0o777 == 0o600


def test_a_server_whose_record_was_removed_is_known_by_its_lock(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "_SILENT_S", 0.2)
    desk.api()
    pid = desk.facts()["pid"]
    assert locks.holder(str(desk.layout.server_lock)) == pid
    desk.layout.server_json.unlink()
    assert embedded.stop(desk.home) == 0
    assert pids_of_servers(desk.home) == [] and locks.holder(str(desk.layout.server_lock)) == 0
