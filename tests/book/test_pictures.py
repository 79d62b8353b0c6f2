"""Drawings in the page: they follow the theme, speak, and say where their numbers come from."""

import re

from rethinking.book import pictures, site
from rethinking.figures.style import BLUE, Provenance, sign, subplots


def drawing(signed: bool = True) -> str:
    figure, axes = subplots()
    axes.plot([0, 1], [0, 1], color=BLUE)
    axes.set_title("a < b & c")
    if signed:
        sign(figure, Provenance("10 images, on a machine", "rethinking run x", ("a/1.json", "a/2.json")))
    return figure._repr_svg_()


def test_colours_become_variables_with_themselves_as_fallback():
    html = pictures.inline(drawing(), "words")
    assert "var(--figure-blue, #0072b2)" in html and "var(--figure-paper, #ffffff)" in html
    assert not re.search(r"(?<!, )#(0072b2|222222)", html)


def test_a_drawing_speaks_and_leaves_no_names_to_clash():
    one, other = (pictures.inline(drawing(signed), 'say "so"') for signed in (True, False))
    assert 'role="img"' in one and 'aria-label="say &quot;so&quot;"' in one
    names = [set(re.findall(r'\bid="([^"]+)"', html)) for html in (one, other)]
    assert names[0] and not names[0] & names[1]
    used = set(re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', one))
    assert {a or b for a, b in used} <= names[0]


def test_provenance_survives_the_file():
    assert pictures.provenance_of(drawing()) == Provenance(
        "10 images, on a machine", "rethinking run x", ("a/1.json", "a/2.json")
    )
    assert pictures.provenance_of(drawing(signed=False)) is None


def test_behind_a_figure_are_its_records():
    html = pictures.behind(Provenance("made <so>", "rethinking run x", ("a/1.json",)), "")
    assert 'href="results/a/1.json"' in html and "made &lt;so&gt;" in html and "rethinking run x" in html


def test_outside_the_book_a_figure_is_signed_in_itself(monkeypatch):
    monkeypatch.delenv("RETHINKING_PAGE_INPUTS", raising=False)
    figure, _ = subplots()
    sign(figure, Provenance("10 images", "rethinking run x", ("a/1.json",)))
    assert "rethinking run x" in figure.get_supxlabel() and "book/results/a/" in figure.get_supxlabel()


def test_a_site_map_lists_every_page():
    text = site.sitemap("https://example.org/book/", ["index.html", "a&b.html"])
    assert "<loc>https://example.org/book/index.html</loc>" in text and "a&amp;b.html" in text
