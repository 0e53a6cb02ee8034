"""The pages of a run in a real browser while real runs go on: every section, what moves by itself, what can be changed,
nothing that a script wrote ever taken for ours.
"""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import tempfile
import zipfile
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from azureml.core import Experiment, Run, ScriptRunConfig, Workspace
from tests.conftest import close_home
from tests.portal import puppets
from tests.portal.accessibility import serious_findings
from tests.portal.chromium import Observed, origin_of
from tests.portal.puppets import Puppet, by_hand
from tests.support.waiting import wait_until

DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 800}
PAGES = ("", "/metrics", "/logs", "/files?path=outputs/plots/surface.png", "/code", "/environment", "/children")
HOSTILE = "\"'></title></pre></script><script>alert(1)</script><img src=x onerror=alert(2)>{{ 7*7777 }}"


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """One for all tests here, with its server: whatever a test starts itself has to end with it."""
    made = Path(tempfile.mkdtemp(prefix="ts-", dir="/tmp"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRAINSHED_HOME", str(made))
        try:
            Workspace.from_config()
            yield made
        finally:
            close_home(made)


@pytest.fixture(scope="module")
def demo(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run that failed after it had logged one of everything, from a folder in git with a change."""
    project = tmp_path_factory.mktemp("demo")
    shutil.copy(Path(__file__).with_name("demo_script.py"), project / "train.py")
    (project / "README.md").write_text("# A project\n")
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "first"]):
        named = ["-c", "user.name=somebody", "-c", "user.email=somebody@example.com"]
        subprocess.run(["git", *named, *words], cwd=project, check=True)
    (project / "README.md").write_text("# A changed project\n")
    config = ScriptRunConfig(str(project), script="train.py", arguments=["--alpha", 0.5, 3], run_config=by_hand())
    run = Experiment(Workspace.from_config(), "demo").submit(config, tags={"stage": "try"})
    run.wait_for_completion(raise_on_error=False)
    return run


@pytest.fixture
def look(browser: Browser) -> Iterator[Callable[..., Observed]]:
    """Opens a run's page, logged in by its link; at the end nothing was complained of."""
    opened = []

    def look(run: Run, path: str = "", **options: Any) -> Observed:
        link = run.get_portal_url()
        observed = Observed(browser, origin_of(link), **{"viewport": DESK, **options})
        opened.append(observed)
        observed.page.goto(link)
        if path:
            observed.page.goto(observed.page.url + path)
        return observed

    yield look
    for observed in opened:
        observed.assert_quiet()
        observed.context.close()


@pytest.fixture
def puppet(home: Path, tmp_path: Path) -> Iterator[Puppet]:
    """A run that does what it is told."""
    made = puppets.start(tmp_path)
    yield made
    made.run.cancel()
    made.run.wait_for_completion(raise_on_error=False)


def shows(page: Page, words: str) -> None:
    """Wait until the page's text holds the words."""
    wait_until(lambda: words in page.locator("main").inner_text(), what=words)


def test_every_page_shows_its_part(demo: Run, look: Callable[..., Observed]) -> None:
    expected = {
        "": (
            "exit code 3",
            "--alpha",
            "train/loss",
            "WARNING nearly done",
            "outputs/model.bin",
            "Finalizing",
            "fold 1",
        ),
        "/metrics": ("resnet18", "cat", "ROC", "area 0.", "Residuals", "Predicted and true", "surface", "precision"),
        "/logs": ("driver log", "step 110", "100%|####################|", "75_job_post"),
        "/files?path=outputs/plots/surface.png": ("outputs/", "numbers.json", "Download all as zip", "model.bin"),
        "/code": ("README.md", "azureml.git.commit", "+# A changed project", "-# A project"),
        "/environment": ("Interpreter", "EXAMPLE_ENV_VAR"),
        "/children": ("fold 1", "Completed"),
    }
    assert set(expected) == set(PAGES)
    observed = look(demo)
    page, base = observed.page, observed.page.url
    for path, words in expected.items():
        page.goto(base + path)
        text = page.locator("main").inner_text()
        assert [word for word in words if word not in text] == [], path
        observed.shot("run" + (path.partition("?")[0].replace("/", "-") or "-overview"))


def test_charts_are_drawn_smoothed_scaled_and_zoomed(demo: Run, look: Callable[..., Observed]) -> None:
    page = look(demo, "/metrics").page
    page.wait_for_selector(".chart .uplot canvas")
    titles = page.locator(".chart figcaption").all_inner_texts()
    assert titles == ["train/loss, val/loss", "lr", "folds"]
    chart = page.locator(".chart").first
    wait_until(lambda: chart.get_attribute("data-points") == "120")
    page.get_by_label("Across").select_option("time")
    page.get_by_label("Logarithmic").check()
    page.get_by_label("Smoothing").fill("0.6")
    wait_until(lambda: chart.get_attribute("data-by") == "time")
    box = chart.locator(".u-over").bounding_box()
    assert box is not None
    with page.expect_request(lambda request: "chart.json" in request.url and "%2C" in request.url):
        page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + 50)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 50, steps=4)
        page.mouse.up()
    whole = chart.get_by_role("button", name="Whole")
    whole.click()
    wait_until(lambda: not whole.is_visible())
    chart.locator(".plot").focus()
    page.keyboard.press("+")
    wait_until(whole.is_visible)
    page.keyboard.press("0")
    wait_until(lambda: not whole.is_visible())


#: Keeps what is written on the page's canvases.
WRITTEN = """
window.written = [];
const write = CanvasRenderingContext2D.prototype.fillText;
CanvasRenderingContext2D.prototype.fillText = function (text, ...place) {
  window.written.push(String(text));
  return write.call(this, text, ...place);
};
"""


def test_a_logarithmic_axis_has_few_short_marks(puppet: Puppet, look: Callable[..., Observed]) -> None:
    page = look(puppet.run, "/metrics").page
    page.add_init_script(WRITTEN)
    puppet.do("[run.log('lr', 10 ** -n) for n in range(25)]")
    page.reload()
    wait_until(lambda: page.locator(".chart").first.get_attribute("data-points") == "25")
    page.evaluate("window.written.length = 0")
    page.get_by_label("Logarithmic").check()
    wait_until(lambda: "1e-24" in page.evaluate("window.written"))
    marks = {text for text in page.evaluate("window.written") if "e" in text}
    assert len(marks) <= 9 and all(re.fullmatch(r"1e-\d+", mark) for mark in marks), marks


def test_a_long_table_scrolls_by_itself(puppet: Puppet, look: Callable[..., Observed]) -> None:
    page = look(puppet.run, "/metrics").page
    puppet.do("[run.log_row('rows', x=n, y=n * n) for n in range(90)]")
    shows(page, "7921")
    box = page.get_by_role("group", name="rows").bounding_box()
    assert box is not None and box["height"] < 500


def test_lines_points_and_status_come_without_a_reload(puppet: Puppet, look: Callable[..., Observed]) -> None:
    observed = look(puppet.run)
    page, base = observed.page, observed.page.url
    page.evaluate("window.mark = 1")
    puppet.do("print('first \\x1b[31mred\\x1b[0m line', flush=True); run.log('loss', 0.75)")
    shows(page, "first red line")
    wait_until(lambda: page.locator(".t-fg-red").first.inner_text() == "red")
    shows(page, "0.75")
    wait_until(lambda: "Running" in page.locator("h1").inner_text())
    puppet.do("print(' 10%', end='\\r 50%', flush=True)")
    shows(page, " 50%")
    puppet.do("print('\\r100%', flush=True); open('outputs/new.txt', 'w').write('x')")
    shows(page, "100%")
    wait_until(lambda: " 50%" not in page.locator(".log-scroll").inner_text())
    shows(page, "outputs/new.txt")

    other = look(puppet.run, "/metrics").page
    other.evaluate("window.mark = 1")
    puppet.do("[run.log('loss', 1 / (n + 1)) for n in range(50)]")
    wait_until(lambda: other.locator(".chart").first.get_attribute("data-points") == "51")
    puppet.do("[run.log('val_loss', n) for n in range(20)]; run.log('<b>word</b>', 'here')")
    wait_until(lambda: other.locator(".chart figcaption").first.inner_text() == "loss, val_loss")
    shows(other, "<b>word</b>")
    observed.shot("run-live")

    puppet.end(4)
    shows(page, "exit code 4")
    assert page.evaluate("window.mark") == other.evaluate("window.mark") == 1, "nothing was loaded again"
    wait_until(lambda: page.locator("h1").inner_text().endswith("Failed"))
    assert page.url == base


def test_the_log_page_follows_jumps_and_searches(puppet: Puppet, look: Callable[..., Observed]) -> None:
    page = look(puppet.run, "/logs").page
    puppet.do("print('\\n'.join('line %06d' % n for n in range(30000)), flush=True)")
    shows(page, "line 029999")
    lines = page.locator(".log-scroll .l")
    assert lines.count() <= 12_000
    bottom = "e => e.scrollHeight - e.scrollTop - e.clientHeight < 30"
    wait_until(lambda: page.locator(".log-scroll").evaluate(bottom), what="the end to be in sight")
    page.locator(".log-scroll").evaluate("e => { e.scrollTop = 0 }")
    first = int(lines.first.get_attribute("data-at") or 0)
    wait_until(lambda: int(lines.first.get_attribute("data-at") or 0) < first, what="earlier lines")
    assert not page.get_by_label("Follow").is_checked()
    puppet.do("print('one more', flush=True)")
    page.get_by_label("Follow").check()
    shows(page, "one more")

    page.get_by_label("Search this log").fill("line 012345")
    page.get_by_role("button", name="Search").click()
    shows(page, "1 line with")
    page.get_by_role("link", name="line 012345").click()
    assert page.locator("#hit").inner_text().strip() == "line 012345"
    page.locator("#hit").wait_for()
    assert "from the one on" in page.locator(".hits").inner_text()
    page.get_by_role("link", name="Start").click()
    expect(lines.first).to_have_text("line 000000")
    last = int(lines.last.get_attribute("data-at") or 0)
    page.locator(".log-scroll").evaluate("e => { e.scrollTop = e.scrollHeight }")
    wait_until(lambda: int(lines.last.get_attribute("data-at") or 0) > last, what="later lines")


def test_a_progress_bar_stays_one_line_on_a_page_that_came_in_its_midst(
    puppet: Puppet, look: Callable[..., Observed]
) -> None:
    page = look(puppet.run, "/logs").page
    puppet.do(r"print('begun\n\r 10 %', end='', flush=True)")
    shows(page, "10 %")
    for part in ("/logs", ""):
        page = look(puppet.run, part).page
        shows(page, "10 %")
        puppet.do(rf"print('\r 2{len(part)} %', end='', flush=True)")
        shows(page, f"2{len(part)} %")
        assert page.locator(".log-scroll .l").all_inner_texts() == ["begun\n", f" 2{len(part)} %\n"]
        puppet.do(r"print('\r 10 %', end='', flush=True)")


def test_a_run_is_canceled_from_its_page(puppet: Puppet, look: Callable[..., Observed]) -> None:
    page = look(puppet.run).page
    puppet.do("print('at work', flush=True)")
    shows(page, "at work")
    page.get_by_role("link", name="Cancel").click()
    page.get_by_role("link", name="Let it run").click()
    page.get_by_role("link", name="Cancel").click()
    page.get_by_label("Why").fill("it goes <b>nowhere</b>")
    page.get_by_role("button", name="Cancel the run").click()
    wait_until(lambda: page.locator("h1").inner_text().endswith("Canceled"))
    shows(page, "it goes <b>nowhere</b>")
    assert puppet.run.get_status() == "Canceled"
    assert page.get_by_role("link", name="Cancel").count() == 0


@pytest.mark.parametrize("scripts", [True, False])
def test_tags_are_added_changed_and_removed(demo: Run, look: Callable[..., Observed], scripts: bool) -> None:
    page = look(demo, java_script_enabled=scripts).page
    page.get_by_text("Add a tag").click()
    form = page.locator(".tag-add form")
    form.get_by_label("Name").fill(HOSTILE)
    form.get_by_label("Value").fill("once")
    form.get_by_role("button").click()
    shows(page, HOSTILE)
    assert demo.get_tags()[HOSTILE] == "once"
    entry = page.locator(".tag-list li").filter(has_text="alert")
    entry.locator("summary").click()
    entry.get_by_label("Name").fill("plain")
    entry.get_by_label("Value").fill("twice")
    entry.get_by_role("button", name="Save").click()
    shows(page, "plain")
    assert demo.get_tags() == {"stage": "demo", "plain": "twice"}
    entry = page.locator(".tag-list li").filter(has_text="plain")
    entry.locator("summary").click()
    entry.get_by_role("button", name="Remove").click()
    wait_until(lambda: "plain" not in page.locator("#tags").inner_text())
    assert demo.get_tags() == {"stage": "demo"}


def test_nothing_that_a_script_wrote_is_taken_for_ours(
    home: Path, tmp_path: Path, look: Callable[..., Observed]
) -> None:
    config_tags = {HOSTILE: HOSTILE}
    puppet = puppets.start(tmp_path, tags=config_tags)
    name = HOSTILE.replace("/", "\\u2044")
    puppet.do(f"bad = {HOSTILE!r}; name = {name!r}")
    puppet.do("print(bad, flush=True); print('\\x1b]8;;javascript:alert(3)\\x07link\\x1b]8;;\\x07')")
    puppet.do("[run.log(bad, n) for n in range(3)]; run.log(bad + '2', bad)")
    puppet.do("run.log_row(bad + '3', **{bad: bad}); run.log_table(bad + '4', {bad: [bad, bad]})")
    puppet.do(
        "run.log_confusion_matrix('m', {'schema_type': 'confusion_matrix', 'schema_version': 'v1',"
        " 'data': {'class_labels': [bad, bad], 'matrix': [[1, 2], [3, 4]]}})"
    )
    puppet.do("open('outputs/p.png', 'w').write(bad); run.log_image('picture', path='outputs/p.png')")
    for ending in (".html", ".svg", ".csv", ".json", ".txt", ".md"):
        puppet.do(f"open('outputs/' + name + {ending!r}, 'w').write(bad)")
    puppet.do("run.add_properties({bad: bad}); run.child_run(bad).complete()")
    puppet.end(1)
    observed = look(puppet.run)
    page, base = observed.page, observed.page.url
    for path in PAGES:
        page.goto(base + path)
        page.wait_for_load_state("networkidle")
        assert page.locator("main script, main img[src=x], main [onerror]").count() == 0
        assert page.locator("main").evaluate("e => !/\\b54439\\b/.test(e.innerText)"), path
        assert "alert(1)" in page.content() or path in ("/code", "/environment")
    for file in page.request.get(base + "/files.json").json()["root"]["folders"]:
        assert file["name"]
    page.goto(base + "/files")
    for link in [link.get_attribute("href") for link in page.locator(".tree .leaf a").all()]:
        page.goto(origin_of(base) + (link or ""))
        assert page.locator("main script, main [onerror]").count() == 0
    pictures = page.request.get(base + "/pictures/outputs/p.png")
    assert pictures.headers["content-type"] == "application/octet-stream"
    assert "attachment" in pictures.headers["content-disposition"] and "sandbox" in str(pictures.headers)
    page.goto(base + "/metrics")
    observed.complaints.clear()  # the broken picture
    observed.shot("run-hostile")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_and_whoever_reads_otherwise(demo: Run, look: Callable[..., Observed], scheme: str) -> None:
    observed = look(demo, viewport=PHONE, color_scheme=scheme)
    page, base = observed.page, observed.page.url
    for path in PAGES:
        page.goto(base + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path
        assert serious_findings(page) == [], path
        observed.shot(f"run-phone-{scheme}" + path.partition("?")[0].replace("/", "-"))


def test_everything_can_be_read_without_scripts(demo: Run, look: Callable[..., Observed]) -> None:
    observed = look(demo, java_script_enabled=False)
    page, base = observed.page, observed.page.url
    assert "WARNING nearly done" in page.locator(".log-scroll").inner_text()
    page.get_by_role("link", name="Metrics", exact=True).click()
    page.locator(".chart svg.sparkline").first.wait_for()  # a click does not wait for the page that it leads to
    assert "120 points" in page.locator(".charts").inner_text()
    page.get_by_role("link", name="Logs", exact=True).click()
    page.get_by_label("Search this log").fill("warning")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="WARNING nearly done").click()
    page.locator("#hit").wait_for()
    page.goto(base + "/files")
    page.get_by_role("link", name="predictions.csv").click()
    assert page.locator(".preview td").first.inner_text() == "0"
    page.goto(base + "/cancel")
    assert "It has ended" in page.locator("main").inner_text()
    observed.shot("run-without-scripts")


def test_every_page_has_a_json_twin_and_all_can_be_downloaded(demo: Run, look: Callable[..., Observed]) -> None:
    page = look(demo).page
    base = page.url
    for path in PAGES:
        plain = path.partition("?")[0]
        twin = page.request.get(f"{base}{plain}.json")
        assert twin.ok and twin.json()["id"] == demo.id, plain
    with zipfile.ZipFile(io.BytesIO(page.request.get(base + "/files.zip").body())) as archive:
        assert set(archive.namelist()) == set(demo.get_file_names()) and archive.testzip() is None
    with zipfile.ZipFile(io.BytesIO(page.request.get(base + "/code.zip").body())) as archive:
        assert archive.namelist() == ["README.md", "train.py"]
    picture = page.request.get(base + "/pictures/outputs/plots/surface.png")
    assert picture.headers["content-type"] == "image/png" and "sandbox" in picture.headers["content-security-policy"]
    assert page.request.get(base + "/code/README.md").body() == b"# A changed project\n"
    for missing in ("/code/none", "/files/none", "/chart.json?series=x", "/chart.json", "/logs?at=x"):
        assert page.request.get(base + missing).status in (400, 404), missing


def test_an_empty_run_says_what_to_do(
    home: Path, look: Callable[..., Observed], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run = Experiment(Workspace.from_config(), "empty").start_logging(snapshot_directory=None)
    observed = look(run)
    page, base = observed.page, observed.page.url
    words = {"": "run.log('loss'", "/metrics": "Run.get_context", "/logs": "no log", "/files": "outputs/"}
    words.update({"/code": "take_snapshot", "/environment": "by hand", "/children": "child_run"})
    for path, word in words.items():
        page.goto(base + path)
        assert word in page.locator("main").inner_text(), path
    observed.shot("run-empty")
    run.complete()


@pytest.mark.slow
def test_a_log_of_100_mb_that_grows(puppet: Puppet, look: Callable[..., Observed]) -> None:
    page = look(puppet.run, "/logs").page
    puppet.do("line = 'step %07d of a script that talks and talks and talks and talks and talks and talks and\\n'")
    puppet.do("[sys.stdout.write(line % n) for n in range(1200000)]; print('all is said', flush=True)")
    shows(page, "all is said")
    assert page.locator(".log-scroll .l").count() <= 12_000
    puppet.do("print('and more', flush=True)")
    shows(page, "and more")
    page.get_by_label("Search this log").fill("STEP 0600000".lower())
    page.get_by_role("button", name="Search").click()
    shows(page, "1 line with")
    page.get_by_role("link", name="step 0600000").click()
    page.locator("#hit").wait_for()


@pytest.mark.slow
def test_a_chart_of_1_m_points_that_grows(puppet: Puppet, look: Callable[..., Observed]) -> None:
    page = look(puppet.run, "/metrics").page
    page.set_default_timeout(120_000)
    puppet.do("import math")
    puppet.do("[run.log('loss', math.sin(n / 9) + n / 1e6) for n in range(1000000)]")
    chart = page.locator(".chart").first
    wait_until(lambda: chart.get_attribute("data-points") == "1000000", 240, poll_s=0.5)
    answers = []
    page.on("response", lambda response: answers.append(response) if "chart.json" in response.url else None)
    puppet.do("run.log('loss', 7.5)")
    wait_until(lambda: chart.get_attribute("data-points") == "1000001")
    wait_until(lambda: page.locator("[data-last]").first.inner_text() == "7.5")
    assert answers and all(len(answer.body()) < 200_000 for answer in answers), "points are not sent one by one"
