"""The built site in a real browser: it works without a network, by keyboard, on a phone, in the dark, for everyone."""

from __future__ import annotations

import gzip
import re
import time
from pathlib import Path

import pytest

from browser import chromium
from chapters import HTML, PAGES
from rethinking.book.make import served

EXTRA = ["search", "genindex", "404"]
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
QUIET = re.compile(r"^\[(PST|togglebutton|bokeh)")
COMPRESSED = {".html", ".css", ".js", ".svg", ".json"}
WEIGHT = 2_000_000
"""Bytes that one page may load, as a web server sends them."""


class Visit:
    """One open page, and what the browser said and asked for while it was open."""

    def __init__(self, context, address: str) -> None:
        self.page, self.address = context.new_page(), address
        self.said: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self._hear(message.type, message.text))
        self.page.on("pageerror", lambda error: self._hear("error", str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))

    def _hear(self, kind: str, text: str) -> None:
        if kind in ("error", "warning") and not QUIET.match(text):
            self.said.append(f"{kind}: {text}")

    def go(self, name: str, ready: bool = True):
        self.said.clear(), self.asked.clear()
        self.page.goto(f"{self.address}/{name}.html" if "." not in name else f"{self.address}/{name}")
        if ready:
            self.page.wait_for_load_state("networkidle")
            self.page.evaluate("window.MathJax?.startup?.promise")
        return self.page

    def outside(self) -> list[str]:
        return [url for url in self.asked if not url.startswith((self.address, "data:", "blob:"))]


@pytest.fixture(scope="module")
def browser(site):
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def address():
    with served(HTML) as where:
        yield where


def visitor(browser, address: str, viewport: dict, theme: str):
    context = browser.new_context(viewport=viewport, reduced_motion="reduce")
    context.add_init_script(f"localStorage.setItem('mode', '{theme}'); localStorage.setItem('theme', '{theme}')")
    return Visit(context, address)


@pytest.fixture(scope="module")
def light(browser, address):
    return visitor(browser, address, DESK, "light")


@pytest.fixture(scope="module")
def dark(browser, address):
    return visitor(browser, address, DESK, "dark")


@pytest.fixture(scope="module")
def phone(browser, address):
    return visitor(browser, address, PHONE, "light")


@pytest.fixture(scope="module")
def axe():
    from axe_playwright_python.sync_playwright import Axe

    return Axe()


def violations(axe, page, *rules: str) -> list[str]:
    """What axe-core finds serious or critical: the rule, and the elements."""
    options = {"resultTypes": ["violations"]}
    if rules:
        options["runOnly"] = {"type": "rule", "values": list(rules)}
    found = axe.run(page, options=options).response["violations"]
    return [
        f"{violation['id']}: {node['html'][:160]} {node['failureSummary'][:200]}"
        for violation in found
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]


@pytest.mark.parametrize("name", [*PAGES, *EXTRA])
def test_a_page_is_quiet_self_contained_and_accessible(light, axe, name):
    page = light.go(name)
    assert not light.said
    assert not light.outside()
    assert page.evaluate("[...document.images].filter((image) => image.complete && !image.naturalWidth).length") == 0
    assert page.evaluate("document.querySelectorAll('.MathJax [data-mjx-error], mjx-merror').length") == 0
    if page.locator("article .math").count():
        assert page.locator("article .math mjx-container").count() >= page.locator("article .math").count()
    assert not violations(axe, page)


@pytest.mark.parametrize("name", PAGES)
def test_the_dark_theme_keeps_contrast(dark, axe, name):
    page = dark.go(name)
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert not violations(axe, page, "color-contrast", "link-in-text-block")


@pytest.mark.parametrize("name", [*PAGES, *EXTRA])
def test_nothing_is_wider_than_a_phone(phone, name):
    page = phone.go(name)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    hidden = """() => [...document.querySelectorAll('article p, article li, article h1, article h2, article pre')]
        .filter((e) => e.offsetParent && !e.closest('mjx-container, .sd-tab-content, details:not([open])'))
        .filter((e) => e.getBoundingClientRect().right > innerWidth + 1)
        .filter((e) => { for (let p = e; p; p = p.parentElement)
            if (['auto', 'scroll', 'hidden'].includes(getComputedStyle(p).overflowX)) return false; return true })
        .map((e) => e.outerHTML.slice(0, 120))"""
    assert page.evaluate(hidden) == []


@pytest.mark.parametrize("name", PAGES)
def test_a_page_weighs_little(light, name, record_property):
    light.go(name)
    files = {url.split("?")[0].split("#")[0].removeprefix(light.address).lstrip("/") for url in light.asked}
    sizes = {}
    for file in filter(None, files):
        content = (HTML / file).read_bytes()
        sizes[file] = len(gzip.compress(content, 6) if Path(file).suffix in COMPRESSED else content)
    assert sum(sizes.values()) < WEIGHT, sorted(sizes.items(), key=lambda item: -item[1])[:5]


def test_figures_follow_the_theme(dark):
    """Ink is light on the dark page, and a figure has no sheet of its own."""
    page = dark.go("index")
    fill = "(e) => getComputedStyle(e).fill"
    ink = page.locator("svg.figure g[style*='fill: var(--figure-black']").first
    assert sum(map(int, re.findall(r"\d+", ink.evaluate(fill)))) > 500
    paper = page.locator("svg.figure path[style*='--figure-paper']").first.evaluate(fill)
    assert paper == page.locator("body").evaluate("(e) => getComputedStyle(e).backgroundColor")


def test_every_figure_says_what_is_behind_it(light):
    page = light.go("index")
    words = page.locator("details.behind").first
    words.locator("summary").click()
    assert "rethinking run" in words.inner_text()
    record = words.locator("a").first.get_attribute("href")
    assert (HTML / record).is_file()


def test_theorem_links_land(light):
    page = light.go("exact-and-fragile")
    link = page.locator("article a.reference.internal[href*='finite-sample-expressivity.html#']").first
    target = link.get_attribute("href").split("#")[1]
    link.click()
    page.wait_for_load_state("networkidle")
    statement = page.locator(f"[id='{target}']")
    assert statement.locator(".admonition-title, p").first.inner_text()
    assert re.search(r"finite-sample-expressivity\.html#", page.url)
    assert statement.evaluate("(e) => { const y = e.getBoundingClientRect().y; return y > -5 && y < innerHeight }")


def test_search_finds_a_word(light):
    word = (
        "Rademacher"
        if "Rademacher" in "".join(path.read_text("utf-8") for path in HTML.glob("_sources/*.md"))
        else "Cybenko"
    )
    page = light.go(f"search.html?q={word}")
    page.wait_for_selector("#search-results li a")
    page.locator("#search-results li a").first.click()
    page.wait_for_load_state()
    assert word in page.content()


def test_search_from_the_keyboard(light):
    page = light.go("index")
    page.keyboard.press("Control+k")
    page.keyboard.type("interleaving")
    page.keyboard.press("Enter")
    page.wait_for_selector("#search-results li a")


def test_the_keyboard_reaches_everything(light):
    """From the top: the skip link first; then every link and button in turn, each with a visible focus; the solutions
    are unfolded, so that what they hold is reached as well."""
    page = light.go("randomization-test")
    page.keyboard.press("Tab")
    assert "Skip" in page.evaluate("document.activeElement.innerText")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    inside = "document.activeElement.closest('#main-content, main') !== null"
    assert page.evaluate(inside)
    page.reload()
    page.wait_for_selector("button.toggle-button")
    page.evaluate("document.querySelectorAll('button.toggle-button-hidden').forEach((e) => e.click())")
    wanted = page.evaluate(
        """() => [...document.querySelectorAll('a[href], button, summary, input')].filter((e) => e.checkVisibility()
            && !e.disabled && e.tabIndex >= 0).map((e, i) => (e.dataset.wanted = i)).length"""
    )
    reached, unseen = set(), []
    for _ in range(3 * wanted):
        page.keyboard.press("Tab")
        number, visible, html = page.evaluate(
            """() => { const e = document.activeElement, s = getComputedStyle(e);
            const ring = s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0;
            return [e.dataset.wanted ?? null, ring || s.boxShadow !== 'none' || e.id === 'pst-back-to-top',
            e.outerHTML.slice(0, 120)] }"""
        )
        if number in reached:
            break
        if number is not None:
            reached.add(number)
            if not visible:
                unseen.append(html)
    missed = page.evaluate(
        "(reached) => [...document.querySelectorAll('[data-wanted]')].filter((e) => !reached.includes(e.dataset.wanted)"
        " && e.checkVisibility()).map((e) => e.outerHTML.slice(0, 120))",
        sorted(reached),
    )
    assert not missed and not unseen


def test_a_menu_opens_by_keyboard_on_a_phone(phone):
    page = phone.go("index")
    button = page.locator("button.primary-toggle:visible").first
    button.focus()
    page.keyboard.press("Enter")
    page.wait_for_function(
        "document.querySelector('.bd-sidebar-primary, #pst-primary-sidebar-modal').checkVisibility()"
    )
    assert page.get_by_role("link", name="The randomization test").first.is_visible()


def test_the_download_menu_has_source_and_notebook(light):
    page = light.go("randomization-test")
    for kind, button in (("ipynb", "btn-download-notebook-button"), ("md", "btn-download-source-button")):
        href = page.locator(f".{button}").first.get_attribute("href")
        assert href.endswith(f"randomization-test.{kind}") and (HTML / href).is_file()


def test_learning_curves_can_be_explored(light):
    page = light.go("randomization-test")
    page.locator(".learning-curves button").click()
    page.wait_for_function("window.Bokeh?.documents.length === 1")
    page.wait_for_selector(".learning-curves [aria-busy]", state="detached")
    visible = "(name) => Bokeh.documents[0].get_model_by_name(name).renderers.filter((r) => r.visible).length"
    before = page.evaluate(visible, "linear")
    page.locator(".learning-curves").get_by_label("random labels", exact=True).first.uncheck()
    assert page.evaluate(visible, "linear") < before
    page.get_by_role("button", name="logarithmic scale").click()
    assert page.evaluate("Bokeh.documents[0].get_model_by_name('log').visible")
    assert not light.said and not light.outside()


def test_without_scripts_a_page_still_reads(browser, address):
    context = browser.new_context(java_script_enabled=False, viewport=DESK)
    page = context.new_page()
    page.goto(f"{address}/randomization-test.html")
    assert page.locator("svg.figure").first.is_visible()
    assert "has the same curves" in page.locator(".learning-curves").inner_text()
    context.close()


def test_it_opens_from_a_folder(browser):
    context = browser.new_context(viewport=DESK, offline=True)
    visit = Visit(context, HTML.as_uri())
    page = visit.go("finite-sample-expressivity")
    assert not visit.said and not visit.outside()
    assert page.locator("mjx-container").count() > 10
    context.close()


def test_the_first_page_is_soon_usable(browser, address, capsys):
    """A generous bound, since the machine may be busy; the number is printed."""
    context = browser.new_context(viewport=DESK)
    page = context.new_page()
    start = time.perf_counter()
    page.goto(f"{address}/index.html", wait_until="domcontentloaded")
    page.locator("article h1").first.wait_for()
    seconds = time.perf_counter() - start
    with capsys.disabled():
        print(f"\nfirst page readable after {seconds:.2f} s")
    assert seconds < 10
    context.close()
