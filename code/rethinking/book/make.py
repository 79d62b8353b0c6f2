"""Building the book: once, again at every change, or on paper."""

from __future__ import annotations

import functools
import http.server
import logging
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from rethinking.files import write_atomically
from rethinking.system import BROWSER_ARGUMENTS, chromium, today

if TYPE_CHECKING:
    from pypdf.generic import DictionaryObject

JUPYTER_BOOK = (sys.executable, "-c", "from jupyter_book.cli.main import main; main()")
MARGIN = "18mm"
BEGINNING = re.compile(r"\d+(?:\.\d+)*\.|.{1,8}")
"""What tells a heading from the next ones: its number, or its first letters."""

VISIBLE_HEADINGS = """
[...document.querySelectorAll("h1, h2, h3, h4, h5, h6, [role=heading]")].filter((e) => e.checkVisibility()).map((e) => {
  const copy = e.cloneNode(true)
  copy.querySelectorAll(".headerlink").forEach((link) => link.remove())
  return copy.textContent.trim().replace(/\\s+/g, " ")
})
"""
COVER = """
(lines) => {
  const cover = document.createElement("div"), title = document.querySelector("#jb-print-docs-body > h1")
  cover.className = "cover"
  title.before(cover)
  cover.append(title, ...lines.map((words) => Object.assign(document.createElement("p"), {textContent: words})))
}
"""
FOOTER = '<div style="font-size: 8px; width: 100%; text-align: center"><span class="pageNumber"></span></div>'


class BookError(Exception):
    """The book could not be built; the message says what to do."""


def find_book(start: Path | None = None) -> Path:
    """The nearest folder with a ``_toc.yml`` and a ``book`` at or above ``start``, by default the working directory.

    Raises:
        BookError: there is none.
    """
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / "_toc.yml").is_file() and (folder / "book").is_dir():
            return folder
    raise BookError(f"no book at or above {here}; run from inside the repository")


def settle(root: Path) -> None:
    """Put the settings into ``book/`` where git could not make symbolic links, as on some Windows machines.

    There git leaves a file that holds the link's target as text; it becomes a copy of that target, and a new copy
    whenever the target has been changed later than the copy.
    """
    for name in ("_config.yml", "_toc.yml"):
        link, target = root / "book" / name, root / name
        if link.is_symlink():
            continue
        absent = not link.exists() or link.read_text("utf-8").strip() == f"../{name}"
        if absent or link.stat().st_mtime_ns < target.stat().st_mtime_ns:
            shutil.copyfile(target, link)


def build(root: Path, builder: str = "html", strict: bool = False) -> Path:
    """Build with Jupyter Book; only pages whose inputs changed are executed.

    Args:
        root: the folder with ``_toc.yml`` and ``book``.
        builder: ``html`` or ``singlehtml``.
        strict: warnings are errors, and every page is read again, since a page that is not read warns of nothing.

    Returns:
        The first page.

    Raises:
        BookError: Jupyter Book failed; its own words have been printed.
    """
    settle(root)
    strictly = ["--all", "-W", "-n", "--keep-going"] if strict else []
    if subprocess.run([*JUPYTER_BOOK, "build", "book/", "--builder", builder, *strictly], cwd=root).returncode:
        raise BookError("Jupyter Book stopped; the reason is above, and 'rethinking doctor' describes this machine")
    return root / "book" / "_build" / builder / "index.html"


def live(root: Path, port: int = 8000) -> None:
    """Serve the book on this machine and build again whenever a chapter, the package or a record changes; Ctrl-C ends
    it. A changed setting is seen at the next start.

    sphinx-autobuild wants Sphinx's own ``conf.py``, which Jupyter Book writes from ``_config.yml``.

    Raises:
        BookError: the port is taken, or Jupyter Book cannot read its settings.
    """
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, os.name == "posix")
        try:
            tried.bind(("127.0.0.1", port))
        except OSError as error:
            raise BookError(f"port {port} cannot be served ({error.strerror}); name another by --port") from None
    settle(root)
    book, built = root / "book", root / "book" / "_build"
    command = [sys.executable, "-m", "sphinx_autobuild", "-b", "html", "-d", built / ".live", book, built / "live"]
    for ignored in ("_build", "conf.py", ".page_inputs"):
        command += ["--re-ignore", rf".*/{ignored}.*"]
    command += ["--watch", root / "code" / "rethinking", "--port", port, "--open-browser"]
    try:
        wrote = subprocess.run([*JUPYTER_BOOK, "config", "sphinx", "book/"], cwd=root, capture_output=True, text=True)
        if wrote.returncode:
            raise BookError(f"Jupyter Book cannot read its settings:\n{wrote.stderr or wrote.stdout}")
        if subprocess.run(list(map(str, command)), cwd=root).returncode:
            raise BookError("the preview stopped; the reason is above")
    except KeyboardInterrupt:
        pass
    finally:
        (book / "conf.py").unlink(missing_ok=True)


def pdf(root: Path) -> Path:
    """The whole book as one PDF with bookmarks, printed by Chromium from one long page.

    Raises:
        BookError: there is no Chromium, or playwright is not installed.
    """
    path = chromium()
    if path is None:
        raise BookError("no Chromium in PATH; install chromium, or set RETHINKING_CHROMIUM to one")
    if shutil.which(path) is None:
        raise BookError(f"RETHINKING_CHROMIUM is {path!r}, which cannot be run; set it to a Chromium, or unset it")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        raise BookError("playwright is not installed; run 'pip install -r requirements.txt'") from None
    page_file = build(root, "singlehtml")
    target = root / "book" / "_build" / "rethinking-generalization.pdf"
    with sync_playwright() as running, served(page_file.parent) as address:
        browser = running.chromium.launch(executable_path=path, args=list(BROWSER_ARGUMENTS))
        page = browser.new_page()
        page.add_init_script("localStorage.setItem('mode', 'light'); localStorage.setItem('theme', 'light')")
        page.goto(f"{address}/{page_file.name}", wait_until="load", timeout=300_000)
        page.evaluate("window.MathJax?.startup?.promise")
        page.evaluate("document.querySelectorAll('details:not(.behind)').forEach((e) => { e.open = true })")
        page.evaluate(COVER, cover_lines(root))
        page.pdf(
            path=target,
            format="A4",
            margin={"top": MARGIN, "bottom": MARGIN, "left": MARGIN, "right": MARGIN},
            outline=True,
            tagged=True,
            print_background=True,
            display_header_footer=True,
            header_template="<span></span>",
            footer_template=FOOTER,
        )
        page.emulate_media(media="print")
        titles = page.evaluate(VISIBLE_HEADINGS)
        browser.close()
    name_bookmarks(target, titles)
    return target


def cover_lines(root: Path) -> list[str]:
    """What the PDF's first page says below the title: what it is, whose, which version."""
    settings = yaml.safe_load((root / "_config.yml").read_text("utf-8"))
    package = metadata.metadata("rethinking")
    return [package["Summary"], settings["author"], f"Version {package['Version']}, {today()}"]


def name_bookmarks(path: Path, titles: Iterable[str]) -> None:
    """Give a PDF's bookmarks the words of the headings they stand for; both are in the order of the text.

    Chromium writes a heading's words twice where it begins a page, and without the space where its line breaks. So a
    bookmark takes the words of the next heading that begins as it does.
    """
    from pypdf import PdfWriter
    from pypdf.generic import NameObject, TextStringObject

    logging.getLogger("pypdf").setLevel(logging.ERROR)  # it warns of a count in Chromium's files that does no harm
    writer, following = PdfWriter(clone_from=path), list(titles)
    for bookmark in _bookmarks(writer.root_object.get("/Outlines", {})):
        said = str(bookmark["/Title"])
        place = next((i for i, title in enumerate(following) if _beginning(title) == _beginning(said)), None)
        if place is not None:
            bookmark[NameObject("/Title")] = TextStringObject(following[place])
            following = following[place + 1 :]
    write_atomically(path, writer.write)


def _beginning(title: str) -> str:
    found = BEGINNING.match(title)
    return found.group() if found else ""


def _bookmarks(outline: Mapping) -> Iterator[DictionaryObject]:
    """Those below an outline's item, each before its own."""
    below = outline.get("/First")
    while below is not None:
        bookmark = below.get_object()
        yield bookmark
        yield from _bookmarks(bookmark)
        below = bookmark.get("/Next")


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of a server on this machine, on a free port, that serves a folder until the block ends."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=os.fspath(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
