"""kill -9 of the server while models are registered and secrets set: what a call returned from is there, once."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import List

import pytest

from azureml.core import Model
from azureml.exceptions import AzureMLException
from tests.integration.submitting import Desk
from tests.support.chaos import send
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(280)]

_CALLS, _KILLS = 60, 4


@pytest.mark.slow
def test_every_version_is_whole_and_there_once(lone_desk: Desk) -> None:
    desk, made, errors = lone_desk, [], []  # type: ignore[var-annotated]
    vault = desk.workspace.get_default_keyvault()

    def register() -> None:
        for number in range(_CALLS):
            path = desk.folder / "weights.bin"
            path.write_bytes(b"%d" % number * 50_000)
            try:
                made.append((Model.register(desk.workspace, path, "net", tags={"number": number}).version, number))
                vault.set_secret("last-number", str(number))
            except AzureMLException as error:
                errors.append("%d: %s" % (number, error.message))

    worker = threading.Thread(target=register)
    worker.start()
    killed: List[int] = []
    for kill in range(1, _KILLS + 1):
        calls = kill * _CALLS // (_KILLS + 2)
        wait_until(lambda wanted=calls: len(made) + len(errors) >= wanted, 120, "%d calls" % calls)  # type: ignore[misc]
        pid = wait_until(desk.house.server, 60, "a server")
        assert pid is not None
        killed.append(pid)
        send(pid, signal.SIGKILL)
    worker.join()
    assert len(set(killed)) == _KILLS
    assert errors == [], errors
    found = {model.version: model for model in Model.list(desk.workspace, "net")}
    assert sorted(found) == [version for version, _ in made] == list(range(1, _CALLS + 1))
    for version, number in made:
        assert found[version].tags == {"number": str(number)}
        path = found[version].download(str(desk.folder / "here"), exist_ok=True)
        assert Path(path).read_bytes() == b"%d" % number * 50_000
    assert vault.get_secret("last-number") == str(_CALLS - 1)
