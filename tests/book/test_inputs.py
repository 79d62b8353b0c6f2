"""A page is executed again when something it used has changed, and only then."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

import rethinking
from factory import record_of
from rethinking.book import inputs, parallel
from rethinking.experiments import find, paper_run, records

HEADER = """---
jupytext: {text_representation: {extension: .md, format_name: myst}}
kernelspec:
  display_name: Python 3
  name: python3
---
"""
CONSTRUCTION = """
# A construction

```{code-cell} ipython3
from rethinking.expressivity import interleaved_sample
print(interleaved_sample(2, seed=0)[0].shape)
```
"""
RESULTS = """
# Results

```{code-cell} ipython3
from rethinking import experiments
runs = experiments.load("precision-check").runs
print([run.state for run in runs if run.config.corruption == "true-labels"])
```
"""
MEETING = """
# One of two

```{{code-cell}} ipython3
import pathlib, time
with open("{page}.txt", "a") as file:
    file.write("once ")
other, end = pathlib.Path("{other}.txt"), time.monotonic() + 60
while not other.exists() and time.monotonic() < end:
    time.sleep(0.1)
print("they met" if other.exists() else "alone")
```
"""


@pytest.fixture
def book(tmp_path):
    """A book of two pages with its own copy of the package; ``build`` says which pages were executed."""
    package = tmp_path / "code" / "rethinking"
    shutil.copytree(Path(rethinking.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "book" / "results").mkdir(parents=True)
    pages = {
        "construction": CONSTRUCTION,
        "results": RESULTS,
        "index": "# Top\n\n```{toctree}\nconstruction\nresults\n```",
    }
    for name, text in pages.items():
        (tmp_path / "book" / f"{name}.md").write_text((HEADER if "code-cell" in text else "") + text)

    def build(builder: str = "html") -> set[str]:
        settings = ["extensions=myst_nb,rethinking.book", "nb_execution_mode=cache", "exclude_patterns=_build,results"]
        command = [sys.executable, "-m", "sphinx", "-b", builder, "-C", ".", f"_build/{builder}"]
        plain = {name: value for name, value in os.environ.items() if not name.startswith("RETHINKING_")}
        done = subprocess.run(
            [*command, *(part for setting in settings for part in ("-D", setting))],
            cwd=tmp_path / "book",
            env={**plain, "PYTHONPATH": str(package.parent), "OMP_NUM_THREADS": "1", "NO_COLOR": "1"},
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        alone = set(re.findall(r"/(\w+)\.md: Executed notebook", done.stdout))
        together = {page for line in re.findall(r"side by side, .*: (.*)", done.stdout) for page in line.split(", ")}
        assert not alone & together, "executed twice"
        return alone | together

    build.root = tmp_path
    return build


def shown(book, page: str) -> str:
    html = (book.root / "book" / "_build" / "html" / f"{page}.html").read_text("utf-8")
    return BeautifulSoup(html, "html.parser").get_text()


def test_only_the_pages_that_used_what_changed_are_executed_again(book):
    results, package = book.root / "book" / "results", book.root / "code" / "rethinking"
    assert book() == {"construction", "results"}
    assert "(2,)" in shown(book, "construction") and "missing" in shown(book, "results")

    function, unused = package / "expressivity" / "lemma.py", package / "scorecard.py"
    function.write_text(function.read_text("utf-8") + "\ninterleaved_sample = lambda n, seed: [np.zeros(7)]\n")
    unused.write_text(unused.read_text("utf-8") + "\n")
    records.write(record_of(paper_run("alexnet")), results)
    assert book() == {"construction"}, "a function changed, and a module and a record that neither page uses"
    assert "(7,)" in shown(book, "construction")

    run = next(run for run in find("precision-check").runs() if run.corruption == "true-labels")
    records.write(record_of(run), results)
    assert book() == {"results"}, "a record came that had been looked for in vain"
    assert "done" in shown(book, "results")

    function.write_text(function.read_text("utf-8").replace("zeros(7)", "zeros(9)"))
    assert book("singlehtml") == {"construction"}, "another folder is written first"
    assert book() == set() and "(9,)" in shown(book, "construction"), "and this one is written too"

    note = book.root / "book" / "_build" / ".page_inputs" / "construction.json"
    note.write_text(json.dumps({**json.loads(note.read_text("utf-8")), "number": "interrupted", "files": {}}))
    assert book() == {"construction"}, "the build that gave it this number did not come to its end"

    page = book.root / "book" / "results.md"
    page.write_text(page.read_text("utf-8") + "\nMore words.\n")
    assert book() == set(), "words outside of cells changed"
    assert "More words." in shown(book, "results")


@pytest.mark.skipif(parallel.pages_at_once() < 2, reason="this machine executes one page at a time")
def test_pages_are_executed_side_by_side_and_once(book):
    for page, other in (("construction", "results"), ("results", "construction")):
        (book.root / "book" / f"{page}.md").write_text(HEADER + MEETING.format(page=page, other=other))
    assert book() == {"construction", "results"}
    for page in ("construction", "results"):
        assert "they met" in shown(book, page) and (book.root / "book" / f"{page}.txt").read_text("utf-8") == "once "


def test_what_changes_while_a_page_is_executed_is_noticed_at_the_next_build(tmp_path):
    used, place = tmp_path / "results" / "record.json", tmp_path / "page.json"
    used.parent.mkdir()
    used.write_text("1")
    inputs.number_of(place, CONSTRUCTION)
    trace = inputs.trace.Trace(place, (used.parent,))
    used.read_text("utf-8")
    trace.save()
    assert inputs.fresh(place, CONSTRUCTION)
    used.write_text("2")
    trace.save()
    assert not inputs.fresh(place, CONSTRUCTION)


@pytest.fixture
def known(tmp_path):
    """A page whose last execution used one file."""
    used = tmp_path / "used.json"
    used.write_text("1")
    place = tmp_path / "kept" / "page.json"
    number = inputs.number_of(place, CONSTRUCTION)
    kept = json.loads(place.read_text("utf-8"))
    place.write_text(json.dumps({**kept, "files": {"../used.json": inputs.trace.state(used), "../none.json": None}}))
    return place, number, used


def test_what_is_used_through_a_link_is_noted(tmp_path, monkeypatch):
    folder, link = tmp_path / "results", tmp_path / "link"
    folder.mkdir()
    (folder / "record.json").write_text("1")
    link.symlink_to(folder)
    used = inputs.trace.Trace(tmp_path / "page.json", (link,))
    (link / "record.json").read_text("utf-8")
    assert folder.resolve() / "record.json" in used.used()


def test_a_page_keeps_its_number_while_nothing_changes(known):
    place, number, _ = known
    assert inputs.fresh(place, CONSTRUCTION) and inputs.number_of(place, CONSTRUCTION) == number
    assert inputs.fresh(place, CONSTRUCTION + "\nWords outside of cells.\n")


@pytest.mark.parametrize(
    "change",
    [
        lambda place, used: used.write_text("2"),
        lambda place, used: used.unlink(),
        lambda place, used: (used.parent / "none.json").write_text("now it is there"),
        lambda place, used: place.write_text("{"),
        lambda place, used: place.unlink(),
    ],
)
def test_a_changed_file_or_a_damaged_list_gives_a_new_number(known, change):
    place, number, used = known
    change(place, used)
    assert not inputs.fresh(place, CONSTRUCTION)
    assert inputs.number_of(place, CONSTRUCTION) != number


def test_other_libraries_or_cells_give_a_new_number(known, monkeypatch):
    place, _, _ = known
    assert not inputs.fresh(place, CONSTRUCTION.replace("2, seed", "3, seed"))
    monkeypatch.setattr(inputs, "version_of", lambda name: "0")
    assert not inputs.fresh(place, CONSTRUCTION)


def test_another_folder_of_records_gives_a_new_number(known, monkeypatch, tmp_path):
    place, number, _ = known
    (tmp_path / "others").mkdir()
    monkeypatch.setenv("RETHINKING_RESULTS", str(tmp_path / "others"))
    assert not inputs.fresh(place, CONSTRUCTION) and inputs.number_of(place, CONSTRUCTION) != number
    assert inputs.fresh(place, CONSTRUCTION), "until it changes again"
