"""The key vault on a real server: set, read, listed, deleted; nothing of a value on the disk."""

from __future__ import annotations

import shutil
import sqlite3
import stat
from pathlib import Path

import pytest

from azureml.core import Experiment, Keyvault, Workspace
from azureml.core.keyvault import Keyvault as KeyvaultAgain
from azureml.exceptions import AzureMLException, UserErrorException
from tests.support.folders import contents_below
from trainshed.contract.layout import HomeLayout

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def vault(experiment: Experiment) -> Keyvault:
    """Of a workspace of its own."""
    return Workspace.create("vault-" + experiment.name).get_default_keyvault()


def test_secrets_are_set_replaced_listed_deleted(vault: Keyvault) -> None:
    assert type(vault) is Keyvault is KeyvaultAgain and vault.list_secrets() == []
    vault.set_secret(name="db-password", value="s3cret \u00e9\n")
    vault.set_secrets({"a": "1", "b": ""})
    assert vault.list_secrets() == [{"name": "a"}, {"name": "b"}, {"name": "db-password"}]
    assert vault.get_secret("db-password") == "s3cret \u00e9\n"
    vault.set_secret("a", "2")
    assert vault.get_secrets(["a", "b", "none"]) == {"a": "2", "b": "", "none": None}
    vault.delete_secret("a")
    vault.delete_secrets(["b", "none"])
    assert vault.list_secrets() == [{"name": "db-password"}]


def test_a_secret_that_is_not_there(vault: Keyvault) -> None:
    with pytest.raises(UserErrorException, match=r"SecretNotFound.*'nothing'.*set_secret"):
        vault.get_secret("nothing")


def test_content_types(vault: Keyvault) -> None:
    vault.set_secret("typed", "x", content_type="text/plain")
    vault.set_secret("plain", "x")
    assert (vault.get_secret_content_type("typed"), vault.get_secret_content_type("plain")) == ("text/plain", "")


def test_what_cannot_be_a_secret(vault: Keyvault) -> None:
    for name in ("", "a_b", "a/b", "a" * 128, "\u00e9", 7):
        with pytest.raises(UserErrorException, match="127"):
            vault.set_secret(name, "x")  # type: ignore[arg-type]
    with pytest.raises(UserErrorException) as caught:
        vault.set_secrets({"fine": "x", "bytes": b"hidden"})  # type: ignore[dict-item]
    assert "hidden" not in caught.value.message and "bytes" in caught.value.message
    with pytest.raises(UserErrorException, match="25600 bytes"):
        vault.set_secret("big", "x" * 30_000)
    with pytest.raises(UserErrorException, match="dict"):
        vault.set_secrets(["a"])  # type: ignore[arg-type]
    assert vault.list_secrets() == []


def test_workspaces_keep_their_secrets_apart(vault: Keyvault, experiment: Experiment) -> None:
    vault.set_secret("mine", "x")
    assert experiment.workspace.get_default_keyvault().get_secrets(["mine"]) == {"mine": None}


def test_no_value_lies_on_the_disk(vault: Keyvault, house: Path, tmp_path: Path) -> None:
    value = "plaintext-that-must-not-be-found"
    vault.set_secret("hidden", value)
    vault.set_secret("hidden", value + "-again")
    layout = HomeLayout(house)
    backup = tmp_path / "backup.db"
    source, copy = sqlite3.connect(layout.database), sqlite3.connect(backup)
    source.backup(copy)
    source.close()
    copy.close()
    files = {**dict(contents_below(house)), backup: backup.read_bytes()}
    assert layout.vault_key in files
    assert [path for path, data in files.items() if value.encode() in data] == []
    assert layout.vault_key.read_bytes() not in backup.read_bytes()
    assert stat.S_IMODE(layout.vault_key.stat().st_mode) == 0o600


def test_a_lost_key_is_told_and_found_again(vault: Keyvault, house: Path, tmp_path: Path) -> None:
    vault.set_secret("kept", "x")
    key = HomeLayout(house).vault_key
    shutil.move(str(key), tmp_path / "key")
    try:
        for use in (lambda: vault.get_secret("kept"), lambda: vault.set_secret("another", "y")):
            with pytest.raises(AzureMLException, match=r"vault\.key"):
                use()
        key.write_bytes(bytes(32))
        with pytest.raises(AzureMLException, match="another key"):
            vault.get_secret("kept")
    finally:
        shutil.move(tmp_path / "key", str(key))
    assert vault.get_secret("kept") == "x"


def test_a_sealed_value_opens_under_its_own_name_only(vault: Keyvault, house: Path) -> None:
    vault.set_secrets({"poor": "1", "rich": "2"})
    database = HomeLayout(house).database
    connection = sqlite3.connect(database, timeout=60)
    with connection:
        connection.execute(
            "UPDATE secrets SET sealed = (SELECT sealed FROM secrets WHERE workspace_id = ?1 AND name = 'rich') "
            "WHERE workspace_id = ?1 AND name = 'poor'",
            (vault.workspace._workspace_id,),
        )
    connection.close()
    with pytest.raises(AzureMLException, match="another key"):
        vault.get_secret("poor")
    assert vault.get_secret("rich") == "2"
