"""What v1 has beside runs: logins, telemetry, the widget, msrest, names of Azure's own services."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict

import pytest

from azureml.core import Experiment, Workspace, diagnostic_log
from azureml.core.authentication import (
    AbstractAuthentication,
    ArmTokenAuthentication,
    Audience,
    AzureCliAuthentication,
    AzureMLTokenAuthentication,
    InteractiveLoginAuthentication,
    MsiAuthentication,
    ServicePrincipalAuthentication,
    TokenAuthentication,
)
from azureml.core.util import NewLoggingLevel
from azureml.exceptions import AzureMLException, UserErrorException
from azureml.telemetry import set_diagnostics_collection
from azureml.widgets import RunDetails

pytestmark = pytest.mark.timeout(120)

SECRET = "a-password-of-azure"
LOGINS = (
    InteractiveLoginAuthentication(),
    InteractiveLoginAuthentication(force=True, tenant_id="t", cloud="AzureCloud"),
    ServicePrincipalAuthentication("t", "id", SECRET),
    ServicePrincipalAuthentication(tenant_id="t", service_principal_id="i", service_principal_password=SECRET),
    AzureCliAuthentication(),
    MsiAuthentication(identity_config={"client_id": "c"}),
    ArmTokenAuthentication(SECRET),
    TokenAuthentication(get_token_for_audience=lambda audience: SECRET),
)


def answers(header: Dict[str, str], experiment: Experiment) -> int:
    """The status with which the server answers a request with that header."""
    import http.client
    from urllib.parse import urlsplit

    connection = http.client.HTTPConnection(urlsplit(experiment.workspace.discovery_url).netloc, timeout=60)
    connection.request("GET", "/api/v1/workspaces", headers={**header, "X-Trainshed-Wire": "1"})
    status = connection.getresponse().status
    connection.close()
    return status


@pytest.mark.parametrize("login", LOGINS, ids=lambda login: type(login).__name__)
def test_every_login_is_valid_for_our_server_and_keeps_no_secret(login: Any, experiment: Experiment) -> None:
    assert answers(login.get_authentication_header(), experiment) == 200
    assert SECRET not in repr(vars(login))
    workspace = Workspace.from_config(auth=login)
    assert workspace == experiment.workspace and workspace._auth_object is login


def test_who_gave_no_login_has_one(experiment: Experiment) -> None:
    login = experiment.workspace._auth_object
    assert isinstance(login, AbstractAuthentication)
    assert answers(login.get_authentication_header(), experiment) == 200
    assert login.get_token().token == login.get_authentication_header()["Authorization"].split()[1]


class Session:
    """The part of requests' session that is used."""

    def __init__(self) -> None:
        self.headers: Dict[str, str] = {}


def test_sessions_carry_the_header(experiment: Experiment) -> None:
    login = InteractiveLoginAuthentication()
    assert login.signed_session(Session()).headers == login.get_authentication_header()


def test_a_users_function_is_asked_for_tokens() -> None:
    asked = []
    login = TokenAuthentication(get_token_for_audience=lambda audience: asked.append(audience) or "token")
    assert [login.get_token(), login.get_token(Audience.aml), login.get_token(Audience.arm)] == ["token"] * 3
    assert asked == ["ARM", "AZUREML", "ARM"]


def test_a_token_that_is_given(experiment: Experiment) -> None:
    token = InteractiveLoginAuthentication().get_authentication_header()["Authorization"].split()[1]
    login = AzureMLTokenAuthentication.create(token, 1.5, None, "s", "g", "w", "e", "r")
    assert (login.token, login.expiry_time) == (token, 1.5)
    assert answers(login.get_authentication_header(), experiment) == 200
    login.set_token("another", None)
    assert login.get_authentication_header() == {"Authorization": "Bearer another"}
    assert answers(login.get_authentication_header(), experiment) == 401


def test_the_widget_is_text(experiment: Experiment, capsys: pytest.CaptureFixture[str]) -> None:
    set_diagnostics_collection(send_diagnostics=True)
    run = experiment.start_logging(outputs=False, snapshot_directory=None)
    for number in range(20):
        run.log("loss", number)
    run.log("final", 0.5)
    child = run.child_run("below")
    child.complete()
    capsys.readouterr()
    details = RunDetails(run)
    assert details.show() is None
    shown = capsys.readouterr()
    assert f"{run.id}: Running" in shown.out and "loss: 20 values, the last 19" in shown.out and shown.err == ""
    assert "final: 0.5" in shown.out and f"child {child.id}: Completed" in shown.out and run.portal_url in shown.out
    for number in range(50):
        run.log("metric %d" % number, number)
    run.fail("it was a test")
    details.show()
    printed = capsys.readouterr().out
    assert "it was a test" in printed and "and more: 12 further metrics" in printed and printed.count("\n") < 50
    data = details.get_widget_data({"debug": True})
    assert (data["status"], data["run_id"], data["loading"]) == ("Failed", run.id, False)
    assert [one["name"] for one in data["run_metrics"]][:2] == ["loss", "final"]
    assert [one["run_id"] for one in data["child_runs"]] == [child.id]
    assert data["run_properties"]["start_time"].endswith("Z") and data["widget_settings"] == {"debug": True}
    with pytest.raises(UserErrorException, match="not str"):
        RunDetails("a run")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("module", "use"),
    [
        ("azureml.train.automl", "AutoMLConfig(task='classification')"),
        ("azureml.train.automl.run", "AutoMLRun(None, 'id')"),
        ("azureml.interpret", "ExplanationClient.from_run(None)"),
        ("azureml.core.compute", "DatabricksCompute.attach_configuration(resource_group='g')"),
    ],
)
def test_services_of_azure_fail_on_use(module: str, use: str) -> None:
    name = use.partition("(")[0].partition(".")[0]
    with pytest.raises(UserErrorException, match=f"{name}.* is a service of Azure.*docs/moving-from-azure"):
        exec(f"from {module} import {name}\n{use}", {})


def python(code: str, *folders: Path) -> str:
    """What a fresh interpreter prints."""
    import os

    paths = os.pathsep.join(map(str, folders))
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


RAISE = """
import azureml.core
from msrest.exceptions import HttpOperationError
import msrest, pickle
from trainshed.contract.data_errors import DatastoreNotFound
from azureml.exceptions import AzureMLException, UserErrorException
try:
    raise DatastoreNotFound(name="images", known="workspaceblobstore", near="")
except HttpOperationError as error:
    assert isinstance(error, (AzureMLException, UserErrorException)) and "images" in error.message
    assert isinstance(pickle.loads(pickle.dumps(error)), HttpOperationError)
    print(error.response.status_code, msrest.__file__)
"""


def test_msrest_stands_in_where_there_is_none() -> None:
    assert python(RAISE).split()[0] == "404"
    assert "standins" in python(RAISE).split()[1]


def test_a_real_msrest_wins_and_catches_ours(tmp_path: Path) -> None:
    package = tmp_path / "msrest"
    package.mkdir()
    (package / "__init__.py").write_text("")
    # As the real one: it can't be made without a response.
    (package / "exceptions.py").write_text(
        "class ClientException(Exception):\n    pass\n"
        "class HttpOperationError(ClientException):\n"
        "    def __init__(self, deserialize, response, resource_type=None, *args, **kwargs):\n"
        "        self.error, self.message, self.response = None, None, response\n"
    )
    status, place = python(RAISE, tmp_path).split()
    assert (status, place) == ("404", str(package / "__init__.py"))


def test_a_level_for_a_while() -> None:
    logger = logging.getLogger("trainshed.test")
    logger.setLevel(logging.ERROR)
    with NewLoggingLevel("trainshed.test") as inside:
        assert inside is logger and logger.level == logging.WARNING
    assert logger.level == logging.ERROR


def test_logs_go_to_a_file_for_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    logger = logging.getLogger("trainshed.test")
    logger.setLevel(logging.NOTSET)
    level = logging.getLogger("trainshed").level
    with diagnostic_log(context_name="mine"):
        logger.debug("said inside")
    logger.debug("said outside")
    (file,) = (tmp_path / "logs" / "azureml").iterdir()
    text = file.read_text()
    assert "said inside" in text and "mine: begins" in text and "outside" not in text
    assert logging.getLogger("trainshed").level == level
    chosen = diagnostic_log(str(tmp_path / "a" / "b.log"), ["only.this"])
    chosen.start_capture()
    chosen.start_capture()
    logging.getLogger("only.this").info("heard")
    logger.debug("not heard")
    chosen.stop_capture()
    chosen.stop_capture()
    lines = (tmp_path / "a" / "b.log").read_text().splitlines()
    assert [line.rpartition("|")[2] for line in lines] == ["diagnostic_log: begins", "heard", "diagnostic_log: ends"]


def test_what_is_said_about_a_workspace(experiment: Experiment, tmp_path: Path) -> None:
    workspace = Workspace.create(
        "about", subscription_id="s", resource_group="g", tags={"team": "a"}, friendly_name="F"
    )
    assert workspace.tags == {"team": "a"}
    again = Workspace.get("about", subscription_id="s", resource_group="g")
    assert again.get_details()["friendlyName"] == "F" and again.get_details()["workspaceid"] == workspace._workspace_id
    details = again.update(description="of a test", tags={"rank": 1})  # type: ignore[dict-item]
    assert (details["description"], details["friendlyName"], details["tags"]) == ("of a test", "F", {"rank": "1"})
    assert workspace.tags == {"rank": "1"} and experiment.workspace.tags == {}
    assert Workspace.setup() == experiment.workspace
    with pytest.raises(AzureMLException, match="exist_ok"):
        Workspace.create("about", subscription_id="s", resource_group="g")
    assert Workspace.create("about", subscription_id="s", resource_group="g", exist_ok=True) == workspace
    workspace.write_config(path=".azureml")
    assert (tmp_path / ".azureml" / "config.json").exists() and Workspace.from_config() == workspace
    assert set(Workspace.list("s")) == {"about"} and Workspace.list("s", resource_group="other") == {}
