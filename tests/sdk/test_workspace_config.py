"""config.json: found where v1 found it, read in both forms, never overwritten when it is not ours."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from trainshed.contract.exceptions import UserErrorException
from trainshed.sdk import workspace_config
from trainshed.sdk.workspace_config import Named

FLAT = {"subscription_id": "s", "resource_group": "g", "workspace_name": "w"}
SCOPED = {
    "Id": None,
    "Scope": "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w",
}
OUR_ID = "0123456789abcdef01234567"


def put(path: Path, data: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(data if isinstance(data, str) else json.dumps(data))
    return path


@pytest.mark.parametrize("data", [FLAT, SCOPED, {**SCOPED, "Scope": str(SCOPED["Scope"]).lower()}])
def test_both_forms(tmp_path: Path, data: object) -> None:
    assert workspace_config.read(str(put(tmp_path / "config.json", data)))[:3] == ("s", "g", "w")


@pytest.mark.parametrize("call", [{"path": 5}, {"path": ["."]}, {"file_name": 5}, {"file_name": "a/b.json"}])
def test_what_is_no_path_is_named(tmp_path: Path, call: Any) -> None:
    with pytest.raises(UserErrorException, match=r"(from|write)_config, (path|file_name) .*: give"):
        workspace_config.find(**{"path": None, "file_name": None, **call})
    with pytest.raises(UserErrorException, match="write_config"):
        workspace_config.write(call.get("path", str(tmp_path)), call.get("file_name", "c.json"), Named(*"sgw"), OUR_ID)


def test_a_byte_order_mark_and_a_server(tmp_path: Path) -> None:
    path = put(tmp_path / "config.json", "\ufeff" + json.dumps({**FLAT, "server": "https://team"}))
    assert workspace_config.read(str(path)) == Named("s", "g", "w", "https://team", str(path))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "cannot be read"),
        ("[]", "JSON object"),
        ('{"workspace_name": "w"}', "subscription_id"),
        ('{"Scope": "x"}', "missing"),
    ],
)
def test_broken_ones_are_named(tmp_path: Path, text: str, words: str) -> None:
    path = put(tmp_path / "config.json", text)
    with pytest.raises(UserErrorException) as error:
        workspace_config.read(str(path))
    assert words in error.value.message and str(path) in error.value.message


ORDER = [
    ".azureml/config.json",
    ".azureml/project.json",
    "aml_config/config.json",
    "aml_config/project.json",
    "config.json",
    "project.json",
]


@pytest.mark.parametrize("present", range(len(ORDER)))
def test_the_order_of_the_search(tmp_path: Path, present: int) -> None:
    for name in ORDER[present:]:
        put(tmp_path / name, FLAT)
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    assert workspace_config.find(str(below), None) == str(tmp_path / ORDER[present])


def test_a_nearer_plain_file_comes_after_a_farther_azureml_folder(tmp_path: Path) -> None:
    put(tmp_path / ".azureml" / "config.json", FLAT)
    put(tmp_path / "a" / "config.json", FLAT)
    assert workspace_config.find(str(tmp_path / "a"), None) == str(tmp_path / ".azureml" / "config.json")


def test_a_file_named_by_the_user(tmp_path: Path) -> None:
    path = put(tmp_path / "mine.json", FLAT)
    put(tmp_path / ".azureml" / "other.json", FLAT)
    assert workspace_config.find(str(path), None) == str(path)
    assert workspace_config.find(str(tmp_path), "other.json") == str(tmp_path / ".azureml" / "other.json")
    with pytest.raises(UserErrorException, match="no such file"):
        workspace_config.find(str(tmp_path / "missing.json"), None)


def test_what_was_asked_for_must_be_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert workspace_config.find(None, None) is None
    for path, file_name in ((str(tmp_path), "missing.json"), (None, "missing.json")):
        with pytest.raises(UserErrorException) as error:
            workspace_config.find(path, file_name)
        assert "missing.json" in error.value.message and str(tmp_path) in error.value.message
    with pytest.raises(UserErrorException, match=r"config.json or project.json: there is no such file in"):
        workspace_config.find(str(tmp_path), None)


def test_written_and_found_again(tmp_path: Path) -> None:
    path = workspace_config.write(str(tmp_path), "config.json", Named("s", "g", "w"), OUR_ID)
    assert path == str(tmp_path / ".azureml" / "config.json")
    assert set(json.loads(Path(path).read_text())) == {"Id", "Scope"}
    assert workspace_config.read(path)[:3] == ("s", "g", "w")
    workspace_config.write(str(tmp_path), "config.json", Named("s", "g", "other"), OUR_ID)
    assert workspace_config.read(path).workspace_name == "other"


def test_what_is_no_folder_is_refused(tmp_path: Path) -> None:
    names = Named("s", "g", "w")
    file = put(tmp_path / "notes.txt", "mine")
    with pytest.raises(UserErrorException, match=r"write_config, path .*give the folder"):
        workspace_config.write(str(file), "config.json", names, OUR_ID)
    with pytest.raises(UserErrorException, match="cannot be written"):
        workspace_config.write(str(file / "below"), "config.json", names, OUR_ID)
    assert file.read_text() == "mine"


@pytest.mark.parametrize("data", [FLAT, SCOPED, json.dumps(FLAT, indent=7)])
def test_a_file_of_azure_that_names_this_workspace_stays_byte_identical(tmp_path: Path, data: object) -> None:
    path = put(tmp_path / ".azureml" / "config.json", data)
    before = path.read_bytes()
    workspace_config.write(str(tmp_path), "config.json", Named("s", "g", "w"), OUR_ID)
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == ["config.json"]


@pytest.mark.parametrize(
    "data", [{**FLAT, "workspace_name": "other"}, "notes of mine", {**SCOPED, "Id": "0f7c-a-uuid"}]
)
def test_a_file_that_is_not_ours_is_never_overwritten(tmp_path: Path, data: object) -> None:
    path = put(tmp_path / ".azureml" / "config.json", data)
    before = path.read_bytes()
    with pytest.raises(UserErrorException, match="not overwritten"):
        workspace_config.write(str(tmp_path), "config.json", Named("s", "g", "new"), OUR_ID)
    assert path.read_bytes() == before
