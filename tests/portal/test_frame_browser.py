"""The portal's lists in a real browser, while real runs run and wait."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Iterator, List

import pytest
from playwright.sync_api import Browser, expect

from azureml.core import Workspace
from azureml.core.compute import ComputeTarget
from tests.portal.accessibility import serious_findings
from tests.portal.chromium import Observed
from tests.portal.conftest import Site
from tests.portal.filled import HOSTILE, Filled, fill
from tests.support.waiting import wait_until
from trainshed.contract.api import Ending, WorkspaceAsk

DESK = {"width": 1280, "height": 800}
PHONE = {"width": 360, "height": 740}
#: In milliseconds.
SOON = 60_000


@pytest.fixture(scope="module")
def filled(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    folder = tmp_path_factory.mktemp("project")
    yield fill(site, folder)
    api, workspace = site.recorder.api, site.recorder.workspace.id
    for run in api.list_runs(workspace, experiment="queued").runs:
        api.cancel_run(workspace, run.id)
    wait_until(lambda: api.server().running == 0, what="the runs to end")


@pytest.fixture(scope="module")
def cookies(filled: Filled) -> List[Any]:
    cookies = filled.site.user().cookies
    return [{"name": name, "value": value, "url": f"http://{filled.site.host}"} for name, value in cookies.items()]


class Reader(Observed):
    """A browser of somebody who is logged in."""

    def __init__(self, browser: Browser, site: Site, cookies: List[Any], **options: Any) -> None:
        self.origin = f"http://{site.host}"
        super().__init__(browser, self.origin, **{"viewport": DESK, **options})
        self.context.add_cookies(cookies)
        self.page.set_default_timeout(SOON)
        expect.set_options(timeout=SOON)

    def see(self, path: str) -> None:
        self.page.goto(self.origin + path)

    def stay(self) -> None:
        """From here on :attr:`stayed` tells whether the page was loaded anew."""
        self.page.evaluate("window.here = 1")

    @property
    def stayed(self) -> bool:
        return bool(self.page.evaluate("window.here === 1"))


@pytest.fixture
def reader(browser: Browser, filled: Filled, cookies: List[Any]) -> Iterator[Reader]:
    opened = Reader(browser, filled.site, cookies)
    yield opened
    opened.context.close()


def name_of(path: str) -> str:
    """Of a picture. Ids of workspaces and datasets are others each time."""
    parts = [part for part in path.partition("?")[0].split("/") if part and len(part) < 24]
    return "-".join(["portal", *(parts or ["home"])])


def test_every_page_can_be_used_by_all(reader: Reader, filled: Filled) -> None:
    findings: List[str] = []
    shown = 0
    for path in [*filled.pages, "/runs?status=Canceled", "/runs/nowhere/none"]:
        reader.see(path)
        shown += HOSTILE in reader.page.locator("body").inner_text()
        assert reader.page.locator("img, main script, iframe, object").count() == 0, path
        findings += [f"{path}: {finding}" for finding in looked_at(reader, name_of(path))]
    assert findings == []
    assert shown >= 8, "names that would run if they were more than text"
    missing = "Failed to load resource: the server responded with a status of 404 (Not Found)"
    reader.complaints.remove(missing)
    reader.assert_quiet()


def test_who_is_not_logged_in_is_told_how(browser: Browser, filled: Filled) -> None:
    reader = Reader(browser, filled.site, [])
    for path in ("/", "/login", "/open/no-such-code"):
        reader.see(path)
        assert "trainshed portal" in reader.page.locator("main").inner_text()
        assert looked_at(reader, "portal-login") == []
    assert reader.foreign == []
    reader.context.close()


def looked_at(reader: Reader, name: str) -> List[str]:
    """By day, at night, on a phone: what is wrong with a page."""
    page = reader.page
    reader.shot(f"{name}-light")
    findings = serious_findings(page)
    page.emulate_media(color_scheme="dark")
    reader.shot(f"{name}-dark")
    findings += [f"dark {finding}" for finding in serious_findings(page, "color-contrast")]
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(PHONE)
    reader.shot(f"{name}-phone")
    width = page.evaluate("document.documentElement.scrollWidth")
    page.set_viewport_size(DESK)
    return [*findings, f"it is {width} wide on a phone"] if width > PHONE["width"] else findings


def test_filters_are_in_the_address(reader: Reader) -> None:
    page, rows = reader.page, reader.page.locator("#runs tbody tr")
    reader.see("/runs")
    everything = rows.count()
    reader.stay()
    page.get_by_label("Experiment").select_option("first")
    expect(rows).to_have_count(4)
    page.wait_for_url("**experiment=first**")
    assert everything > 4 and reader.stayed, "a filter needs no reload"
    page.get_by_label("Tag").fill("stage=dev")
    page.get_by_label("Tag").press("Enter")
    expect(rows).to_have_count(2)
    page.get_by_label("Created").select_option("last hour")
    page.wait_for_url("**within=1h**")
    page.get_by_role("link", name="Failed", exact=True).click()
    expect(rows).to_have_count(1)
    page.wait_for_url("**status=Failed**")
    for part in ("experiment=first", "tag=stage%3Ddev", "within=1h", "status=Failed"):
        assert part in page.url
    page.reload()
    assert rows.count() == 1 and page.get_by_label("Experiment").input_value() == "first"
    page.get_by_role("link", name="take this filter away").click()
    page.wait_for_url(lambda url: "tag=" not in url)
    page.go_back()
    page.go_back()
    expect(rows).to_have_count(2)
    reader.assert_quiet()


def test_lists_move_without_a_reload(reader: Reader, filled: Filled) -> None:
    recorder, page = filled.site.recorder, reader.page
    reader.see("/runs?find=moving")
    reader.stay()
    expect(page.locator("body.live")).to_have_count(1)
    run = recorder.run("moving", name="moving on")
    line = page.locator(f"[id='run-{run.id}']")
    expect(line).to_contain_text("Running")
    link = line.get_by_role("link", name="moving on")
    link.focus()
    recorder.api.end_run(run.workspace_id, run.id, Ending("Completed"))
    expect(line).to_contain_text("Completed")
    assert link.evaluate("e => e === document.activeElement"), "whoever was there is there still"
    assert reader.stayed
    reader.assert_quiet()


def test_metrics_are_chosen_and_compared(reader: Reader, filled: Filled) -> None:
    page, metrics = reader.page, reader.page.locator("th.metric")
    for number, name in enumerate(("loss", "accuracy", HOSTILE, "four", "five")):
        run = filled.site.recorder.run("compared")
        filled.site.recorder.log(run, {name: [float(number)]})
        filled.site.recorder.api.end_run(run.workspace_id, run.id, Ending("Completed"))
    reader.see(f"/experiments/{filled.site.recorder.workspace.id}/compared")
    expect(metrics).to_have_count(4)
    reader.stay()
    page.get_by_text("Metrics", exact=True).click()
    page.get_by_label(HOSTILE).uncheck()
    expect(metrics).to_have_count(3)
    page.get_by_label("loss").uncheck()
    expect(metrics).to_have_count(2)
    page.wait_for_url(lambda url: "metric=four" in url and "metric=loss" not in url)
    assert reader.stayed
    reader.assert_quiet()


def test_home_says_what_runs_and_what_waits_and_why(reader: Reader, filled: Filled) -> None:
    page = reader.page
    reader.see("/")
    waiting = page.get_by_role("region", name="Waiting")
    expect(waiting.locator("tbody tr")).to_have_count(2)
    assert "waits for a node of one-place: 1 of 1 busy, none before it" in waiting.inner_text()
    reader.stay()
    expect(page.locator("body.live")).to_have_count(1)
    ComputeTarget(Workspace.from_config(), "one-place").update(max_nodes=2)
    running = page.get_by_role("region", name="Running")
    expect(running.locator("tbody tr")).to_have_count(2)
    expect(waiting.locator("tbody tr")).to_have_count(1)
    assert filled.waiting in running.inner_text() and reader.stayed
    reader.shot("portal-home-moved")

    reader.see(f"/compute/{filled.site.recorder.workspace.id}/one-place")
    assert page.get_by_role("region", name="Nodes").locator("tbody tr").count() == 2
    assert "waits for a node" in page.get_by_role("region", name="Queue").inner_text()
    reader.assert_quiet()


def test_without_scripts(browser: Browser, filled: Filled, cookies: List[Any]) -> None:
    reader = Reader(browser, filled.site, cookies, java_script_enabled=False)
    page = reader.page
    for path in filled.pages:
        reader.see(path)
        assert page.locator("h1").count() == 1 and page.locator("main").inner_text().strip(), path
    reader.see("/runs")
    page.get_by_label("Find").fill("alert(1)")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("#runs tbody tr")).to_have_count(3)
    assert "find=alert" in page.url
    page.get_by_role("link", name="Failed", exact=True).click()
    expect(page.locator("#runs tbody tr")).to_have_count(1)
    reader.context.close()


def test_by_keyboard(reader: Reader) -> None:
    page = reader.page
    reader.see("/runs")
    focused = "e => e === document.activeElement"
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="To the content")
    assert skip.evaluate(focused)
    box = skip.bounding_box()
    assert box is not None and box["x"] >= 0, "it shows once it has the focus"
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    home = page.get_by_role("link", name="Home", exact=True)
    assert home.evaluate(focused)
    assert home.evaluate("e => getComputedStyle(e).outlineStyle") == "solid", "one sees where one is"
    skip.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.locator("main :focus").count() == 1, "the navigation was skipped"
    reader.assert_quiet()


def test_a_model_is_downloaded(reader: Reader, filled: Filled) -> None:
    reader.see(next(path for path in filled.pages if path.endswith("my-net/2")))
    with reader.page.expect_download() as started:
        reader.page.get_by_role("link", name="net/weights.bin").click()
    assert Path(started.value.path()).read_bytes() == b"weights"
    with reader.page.expect_download() as started:
        reader.page.get_by_role("link", name="All as zip").click()
    assert started.value.suggested_filename == "my-net-2.zip"
    reader.assert_quiet()


def test_the_menu_of_workspaces(reader: Reader, filled: Filled) -> None:
    page = reader.page
    reader.see("/models")
    assert page.locator(".top .menu").count() == 0, "one needs no choice"
    api, default = filled.site.recorder.api, filled.site.recorder.workspace
    other = api.workspace(WorkspaceAsk("a <b>second<b> one", "s", "g", create=True))
    reader.see("/models")
    assert page.locator("tbody tr").count() == 1, "the default is where the newest run is"
    page.locator(".top .menu summary").click()
    assert looked_at(reader, "portal-workspaces") == []
    page.get_by_role("link", name=other.name).click()
    expect(page.locator("main")).to_contain_text("There is no run yet")
    page.get_by_role("link", name="Models", exact=True).click()
    expect(page.locator("main")).to_contain_text("There is no model yet")
    assert other.id in page.url, "links stay in the workspace"
    page.locator(".top .menu summary").click()
    page.get_by_role("link", name=default.name).click()
    expect(page.get_by_role("region", name="Running")).to_have_count(1)
    reader.assert_quiet()
