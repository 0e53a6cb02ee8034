"""What a notebook shows, in a real Jupyter kernel; and that a display neither fails nor waits."""

from __future__ import annotations

import os
import re
import signal
import socket
import threading
import time
from html import unescape
from pathlib import Path
from typing import Dict, Iterator, List
from urllib.parse import urlsplit

import pytest

from azureml.core import Dataset, Environment, Experiment, Workspace
from azureml.core.compute import AmlCompute, ComputeTarget
from azureml.core.conda_dependencies import CondaDependencies
from tests.integration.submitting import write
from tests.portal.conftest import Browser, path_of
from tests.support.kernels import Notebook, notebook
from tests.support.waiting import wait_until
from trainshed.client.api import Api
from trainshed.client.http import Client
from trainshed.contract.errors import ServerUnreachable
from trainshed.contract.frozen import replace
from trainshed.sdk.glance import Glance
from trainshed.sdk.notebook import Link, in_time, listed, table
from trainshed.sdk.run import Run
from trainshed.sdk.watching import Watch

pytestmark = pytest.mark.timeout(180)

TRAIN = """
import os, sys, time
from azureml.core import Run
run = Run.get_context()
for number in range(8):
    run.log('loss', number)
    sys.stderr.write('\\r%d of 8' % number)
print('\\n\\x1b[31mred\\x1b[0m')
while not os.path.exists(sys.argv[1]): time.sleep(0.02)
"""

BEGIN = """
from azureml.core import Workspace, Experiment, ScriptRunConfig
from azureml.core.runconfig import RunConfiguration
from azureml.widgets import RunDetails
ws = Workspace.from_config()
exp = Experiment(ws, 'notebook')
config = RunConfiguration()
config.environment.python.user_managed_dependencies = True
"""


@pytest.fixture(scope="module")
def desk(house: Path) -> Path:
    """Where the notebook's file lies."""
    folder = house / "desk"
    folder.mkdir()
    return folder


@pytest.fixture(scope="module")
def book(desk: Path) -> Iterator[Notebook]:
    with notebook(desk) as made:
        made.cell(BEGIN)
        yield made


def heads(html: str) -> list[str]:
    return re.findall("<th>(.*?)</th>", html)


def link_in(html: str) -> str:
    """The first link."""
    found = re.search('<a href="(.*?)" target="_blank" rel="noopener">', html)
    assert found
    return unescape(found.group(1))


def leads_to(link: str) -> str:
    """Where a browser gets that opens a link, and again when the code is used up."""
    browser = Browser(urlsplit(link).netloc)
    page = browser.get(path_of(link))
    assert page.status == 303
    assert browser.get(path_of(link)).headers["location"] == page.headers["location"]
    assert browser.get(page.headers["location"]).status == 200
    return page.headers["location"]


def test_a_run_and_its_experiment_are_tables_with_links(book: Notebook) -> None:
    shown = book.cell("run = exp.start_logging(outputs=False, snapshot_directory=None)\nrun")
    assert heads(shown.html) == ["Experiment", "Id", "Type", "Status", "Details Page", "Docs Page"]
    (plain,) = [one["text/plain"] for one in shown.shown]
    run_id = re.search("Id: (.*?),", plain).group(1)  # type: ignore[union-attr]
    assert f"<td>{run_id}</td>" in shown.html and "<td>Running</td>" in shown.html
    assert leads_to(link_in(shown.html)).endswith(f"/{run_id}")
    assert link_in(shown.html) != link_in(book.cell("run").html), "each display makes a link of its own"
    # Ended by somebody else: the table tells how it stands now.
    assert "<td>Completed</td>" in book.cell("next(exp.get_runs()).complete()\nrun").html

    shown = book.cell("exp")
    assert heads(shown.html) == ["Name", "Workspace", "Report Page", "Docs Page"]
    assert leads_to(link_in(shown.html)).endswith("experiment=notebook")
    assert leads_to(link_in(book.cell("ws").html)).startswith("/?workspace=")
    assert link_in(book.cell("exp").html) in book.saved.replace("\\u0026", "&")


def test_a_run_is_followed_in_one_display(book: Notebook, desk: Path, tmp_path: Path) -> None:
    write(desk / "proj" / "train.py", TRAIN)
    go = tmp_path / "go"
    book.cell(f"run = exp.submit(ScriptRunConfig('proj', 'train.py', arguments=[{str(go)!r}], run_config=config))")
    seen: list[str] = []

    def look_on() -> None:
        """All news of a display belong to the cell that runs: between two cells nobody reads them."""
        try:
            wait_until(lambda: book.newest.shown, 60, "the display")
            seen.append(book.newest.html)
            wait_until(lambda: "8 values, the last 7" in book.newest.html and "Running" in book.newest.html, 60)
            go.touch()
            wait_until(lambda: "Completed" in book.newest.html, 60)
        finally:
            go.touch()
            (tmp_path / "seen").touch()

    onlooker = threading.Thread(target=look_on)
    onlooker.start()
    cell = book.cell(
        "RunDetails(run).show()\ndetails = run.wait_for_completion(show_output=True)\n"
        f"import os, time\nwhile not os.path.exists({str(tmp_path / 'seen')!r}): time.sleep(0.05)"
    )
    onlooker.join(60)
    assert "<td>notebook</td>" in seen[0] and link_in(cell.html) == link_in(seen[0])
    (shown,) = cell.shown
    assert "Completed" in shown["text/html"]
    assert "Completed" in shown["text/plain"] and "loss: 8 values" in shown["text/plain"]

    text = cell.text()
    assert "\r" not in text and "\x1b" not in text
    assert "\n7 of 8\nred\n" in text
    headings = re.findall(r"Streaming (\S+)\n=+\n", text)
    assert len(set(headings)) == len(headings) and "azureml-logs/70_driver_log.txt" in headings
    assert cell.text("stderr") == "" and text.count("Execution Summary") == 1


def test_interrupting_the_kernel_ends_the_waiting_and_not_the_run(book: Notebook, desk: Path, tmp_path: Path) -> None:
    write(desk / "proj" / "train.py", TRAIN)
    go = tmp_path / "go"
    begun = book.cell(
        f"run = exp.submit(ScriptRunConfig('proj', 'train.py', arguments=[{str(go)!r}], run_config=config))\n"
        "import os\nprint(run.id, os.getpid())"
    )
    run_id, pid = begun.text().split()
    run = Workspace.from_config().get_run(run_id)

    def interrupt() -> None:
        wait_until(lambda: "70_driver_log" in book.newest.text(), 60, "the cell to follow")
        os.kill(int(pid), signal.SIGINT)

    interrupter = threading.Thread(target=interrupt)
    interrupter.start()
    cell = book.cell(
        "from azureml.exceptions import ExperimentExecutionException\n"
        "try:\n    run.wait_for_completion(show_output=True)\n"
        "except ExperimentExecutionException as error:\n    print('INTERRUPTED', error.message)"
    )
    interrupter.join(60)
    assert "INTERRUPTED" in cell.text() and f"trainshed cancel {run_id}" in cell.text()
    assert run.get_status() == "Running"
    go.touch()
    run.wait_for_completion()


def test_a_display_whose_server_is_away_says_so(experiment: Experiment) -> None:
    run = experiment.start_logging(outputs=False, snapshot_directory=None)
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        api = Api(Client(["http://127.0.0.1:%d" % nobody.getsockname()[1]], "token"))
        shown: List[Dict[str, str]] = []
        watch = Watch(api, Glance(run._record), "http://page", None, shown.append)
        watch.start()
        wait_until(lambda: bool(shown), 60, "the display to be written over")
    assert "Running (Trainshed does not answer; this may be out of date)" in shown[0]["text/plain"]
    run.complete()
    watch._seen = Glance(run._record)  # the thread has nothing to wait for any more


def test_a_display_of_a_run_that_is_gone_ends(experiment: Experiment) -> None:
    run = experiment.start_logging(outputs=False, snapshot_directory=None)
    shown: List[Dict[str, str]] = []
    gone = replace(run._record, id="gone")
    Watch(run._api, Glance(gone), "http://page", None, shown.append).start()
    wait_until(lambda: bool(shown), 60, "the display to be written over")
    assert "There is no run" in shown[0]["text/html"]
    run.complete()


def test_a_display_is_no_reason_to_start_a_server(book: Notebook) -> None:
    # What follows a run asks its server, and lets one that was stopped alone.
    found = book.cell("from trainshed.sdk.watching import _for_looking\nprint(_for_looking(ws._api).client.revive)")
    assert found.text() == "None\n"


def test_the_other_tables(experiment: Experiment, tmp_path: Path) -> None:
    ws = experiment.workspace
    write(tmp_path / "m.pkl", "x")
    with experiment.start_logging(outputs=False, snapshot_directory=None) as run:
        run.upload_file("outputs/m.pkl", str(tmp_path / "m.pkl"))
    model = run.register_model("hostile", "outputs/m.pkl", tags={"<script>": "<img src=x onerror=alert(1)>"})
    html = model._repr_html_()
    assert heads(html) == ["Name", "Version", "Framework", "Tags", "Run", "Details Page"] and run.id in html
    assert leads_to(link_in(html)).endswith("/hostile/1")
    assert "<script" not in html and "<img" not in html and "&lt;script&gt;: &lt;img" in html

    store = ws.get_default_datastore()
    assert "<td>workspaceblobstore</td><td>AzureBlob</td>" in store._repr_html_()
    data = Dataset.File.from_files([(store, f"<b>{number}") for number in range(5)], validate=False)
    assert "(&#x27;workspaceblobstore&#x27;, &#x27;&lt;b&gt;0&#x27;)" in data._repr_html_()
    assert " and 2 more</td>" in data._repr_html_()
    registered = data.register(ws, "five")
    assert heads(registered._repr_html_()) == ["Name", "Version", "Type", "Source", "Tags", "Details Page"]
    assert leads_to(link_in(registered._repr_html_())).endswith(f"/datasets/{ws._workspace_id}/{registered.id}")

    environment = Environment("of-table")
    environment.python.conda_dependencies = CondaDependencies.create(pip_packages=["a<1"], python_version="3.9")
    assert "<td>of-table</td><td>not registered</td><td>3.9</td>" in environment._repr_html_()
    assert "a&lt;1" in environment._repr_html_()
    environment.python.user_managed_dependencies = True
    assert "<td>python</td><td>as they are there</td>" in environment._repr_html_()

    target = ComputeTarget.create(ws, "table", AmlCompute.provisioning_configuration(max_nodes=2))
    assert "<td>table</td>" in target._repr_html_() and "<td>0 to 2</td>" in target._repr_html_()
    assert leads_to(link_in(target._repr_html_())).endswith("/compute/%s/table" % ws._workspace_id)


def test_everything_is_escaped_and_only_web_addresses_are_links() -> None:
    html = table(
        [("<a>", '"><script>'), ("b", Link("<i>", "javascript:alert(1)")), ("c", Link("<u>", 'http://h/"><p>'))]
    )
    assert "<script" not in html and "<i>" not in html and "javascript" not in html and "<p>" not in html
    assert html.count("<a ") == 1 and "&lt;u&gt;</a>" in html
    assert listed(["a", "b", "c"]) == "a, b, c" and listed(["a", "b"], 1) == "a and 1 more"


def test_a_display_has_a_deadline_and_does_not_fail() -> None:
    never = threading.Event()
    begun = time.monotonic()
    assert in_time(never.wait, 0.05) is None
    assert time.monotonic() - begun < 30
    never.set()

    def away() -> str:
        raise ServerUnreachable(address="nowhere", why="a test")

    assert in_time(away) is None
    assert in_time(lambda: "there") == "there"


@pytest.mark.parametrize("answers", ["refused", "silence"])
def test_a_run_whose_server_is_away_is_a_table_without_link(experiment: Experiment, answers: str) -> None:
    run = experiment.start_logging(outputs=False, snapshot_directory=None)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        if answers == "silence":
            listener.listen()
        address = "http://127.0.0.1:%d" % listener.getsockname()[1]
        gone = Workspace._of(Api(Client([address], "token")), experiment.workspace._record)
        lonely = Run._of_record(Experiment(gone, experiment.name), run._record)
        html = lonely._repr_html_()
    assert f"<td>{run.id}</td>" in html and "<td>Running</td>" in html
    assert "<td>Trainshed does not answer</td>" in html and html.count("<a ") == 1  # the reference page
    run.complete()
