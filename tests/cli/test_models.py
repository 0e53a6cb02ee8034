"""`trainshed models` on a home with a few registered models."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from tests.cli.conftest import Shelf, trainshed
from trainshed.contract.models import ModelAsk, ModelRecord
from trainshed.contract.names import new_id


@pytest.fixture(scope="module")
def models(shelf: Shelf) -> list[ModelRecord]:
    """digits:1 and digits:2 (a folder), net:1."""
    run, api = shelf.run, shelf.recorder.api
    workspace = shelf.recorder.workspace.id

    def ask(name: str, path: str, **more: object) -> ModelRecord:
        return api.models.register(workspace, ModelAsk(new_id(), name, run_id=run.id, run_path=path, **more))  # type: ignore[arg-type]

    return [
        ask("digits", "outputs/model.bin", tags={"stage": "try", "plain": None}, framework="ScikitLearn"),
        ask("digits", "outputs/a"),
        ask("net", "outputs/model.bin"),
    ]


def test_list(shelf: Shelf, models: list[ModelRecord]) -> None:
    rows = [line.split("\t") for line in trainshed("models", "list").lines]
    assert [row[0] for row in rows] == ["net:1", "digits:2", "digits:1"]
    assert rows[2][2:] == ["256 B", shelf.run.id, "plain, stage=try"]

    def found(*words: str) -> list[str]:
        return [f"{m['name']}:{m['version']}" for m in trainshed("models", "list", "--json", *words).json["models"]]

    assert found("digits") == ["digits:2", "digits:1"] and found("digits:1") == ["digits:1"]
    assert found("--latest") == ["net:1", "digits:2"]
    assert found("--tag", "stage=try") == ["digits:1"] == found("--tag", "plain")
    assert found("--run", shelf.run.id) == ["net:1", "digits:2", "digits:1"] and found("--run", "twin-a") == []
    typed = trainshed("models", "list", "none")
    assert (typed.code, typed.out, typed.err) == (0, "", "No model matches.\n")


def test_the_verb_alone_lists(shelf: Shelf, models: list[ModelRecord]) -> None:
    assert trainshed("models").out == trainshed("models", "list").out != ""
    assert trainshed("models", "--json", "--latest").json == trainshed("models", "list", "--latest", "--json").json
    assert trainshed("compute", "--json").json == {"clusters": []} == trainshed("compute", "--json", "list").json
    assert trainshed("env", "--curated").out == trainshed("env", "list", "--curated").out != ""
    assert trainshed("models", "lst").code == 2


def test_show(shelf: Shelf, models: list[ModelRecord]) -> None:
    typed = trainshed("models", "show", "digits:1")
    for words in ("digits:1", "ScikitLearn", shelf.run.id, "stage=try", "model.bin  256 B", "by user"):
        assert words in typed.out, typed.out
    shown = trainshed("models", "show", "digits", "--json").json
    assert shown["model"]["version"] == 2 and [file["path"] for file in shown["files"]] == ["a/b.txt"]


def test_download(shelf: Shelf, models: list[ModelRecord], tmp_path: Path) -> None:
    typed = trainshed("models", "download", "net", "-o", "there", cwd=tmp_path)
    assert (typed.code, typed.out) == (0, "there/model.bin\n")
    assert sha256((tmp_path / "there/model.bin").read_bytes()).digest() == sha256(bytes(range(256))).digest()
    again = trainshed("models", "download", "net", "-o", "there", cwd=tmp_path)
    assert again.code == 1 and "--force" in again.err
    forced = trainshed("models", "download", "net", "-o", "there", "--force", "--json", cwd=tmp_path)
    assert forced.json == {"model": "net:1", "path": "there/model.bin"}


def test_what_is_not_there(shelf: Shelf, models: list[ModelRecord]) -> None:
    for action in ("show", "download"):
        typed = trainshed("models", action, "digit")
        assert typed.code == 3 and "Did you mean digits?" in typed.err and "next: trainshed models list" in typed.err
    assert trainshed("models", "delete", "digits:9").code == 3
    assert trainshed("models", "show").code == 2 == trainshed("models", "delete", "net:1", "--latest").code
    typed = trainshed("models", "delete", "digits")
    assert typed.code == 2 and "trainshed models delete digits:N" in typed.err


def test_delete(shelf: Shelf, models: list[ModelRecord]) -> None:
    workspace, api = shelf.recorder.workspace.id, shelf.recorder.api
    ask = ModelAsk(new_id(), "old", run_id=shelf.run.id, run_path="outputs/model.bin")
    api.models.register(workspace, ask)
    typed = trainshed("models", "delete", "old:1")
    assert (typed.code, typed.out) == (0, "old:1\n")
    assert trainshed("models", "show", "old").code == 3
