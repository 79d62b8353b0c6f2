"""The playground in a browser, on a page built for the purpose, opened from a folder without a network."""

import shutil
import subprocess
import sys

import numpy as np
import pytest
import yaml

from browser import chromium
from chapters import BOOK, ROOT
from rethinking.expressivity import inverse_norm, place_thresholds, solve_interleaved

pytest.importorskip("bokeh", reason="bokeh is not installed: pip install bokeh")

MODEL = "Bokeh.documents[0].get_model_by_name"


@pytest.fixture(scope="module")
def page_file(tmp_path_factory):
    """A book of one page besides its root, the playground, built as the book builds it."""
    folder = tmp_path_factory.mktemp("book")
    config = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
    (folder / "_config.yml").write_text(yaml.safe_dump(config))
    (folder / "_toc.yml").write_text("format: jb-book\nroot: index\nchapters:\n  - file: playground\n")
    (folder / "index.md").write_text("# Index\n")
    shutil.copy(BOOK / "references.bib", folder)
    shutil.copytree(BOOK / "_static", folder / "_static")
    text = (BOOK / "playground.md").read_text("utf-8")
    (folder / "playground.md").write_text(text.replace("(exact-and-fragile.md)", "(index.md)"))
    command = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()", "build", str(folder)]
    build = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert build.returncode == 0, build.stdout + build.stderr
    return folder / "_build" / "html" / "playground.html"


@pytest.fixture(scope="module")
def browser():
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def opened(browser, page_file):
    page = browser.new_page(viewport={"width": 1100, "height": 900})
    page.requests, page.errors = [], []
    page.on("request", lambda request: page.requests.append(request.url))
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.goto(page_file.as_uri())
    page.wait_for_function(f"window.Bokeh?.documents.length && {MODEL}('curve').data.x.length > 0")
    yield page
    page.close()


@pytest.fixture
def page(opened):
    """The page as it was at first."""
    opened.evaluate(
        f"{MODEL}('margin').value = 0.25; {MODEL}('points').selected.indices = [];"
        f"{MODEL}('points').data = {{x: [1, 2.2, 3, 4.4, 5.2, 6.6, 7.4], y: [0.5, 1.6, -0.8, 0.2, 1.2, -1.4, 0.4]}};"
        f"{MODEL}('which').value = 1"
    )
    yield opened
    assert opened.errors == []


def read(page, name):
    return {k: np.array(v) for k, v in page.evaluate(f"structuredClone({{...{MODEL}('{name}').data}})").items()}


def on_screen(page, x, y):
    """Where a point of the plot lies in the window."""
    page.evaluate(f"window.plotView = Bokeh.index.find_one({MODEL}('plot'))")
    page.evaluate("plotView.el.scrollIntoView({block: 'center'})")
    place = page.evaluate(
        "([x, y]) => { const box = plotView.el.getBoundingClientRect();"
        " return [box.x + plotView.frame.x_scale.compute(x), box.y + plotView.frame.y_scale.compute(y)] }",
        [float(x), float(y)],
    )
    return place


def curve_at(page, x):
    curve = read(page, "curve")
    return np.interp(x, curve["x"], curve["y"])


def check_it_agrees_with_python(page):
    points = read(page, "points")
    order = np.argsort(points["x"])
    x, y = points["x"][order], points["y"][order]
    b = place_thresholds(x, page.evaluate(f"{MODEL}('margin').value"))
    assert read(page, "thresholds")["x"] == pytest.approx(b, rel=1e-12)
    assert read(page, "weights")["w"].astype(float) == pytest.approx(solve_interleaved(x, b, y), rel=1e-9)
    numbers = page.locator("dl dd").all_text_contents()
    assert numbers[:2] == [str(len(x)), str(2 * len(x) + 1)]
    assert float(numbers[2]) == pytest.approx(np.min(x - b), rel=1e-2)
    assert float(numbers[3]) == pytest.approx(inverse_norm(x, b), rel=0.06)


def test_it_starts_with_a_fit_and_asks_nobody_for_anything(page):
    points = read(page, "points")
    assert curve_at(page, points["x"]) == pytest.approx(points["y"])
    check_it_agrees_with_python(page)
    assert page.requests and all(url.startswith(("file:", "data:", "blob:")) for url in page.requests)


def test_a_dragged_point_takes_the_curve_with_it(page):
    before = read(page, "points")
    start = on_screen(page, before["x"][2], before["y"][2])
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(start[0] + 20, start[1] - 30, steps=5)
    held = read(page, "points")
    assert curve_at(page, held["x"]) == pytest.approx(held["y"])  # while the button is still down
    page.mouse.move(start[0] + 30, start[1] - 90, steps=5)
    page.mouse.up()
    after = read(page, "points")
    assert after["y"][2] > before["y"][2] + 0.5 and after["x"][2] > before["x"][2] + 0.1
    assert curve_at(page, after["x"]) == pytest.approx(after["y"])
    check_it_agrees_with_python(page)


def test_a_click_adds_a_point(page):
    page.mouse.click(*on_screen(page, 8.3, -2.0))
    page.wait_for_function(f"{MODEL}('points').data.x.length === 8 && {MODEL}('weights').data.w.length === 8")
    points = read(page, "points")
    assert curve_at(page, points["x"]) == pytest.approx(points["y"])
    check_it_agrees_with_python(page)


def test_points_are_numbered_from_left_to_right_and_a_new_one_is_chosen(page):
    page.mouse.click(*on_screen(page, 1.6, 2.0))
    page.wait_for_function(f"{MODEL}('weights').data.w.length === 8")
    assert page.evaluate(f"{MODEL}('which').value") == 2, "the second in the matrix, though the last in the source"
    assert page.evaluate(f"{MODEL}('points').selected.indices[0]") == 7
    page.evaluate(f"{MODEL}('which').value = 3")
    assert page.evaluate(f"{MODEL}('at_x').value") == 2.2


def test_its_colours_follow_the_theme(page):
    theme = "(name) => { document.documentElement.dataset.theme = name }"
    color = f"{MODEL}('plot').background_fill_color"
    variable = "getComputedStyle(document.documentElement).getPropertyValue('--figure-black').trim()"
    page.evaluate(theme, "dark")
    page.wait_for_function(f"{color} !== '#ffffff'")
    assert page.evaluate(f"{MODEL}('plot').title.text_color") == page.evaluate(variable) != "#222222"
    page.evaluate(theme, "light")
    page.wait_for_function(f"{color} === '#ffffff'")
    assert page.evaluate(f"{MODEL}('plot').title.text_color") == "#222222"


def test_the_keyboard_is_enough(page):
    """Choose, move, add and remove points, and move the slider, without a mouse."""
    which, at_x, at_y = (page.locator(".playground input[type=text]").nth(i) for i in range(3))
    which.focus()
    page.keyboard.press("ArrowUp")
    page.wait_for_function(f"{MODEL}('points').selected.indices[0] === 1")
    at_y.focus()
    page.keyboard.press("ArrowUp")
    page.wait_for_function(f"Math.abs({MODEL}('points').data.y[1] - 1.7) < 1e-9")
    at_x.fill("2.5")
    page.keyboard.press("Enter")
    page.wait_for_function(f"{MODEL}('points').data.x[1] === 2.5")
    check_it_agrees_with_python(page)
    page.get_by_role("button", name="Add a point").focus()
    page.keyboard.press("Enter")
    page.wait_for_function(f"{MODEL}('weights').data.w.length === 8")
    page.get_by_role("button", name="Remove it").focus()
    page.keyboard.press("Enter")
    page.wait_for_function(f"{MODEL}('weights').data.w.length === 7")
    page.get_by_role("slider").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function(f"Math.abs({MODEL}('margin').value - 0.26) < 1e-9")
    check_it_agrees_with_python(page)


def test_a_tie_is_told(page):
    page.evaluate(f"{MODEL}('points').data = {{x: [1, 2, 1], y: [0, 1, 2]}}")
    page.get_by_text("Points 1 and 2 lie at the same place").wait_for()


def test_it_breaks_when_the_thresholds_move_up(page):
    page.get_by_role("button", name="40 points").click()
    page.wait_for_function(f"{MODEL}('weights').data.w.length === 40")
    assert "broken" not in page.locator("dl").text_content()
    eigenvalue = page.locator("dl dd").nth(2).text_content()
    page.evaluate(f"{MODEL}('margin').value = 0.9")
    page.locator("dl b").get_by_text("broken").wait_for()
    assert float(page.locator("dl dd").nth(2).text_content()) > float(eigenvalue) / 10
    page.evaluate(f"{MODEL}('margin').value = 0.99")
    heights = read(page, "curve")["y"].astype(float)
    assert np.abs(heights).max() == 1e5, "no farther than what is drawn"
    page.get_by_role("button", name="Start again").click()
    page.wait_for_function(f"{MODEL}('weights').data.w.length === 7")


def test_it_fits_a_phone_and_obeys_a_finger(browser, page_file):
    context = browser.new_context(viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(page_file.as_uri())
    page.wait_for_function(f"window.Bokeh?.documents.length && {MODEL}('curve').data.x.length > 0")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    box = page.locator(".playground").bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 390
    x, y = on_screen(page, 3.0, -0.8)
    swipe_up(context, page, x, y)
    page.wait_for_function(f"{MODEL}('points').data.y[2] > 0.5")
    points = read(page, "points")
    assert curve_at(page, points["x"]) == pytest.approx(points["y"])

    for still in ("The lower triangular matrix", "The weight of each hidden unit"):
        plot = page.get_by_label(still)
        plot.scroll_into_view_if_needed()
        box, before = plot.bounding_box(), page.evaluate("scrollY")
        swipe_up(context, page, box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.wait_for_function("before => scrollY > before", arg=before, timeout=5_000)
    context.close()


def swipe_up(context, page, x, y):
    finger = context.new_cdp_session(page)
    finger.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for step in range(1, 8):
        finger.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": x, "y": y - 10 * step}]})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
