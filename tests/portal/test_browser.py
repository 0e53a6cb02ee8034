"""What a user does: submit, take the link that the run gives, look at the page in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from azureml.core import Experiment, Run, ScriptRunConfig, Workspace
from azureml.core.runconfig import RunConfiguration
from tests.portal.chromium import Observed, origin_of

SCRIPT = """
import math, os, sys
from azureml.core import Run
run = Run.get_context()
for step in range(200):
    run.log('loss', math.exp(-step / 40) + 0.05 * math.sin(step))
    run.log('accuracy', 1 - math.exp(-step / 60))
    print('step', step, 'of <b>200</b>')
run.log('<script>alert(1)</script>', 1)
run.tag('stage', 'browser test')
os.makedirs('outputs', exist_ok=True)
with open('outputs/model.txt', 'w') as file:
    file.write('a model')
sys.exit(3)
"""


@pytest.fixture
def run(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run that has ended."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "train.py").write_text(SCRIPT)
    configuration = RunConfiguration()
    configuration.environment.python.user_managed_dependencies = True
    config = ScriptRunConfig("project", script="train.py", arguments=["--alpha", 0.5], run_config=configuration)
    submitted = Experiment(Workspace.from_config(), "browser").submit(config)
    submitted.wait_for_completion(raise_on_error=False)
    return submitted


def test_the_page_of_a_real_run(run: Run, browser: Browser) -> None:
    link = run.get_portal_url()
    observed = Observed(browser, origin_of(link), viewport={"width": 1200, "height": 900})
    page = observed.page
    page.goto(link)
    assert run.id in page.url and "/open/" not in page.url, "the code is gone from the address"
    assert page.locator("h1").inner_text() == f"{run.id} Failed"
    text = page.locator("main").inner_text()
    for words in ("exit code 3", "--alpha", "0.5", "accuracy", "<script>alert(1)</script>", "browser test", "Running"):
        assert words in text, text
    assert page.locator("svg.sparkline polyline").count() == 2
    box = page.locator("svg.sparkline").first.bounding_box()
    assert box is not None and box["width"] == 120
    last_line = "step 199 of <b>200</b>"
    assert last_line in page.locator(".log-scroll").inner_text()
    bottom = "e => e.querySelector('pre').getBoundingClientRect().bottom <= e.getBoundingClientRect().bottom + 1"
    assert page.locator(".log-scroll").evaluate(bottom), "the end of the log is what shows"
    observed.shot("run")

    with page.expect_download() as started:
        page.get_by_role("link", name="Download outputs/model.txt").click()
    assert Path(started.value.path()).read_text() == "a model"

    page.get_by_role("link", name="Runs", exact=True).click()
    expect(page.locator("#runs tbody tr")).to_have_count(1)
    page.get_by_role("link", name="Completed").click()
    expect(page.locator("main")).to_contain_text("No run matches")
    observed.shot("none")
    observed.assert_quiet()


def test_a_used_link(run: Run, browser: Browser) -> None:
    link = run.get_portal_url()
    first, other = (Observed(browser, origin_of(link)).page for _ in range(2))
    first.goto(link)
    first.goto(link)
    assert run.id in first.locator("h1").inner_text(), "whoever is in stays in, and gets there again"
    other.goto(link)
    assert "opened before" in other.locator("main").inner_text()


def test_a_phone_at_night(run: Run, browser: Browser) -> None:
    link = run.get_portal_url()
    observed = Observed(browser, origin_of(link), viewport={"width": 360, "height": 740}, color_scheme="dark")
    observed.page.goto(link)
    assert observed.page.evaluate("document.documentElement.scrollWidth") <= 360, "nothing sticks out of the screen"
    assert observed.page.evaluate("getComputedStyle(document.body).backgroundColor") != "rgb(255, 255, 255)"
    observed.shot("phone")
    observed.assert_quiet()
