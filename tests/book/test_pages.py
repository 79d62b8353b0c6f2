"""The sources of the chapters: what Jupyter Book and sphinx-proof get wrong without a warning."""

import re

import pytest
import yaml

from chapters import BOOK, PAGES, ROOT


def text(page: str) -> str:
    return (BOOK / f"{page}.md").read_text("utf-8")


def test_settings_in_the_book_folder_are_those_of_the_top_level():
    for name in ("_config.yml", "_toc.yml"):
        assert (BOOK / name).read_text("utf-8") == (ROOT / name).read_text("utf-8")


def test_every_chapter_is_in_the_table_of_contents():
    assert sorted(PAGES) == sorted(path.stem for path in BOOK.glob("*.md"))


@pytest.mark.parametrize("page", PAGES)
def test_a_page_with_cells_has_the_header_without_which_none_is_executed(page):
    if "{code-cell}" in text(page):
        header = yaml.safe_load(text(page).split("---\n")[1])
        assert header["jupytext"]["text_representation"]["format_name"] == "myst"
        assert header["kernelspec"]["name"] == "python3"


@pytest.mark.parametrize("page", PAGES)
def test_a_page_has_one_title(page):
    outside_cells = re.sub(r"^(`{3,}|~{3,}|:{3,}).*?^\1", "", text(page), flags=re.M | re.S)
    assert len(re.findall(r"^# ", outside_cells, flags=re.M)) == 1


@pytest.mark.parametrize("page", PAGES)
def test_proofs_open_with_a_sentence(page):
    """sphinx-proof glues 'Proof.' to the first line: a formula or a list there renders broken."""
    for body in re.findall(r"^`{3,}\{prf:proof\}[^\n]*\n(.*?)^`{3,}", text(page), flags=re.M | re.S):
        first = next(line for line in body.splitlines() if line.strip() and not line.startswith(":"))
        assert re.match(r"[A-Z(*`$]?\w", first) and not first.startswith("$$"), first


@pytest.mark.parametrize("page", PAGES)
def test_headings_hold_no_references(page):
    assert not re.findall(r"^#+ .*\{(?:prf:)?(?:ref|eq|numref)\}", text(page), flags=re.M)


@pytest.mark.parametrize("page", PAGES)
def test_every_captioned_figure_has_alternative_text(page):
    for cell in re.findall(r"^```\{code-cell\}[^\n]*\n---\n(.*?)^---$", text(page), flags=re.M | re.S):
        options = yaml.safe_load(cell).get("mystnb", {})
        if "figure" in options:
            assert len(options["image"]["alt"]) > 40, options["figure"].get("name")


@pytest.mark.parametrize("page", PAGES)
def test_code_lines_fit_the_column(page):
    """Longer lines scroll sideways on the page."""
    for cell in re.findall(r"^```\{code-cell\}[^\n]*\n(.*?)^```", text(page), flags=re.M | re.S):
        if "remove-cell" not in cell and "remove-input" not in cell:
            code = cell.split("---\n")[-1]
            assert not [line for line in code.splitlines() if len(line) > 78]


@pytest.mark.parametrize("page", PAGES)
def test_no_line_of_prose_opens_with_a_percent_sign(page):
    """MyST takes it for a comment and drops the line without a warning."""
    outside_cells = re.sub(r"^```\{code-cell\}.*?^```", "", text(page), flags=re.M | re.S)
    assert not re.findall(r"^\s*%.*", outside_cells, flags=re.M)


@pytest.mark.parametrize("page", PAGES)
def test_every_exercise_has_a_folded_solution_and_both_are_labelled_alike(page):
    """Label ``ex-…`` for an exercise and ``sol-…`` for its solution, a dropdown that follows it."""
    exercises = re.findall(r"^`{3}\{exercise\} \S.*\n:label: ex-([\w-]+)$", text(page), flags=re.M)
    assert len(exercises) == len(re.findall(r"\{exercise\}", text(page)))
    pattern = r"^`{3}\{solution(?:-start)?\} ex-([\w-]+)\n:label: sol-([\w-]+)\n:class: dropdown$"
    assert re.findall(pattern, text(page), flags=re.M) == [(name, name) for name in exercises]


def test_each_symbol_stands_in_the_chapter_that_is_said_to_introduce_it():
    rows = re.findall(r"^\* - \$(.+)\$\n  - .+\n  - \[.+\]\((.+)\.md\)$", text("notation"), flags=re.M)
    assert len(rows) == text("notation").count("* - ") - text("notation").count("* - Symbol")
    for symbol, page in rows:
        outside_cells = re.sub(r"^```\{code-cell\}.*?^```", "", text(page), flags=re.M | re.S)
        formulas = re.findall(r"\$\$.+?\$\$|\$[^$]+\$", outside_cells, flags=re.S)
        assert any(symbol in formula for formula in formulas), f"{symbol} is not in {page}.md"


def test_no_symbol_has_two_meanings_in_one_table():
    for table in text("notation").split("{list-table}")[1:]:
        symbols = re.findall(r"^\* - \$(.+)\$$", table, flags=re.M)
        assert len(symbols) == len(set(symbols))
