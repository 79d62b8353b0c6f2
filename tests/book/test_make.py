"""Building the book from the command line, also where git made no symbolic links."""

import os
import shutil
import socket

import pytest
from pypdf import PdfReader, PdfWriter

from chapters import BOOK, PAGES, ROOT
from rethinking.book import inputs, make
from rethinking.experiments import CATALOGUE, load


@pytest.fixture
def checkout(tmp_path):
    """The settings as git lays them where it cannot make links: files that hold the links' targets."""
    (tmp_path / "book").mkdir()
    for name in ("_config.yml", "_toc.yml"):
        shutil.copyfile(ROOT / name, tmp_path / name)
        (tmp_path / "book" / name).write_text(f"../{name}")
    return tmp_path


def test_without_symbolic_links_the_settings_are_copied(checkout):
    make.settle(checkout)
    for name in ("_config.yml", "_toc.yml"):
        assert (checkout / "book" / name).read_text("utf-8") == (ROOT / name).read_text("utf-8")


def test_settings_of_ones_own_are_left_alone(checkout):
    (checkout / "book" / "_toc.yml").write_text("format: jb-book\nroot: index\n")
    make.settle(checkout)
    assert (checkout / "book" / "_toc.yml").read_text("utf-8") == "format: jb-book\nroot: index\n"


def test_a_later_change_of_the_settings_is_copied_again(checkout):
    make.settle(checkout)
    changed = (checkout / "_toc.yml").read_text("utf-8") + "  - file: my-chapter\n"
    (checkout / "_toc.yml").write_text(changed)
    later = (checkout / "book" / "_toc.yml").stat().st_mtime + 10
    os.utime(checkout / "_toc.yml", (later, later))
    make.settle(checkout)
    assert (checkout / "book" / "_toc.yml").read_text("utf-8") == changed


def test_the_cover_names_the_book_and_its_version(checkout):
    what, whose, version = make.cover_lines(checkout)
    assert "literate reproduction" in what and whose == "The Rethinking Generalization authors"
    assert version.startswith("Version 0.1.0, 20")


def test_the_book_is_found_from_inside_and_only_there(checkout, tmp_path_factory):
    assert make.find_book(checkout / "book") == checkout
    with pytest.raises(make.BookError, match="inside the repository"):
        make.find_book(tmp_path_factory.mktemp("elsewhere"))


def test_a_browser_that_cannot_be_run_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("RETHINKING_CHROMIUM", str(tmp_path / "chrome"))
    with pytest.raises(make.BookError, match="RETHINKING_CHROMIUM is '.*chrome', which cannot be run"):
        make.pdf(tmp_path)


def test_no_record_is_stale():
    stale = [f"rethinking run {name}" for name in CATALOGUE if load(name).count("stale")]
    assert not stale, f"made by older code; make these again: {'; '.join(stale)}"


def test_no_record_is_damaged():
    assert not [run.problem for name in CATALOGUE for run in load(name).runs if run.problem]


def test_no_page_is_stale(site):
    stale = []
    for page in PAGES:
        text = (BOOK / f"{page}.md").read_text("utf-8")
        if inputs.CELL.search(text) and not inputs.fresh(BOOK / "_build" / ".page_inputs" / f"{page}.json", text):
            stale.append(page)
    assert not stale, f"{', '.join(stale)}: built from other inputs than there are now; run 'rethinking book'"


def test_bookmarks_take_the_words_of_their_headings(tmp_path):
    path, writer = tmp_path / "book.pdf", PdfWriter()
    writer.add_blank_page(100, 100)
    chapter = writer.add_outline_item(title="1. 1. Proofs of twoProofs of two", page_number=0)
    writer.add_outline_item(title="1.1. What it does notsay", page_number=0, parent=chapter)
    writer.add_outline_item(title="Not a heading", page_number=0)
    writer.add_outline_item(title="2. LastLast", page_number=0)
    writer.write(path)
    make.name_bookmarks(path, ["Contents", "1. Proofs of two", "1.1. What it does not say", "2. Last"])
    (first, (below,), other, last) = PdfReader(path).outline
    assert [item.title for item in (first, below, last)] == ["1. Proofs of two", "1.1. What it does not say", "2. Last"]
    assert other.title == "Not a heading"


def test_a_preview_does_not_touch_the_book_where_its_port_is_taken(tmp_path, monkeypatch):
    monkeypatch.setattr(make.subprocess, "run", lambda *arguments, **options: pytest.fail("it went on"))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(make.BookError, match=f"port {port} cannot be served .* name another by --port"):
            make.live(tmp_path, port)
