"""The report in headless Chromium: clicks, filters, languages, keyboard, phone, paper."""

from __future__ import annotations

import base64
import itertools
import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.conformance.report import fixture
from tests.conformance.report.html.test_run_page import hostile
from ykt_conformance.judge.results import RunResult
from ykt_conformance.judge.verdict import Verdict
from ykt_conformance.report.html.run_page import render
from ykt_conformance.report.html.zoo_page import render_zoo
from ykt_sim.trace.model import Trace

NO_SKIP = bool(os.environ.get("CI") or os.environ.get("YKT_NO_SKIP") == "1")
CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")

if not NO_SKIP and (CHROMIUM is None or DRIVER is None):
    pytest.skip("needs chromium and chromium-driver", allow_module_level=True)

Driver = webdriver.Chrome
ARGUMENTS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage", "--lang=en-US",
)  # fmt: skip
#: Screen sizes in CSS pixels.
DESK, PHONE = (1280, 900), (360, 740)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Driver]:
    """A browser of our own, started and stopped here."""
    assert CHROMIUM is not None, "chromium is missing: apt-get install chromium"
    assert DRIVER is not None, "chromedriver is missing: apt-get install chromium-driver"
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in ARGUMENTS:
        options.add_argument(argument)
    options.add_argument(f"--user-data-dir={tmp_path_factory.mktemp('chromium')}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    try:
        yield driver
    finally:
        driver.quit()


@pytest.fixture(scope="session")
def short(traces: tuple[Trace, ...]) -> RunResult:
    """A smaller run than the other tests have: the driver's questions take long on a big page."""
    return fixture.run_of(fixture.results(traces, 60))


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory, short: RunResult) -> Path:
    """The report in a file."""
    path = tmp_path_factory.mktemp("report") / "report.html"
    render(short, path)
    return path


@pytest.fixture
def shown(browser: Driver, file: Path) -> Iterator[Driver]:
    """The report, freshly opened on a desk; nothing may be said on the console."""
    show(browser, file)
    yield browser
    assert browser.get_log("browser") == []


def show(browser: Driver, path: Path, size: tuple[int, int] = DESK, *, script: bool = True) -> None:
    width, height = size
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": not script})
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600},
    )
    browser.get("about:blank")
    browser.get(path.as_uri())
    if script:
        browser.execute_script("localStorage.clear()")
        browser.refresh()
    browser.get_log("browser")


def visible(browser: Driver, selector: str = ".k") -> list[str]:
    """Ids of what can be seen."""
    found: list[str] = browser.execute_script(
        "return [...document.querySelectorAll(arguments[0])]"
        ".filter(e => e.checkVisibility()).map(e => e.id)", selector)  # fmt: skip
    return found


def ids(short: RunResult, keep: Callable[[Any], bool]) -> set[str]:
    return {result.id for result in short.results if keep(result)}


def counted(browser: Driver) -> int:
    return int(browser.find_element(By.ID, "f-count").text)


def press(browser: Driver, *keys: str) -> None:
    browser.switch_to.active_element.send_keys(*keys)


def focused(browser: Driver) -> str:
    return str(browser.execute_script("return document.activeElement.id"))


def tab_to(browser: Driver, wanted: str, most: int = 90) -> None:
    """Press Tab until an element has the focus; it must be seen to have it."""
    for _ in range(most):
        press(browser, Keys.TAB)
        if focused(browser) == wanted:
            break
    assert focused(browser) == wanted
    outline = browser.execute_script(
        "const s = getComputedStyle(document.activeElement); return s.outlineStyle"
    )
    assert outline != "none"  # fmt: skip


# -- clicks ----------------------------------------------------------------------------


def test_faults_are_open_and_the_rest_is_closed(shown: Driver, short: RunResult) -> None:
    opened = set(
        shown.execute_script("return [...document.querySelectorAll('.k[open]')].map(e => e.id)")
    )
    assert opened == ids(short, lambda r: r.verdict in (Verdict.FAIL, Verdict.ERROR))
    mark = shown.find_element(By.CSS_SELECTOR, ".bad mark")
    assert mark.is_displayed()
    closed = shown.find_element(By.CSS_SELECTOR, ".k.pass")
    assert not closed.find_element(By.CSS_SELECTOR, ".reason").is_displayed()
    closed.find_element(By.TAG_NAME, "summary").click()
    assert closed.find_element(By.CSS_SELECTOR, ".reason").is_displayed()


def test_verdict_boxes_filter(shown: Driver, short: RunResult) -> None:
    shown.find_element(By.ID, "f-pass").click()
    wanted = ids(short, lambda r: r.verdict is not Verdict.PASS)
    assert set(visible(shown)) == wanted
    assert counted(shown) == len(wanted)
    shown.find_element(By.ID, "f-pass").click()
    assert len(visible(shown)) == counted(shown) == len(short.results)


def test_group_and_search_filter(shown: Driver, short: RunResult) -> None:
    shown.execute_script("document.querySelector('#f-group').focus()")
    shown.find_element(By.ID, "f-group").send_keys("files")
    assert set(visible(shown)) == ids(short, lambda r: r.group == "files")
    assert visible(shown, ".g") == ["g1"]
    search = shown.find_element(By.ID, "f-text")
    search.send_keys("c-0101")
    assert visible(shown) == ["C-0101"]
    search.send_keys(" nothing-like-this")
    assert visible(shown) == []
    assert counted(shown) == 0
    shown.find_element(By.ID, "f-reset").click()
    assert len(visible(shown)) == len(short.results)


def test_search_speaks_both_languages_and_finds_clauses(shown: Driver, short: RunResult) -> None:
    search = shown.find_element(By.ID, "f-text")
    search.send_keys("第 42 次")
    assert visible(shown) == ["C-0142"]
    search.clear()
    clause = short.results[0].clauses[0]
    search.send_keys(clause)
    assert set(visible(shown)) == ids(short, lambda r: clause in r.clauses)


def test_a_cell_of_the_matrix_shows_its_cases(shown: Driver, short: RunResult) -> None:
    cell = shown.find_element(By.CSS_SELECTOR, '#matrix a[data-v="INCONCLUSIVE"][data-g="3"]')
    cell.click()
    wanted = ids(short, lambda r: r.group == "composite" and r.verdict is Verdict.INCONCLUSIVE)
    assert set(visible(shown)) == wanted
    assert len(wanted) == int(cell.text) == counted(shown)


def test_a_tile_shows_its_cases(shown: Driver, short: RunResult) -> None:
    shown.find_element(By.CSS_SELECTOR, '.tile[data-v="ERROR"]').click()
    assert set(visible(shown)) == ids(short, lambda r: r.verdict is Verdict.ERROR)


def test_a_link_to_a_case_opens_it_though_it_is_filtered_out(shown: Driver) -> None:
    shown.find_element(By.ID, "f-inc").click()
    assert "C-0111" not in visible(shown)
    shown.find_element(By.CSS_SELECTOR, '#notes a[href="#C-0111"]').click()
    assert "C-0111" in visible(shown)
    assert shown.find_element(By.CSS_SELECTOR, "#C-0111 .reason").is_displayed()


def test_all_can_be_opened_and_closed(shown: Driver) -> None:
    for button, state in (("f-open", True), ("f-close", False)):
        shown.find_element(By.ID, button).click()
        assert len(visible(shown, ".k[open]")) == (len(visible(shown)) if state else 0)


# -- languages -------------------------------------------------------------------------


def said(browser: Driver) -> str:
    """What the page says, as it is shown."""
    return str(browser.execute_script("return document.body.innerText"))


def test_languages(shown: Driver) -> None:
    assert "Groups and verdicts" in said(shown)
    assert "分组结果" not in said(shown)
    shown.find_element(By.CSS_SELECTOR, ".lang label:last-child").click()
    assert "Groups and verdicts" not in said(shown)
    assert "分组结果" in said(shown)
    assert "不通过" in shown.find_element(By.CSS_SELECTOR, ".k.fail summary").text
    assert shown.execute_script("return document.documentElement.lang") == "zh-Hans"
    shown.refresh()
    assert "分组结果" in said(shown)
    shown.find_element(By.CSS_SELECTOR, ".lang label:first-child").click()
    assert shown.execute_script("return document.documentElement.lang") == "en"
    assert not re.search("[\u4e00-\u9fff]", shown.find_element(By.ID, "matrix").text)


# -- keyboard --------------------------------------------------------------------------


def test_everything_works_by_keyboard(shown: Driver, short: RunResult) -> None:
    press(shown, Keys.TAB)
    assert shown.execute_script("return document.activeElement.className") == "skip"
    assert shown.execute_script("return document.activeElement.getBoundingClientRect().x >= 0")
    press(shown, Keys.TAB)
    assert focused(shown) == "in-en"
    press(shown, Keys.ARROW_RIGHT)
    assert focused(shown) == "in-zh"
    assert "分组结果" in shown.find_element(By.ID, "matrix").text
    tab_to(shown, "f-pass")
    press(shown, Keys.SPACE)
    assert set(visible(shown)) == ids(short, lambda r: r.verdict is not Verdict.PASS)
    tab_to(shown, "f-group")
    press(shown, "composite")
    tab_to(shown, "f-text")
    press(shown, "INCONCLUSIVE", Keys.ENTER)
    wanted = ids(short, lambda r: r.group == "composite" and r.verdict is Verdict.INCONCLUSIVE)
    assert set(visible(shown)) == wanted
    tab_to(shown, "f-close")
    press(shown, Keys.ENTER)
    tab_to(shown, "p-summary")
    press(shown, Keys.TAB)
    assert shown.execute_script("return document.activeElement.tagName") == "SUMMARY"
    press(shown, Keys.ENTER)
    assert shown.execute_script("return document.activeElement.parentElement.open") is True


def test_controls_have_names_and_the_count_is_announced(shown: Driver) -> None:
    for control in shown.find_elements(By.CSS_SELECTOR, "input, select, button"):
        assert control.accessible_name
    status = shown.find_element(By.CSS_SELECTOR, "[aria-live=polite]")
    assert status.find_elements(By.ID, "f-count")
    headings = shown.execute_script(
        "return [...document.querySelectorAll('h1,h2,h3')].map(e => +e.tagName[1])")  # fmt: skip
    assert headings[0] == 1
    assert headings.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(headings))


# -- without script, phone, paper ------------------------------------------------------


def test_it_reads_without_script(browser: Driver, file: Path, short: RunResult) -> None:
    show(browser, file, script=False)
    try:
        assert not browser.find_element(By.ID, "f-text").is_displayed()
        browser.find_element(By.CSS_SELECTOR, ".lang label:last-child").click()
        assert browser.find_element(By.CSS_SELECTOR, "#matrix h2").text == "分组结果"
        browser.find_element(By.ID, "f-pass").click()
        assert not browser.find_element(By.CSS_SELECTOR, ".k.pass").is_displayed()
        assert browser.find_element(By.CSS_SELECTOR, ".k.fail .ladder").is_displayed()
        inconclusive = browser.find_element(By.CSS_SELECTOR, ".k.inc")
        inconclusive.find_element(By.TAG_NAME, "summary").click()
        assert inconclusive.find_element(By.CSS_SELECTOR, ".reason").is_displayed()
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def overflowing(browser: Driver) -> list[str]:
    """What is wider than the screen."""
    found: list[str] = browser.execute_script(
        "return [...document.querySelectorAll('body *')].filter(e => e.checkVisibility() && "
        "e.getBoundingClientRect().right > innerWidth + 1)"
        ".map(e => e.outerHTML.slice(0, 120))")  # fmt: skip
    return found


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_phone_needs_no_scrolling_sideways(browser: Driver, file: Path, lang: str) -> None:
    show(browser, file, PHONE)
    browser.execute_script(f"document.querySelector('#in-{lang}').click()")
    browser.execute_script("document.querySelector('#f-open').click()")
    assert overflowing(browser) == []
    width = browser.execute_script("return document.documentElement.scrollWidth")
    assert width == PHONE[0]
    boxes = browser.find_elements(
        By.CSS_SELECTOR, ".filters label, .filters button, .tile, .k > summary"
    )
    assert min(box.size["height"] for box in boxes if box.is_displayed()) >= 24
    assert browser.get_log("browser") == []


def test_on_paper(shown: Driver, short: RunResult) -> None:
    shown.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    assert not shown.find_element(By.ID, "filters").is_displayed()
    assert not shown.find_element(By.CSS_SELECTOR, ".lang").is_displayed()
    assert shown.find_element(By.ID, "cover").is_displayed()
    assert shown.find_element(By.ID, "results").is_displayed()
    assert not shown.find_element(By.ID, "cases").is_displayed()
    on_paper(shown, "failures")
    closed = "document.querySelector('.k.inc:not([open]) .reason')"
    assert shown.execute_script(f"return {closed}.getBoundingClientRect().height") > 0
    assert shown.find_element(By.CSS_SELECTOR, ".k.fail .ladder").is_displayed()
    assert not shown.find_element(By.CSS_SELECTOR, ".k.fail .far").is_displayed()
    assert shown.find_element(By.CSS_SELECTOR, ".k.fail .gap").is_displayed()
    assert not shown.find_element(By.CSS_SELECTOR, ".k.pass").is_displayed()
    assert not shown.find_element(By.ID, "ics").is_displayed()
    on_paper(shown, "full")
    ladder = "document.querySelector('.k.pass .ladder')"
    assert shown.execute_script(f"return {ladder}.getBoundingClientRect().height") > 0
    assert shown.find_element(By.CSS_SELECTOR, ".k.fail .far").is_displayed()
    assert not shown.find_element(By.CSS_SELECTOR, ".k.fail .gap").is_displayed()
    assert shown.find_element(By.ID, "ics").is_displayed()
    shown.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    assert not shown.find_element(By.ID, "cover").is_displayed()


def on_paper(shown: Driver, what: str) -> None:
    shown.execute_script(f"document.querySelector('#p-{what}').click()")


def test_on_paper_without_a_script(browser: Driver, file: Path) -> None:
    show(browser, file, script=False)
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    assert browser.find_element(By.ID, "cover").is_displayed()
    assert not browser.find_element(By.ID, "cases").is_displayed()


def test_it_prints(shown: Driver) -> None:
    on_paper(shown, "full")  # cases are on paper only then
    for box in ("f-pass", "f-na", "f-inc", "f-err"):
        shown.find_element(By.ID, box).click()
    few = base64.b64decode(shown.print_page())
    assert few.startswith(b"%PDF")
    shown.find_element(By.ID, "f-reset").click()
    assert len(base64.b64decode(shown.print_page())) > 2 * len(few)


def test_hostile_text_does_nothing(browser: Driver, tmp_path: Path) -> None:
    path = tmp_path / "hostile.html"
    render(hostile(), path)
    show(browser, path, PHONE)
    assert browser.find_elements(By.CSS_SELECTOR, "img, main script") == []
    assert overflowing(browser) == []
    assert browser.get_log("browser") == []
    assert "alert(1)" in browser.find_element(By.TAG_NAME, "h1").text


def test_the_policy_stops_what_is_not_ours(browser: Driver, tmp_path: Path, page: str) -> None:
    path = tmp_path / "changed.html"
    path.write_text(
        page.replace("<main", "<script>document.title = 'run'</script><main", 1), "utf-8"
    )
    show(browser, path)
    browser.refresh()
    assert browser.title != "run"
    assert "Content Security Policy" in str(browser.get_log("browser"))


@pytest.mark.parametrize("size", [DESK, PHONE])
def test_the_zoo_page(browser: Driver, tmp_path: Path, size: tuple[int, int]) -> None:
    path = tmp_path / "zoo.html"
    render_zoo(fixture.zoo(), path)
    show(browser, path, size)
    assert overflowing(browser) == []
    assert "not found" in browser.find_element(By.ID, "mutants").text
    browser.find_element(By.CSS_SELECTOR, ".lang label:last-child").click()
    assert "未发现" in browser.find_element(By.ID, "mutants").text

    def rows() -> list[str]:
        found = browser.find_elements(By.CSS_SELECTOR, "#mutants tbody tr")
        return [row.text for row in found if row.is_displayed()]

    assert len(rows()) == 3
    browser.find_element(By.CSS_SELECTOR, "#z-state option[value=fail]").click()
    assert ["C-0120" in row for row in rows()] == [True]
    browser.find_element(By.CSS_SELECTOR, "#z-state option:first-child").click()
    browser.find_element(By.ID, "z-text").send_keys("no TAC")
    assert ["C-0110" in row for row in rows()] == [True]
    assert browser.find_element(By.ID, "z-count").text == "1"
    assert browser.get_log("browser") == []
