"""Which pages must be executed again: those that used a file which is no longer what it was.

jupyter-cache knows a page by its cells and its kernel's name alone. So each page keeps the list of what its last
execution used (``rethinking.trace``): modules, package data, records, and the records it looked for in vain. While
that list still holds, with the same cells, libraries and folder of records, the page keeps the number of its last
execution; otherwise it gets a new one. The number becomes part of the kernel's name, so a page with a new number is
never found in the cache.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import platform
import re
import uuid
from collections.abc import Iterable
from pathlib import Path

from jupyter_cache import get_cache
from nbclient import NotebookClient
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError

from rethinking import trace
from rethinking.experiments import RecordError, results_folder
from rethinking.files import relative, write_atomically
from rethinking.system import version_of

LIBRARIES = ("torch", "numpy", "scipy", "matplotlib", "bokeh", "gmpy2", "ipykernel", "myst-nb")
CELL = re.compile(r"^(`{3,}|~{3,}|:{3,})\{code-cell\}.*?^\1", flags=re.M | re.S)
KERNEL = re.compile(r"^(  display_name: ).*$", flags=re.M)
PAGES_KEPT = 100
"""Executed pages that the cache keeps, the last ones used."""


def fresh(place: Path, text: str) -> bool:
    """Whether what the list in ``place`` says about a page's last execution still holds.

    Args:
        place: where the page keeps its list; it need not be there.
        text: the page's source.
    """
    try:
        known = json.loads(place.read_text(encoding="utf-8"))
        return (
            known["cells"] == cells(text)
            and known["libraries"] == libraries()
            and known["results"] == results_from(place.parent)
            and all(trace.state(place.parent / path) == state for path, state in known["files"].items())
        )
    except (OSError, ValueError, KeyError):
        return False


def number_of(place: Path, text: str) -> str:
    """The number of the page's execution: that of the last one if it still holds, else a new one, noted."""
    if not fresh(place, text):
        known = {"cells": cells(text), "libraries": libraries(), "results": results_from(place.parent), "files": {}}
        known["number"] = uuid.uuid4().hex[:12]
        note = json.dumps(known, indent=1)
        write_atomically(place, lambda file: file.write(note.encode()))
    return json.loads(place.read_text(encoding="utf-8"))["number"]


def cells(text: str) -> str:
    """A digest of a page's code cells."""
    return hashlib.sha256("\n".join(match.group() for match in CELL.finditer(text)).encode()).hexdigest()


def libraries() -> dict[str, str]:
    """The versions of Python and of the ``LIBRARIES``; ``none`` for one that is not installed."""
    return {"python": platform.python_version(), **{name: version_of(name) for name in LIBRARIES}}


def results_from(folder: Path) -> str:
    """The folder with the records as seen from ``folder``; empty where there is none."""
    try:
        return relative(results_folder(), folder)
    except RecordError:
        return ""


def unexecuted(app: Sphinx, env: BuildEnvironment, pages: Iterable[str]) -> list[str]:
    """Those of the pages with cells whose last execution no longer holds."""
    texts = {page: Path(env.doc2path(page)).read_text(encoding="utf-8") for page in pages}
    return [page for page, text in sorted(texts.items()) if CELL.search(text) and not fresh(_place(app, page), text)]


def _notes(app: Sphinx) -> Path:
    return Path(app.outdir).parent / ".page_inputs"


def _place(app: Sphinx, page: str) -> Path:
    return _notes(app) / f"{page}.json"


def _outdated(app: Sphinx, env: BuildEnvironment, added: set, changed: set, removed: set) -> list[str]:
    """Pages to execute, and those that were executed since this output folder was last written: a build may have been
    interrupted, or have written another folder."""
    written, numbers = _written(app), _numbers(app, env)
    behind = {page for page, number in numbers.items() if written.get(page) != number}
    return sorted(behind.union(unexecuted(app, env, env.found_docs)))


def _numbers(app: Sphinx, env: BuildEnvironment) -> dict[str, str]:
    """The number of each page's last execution."""
    numbers = {}
    for page in env.found_docs:
        with contextlib.suppress(OSError, ValueError, KeyError):
            numbers[page] = json.loads(_place(app, page).read_text(encoding="utf-8"))["number"]
    return numbers


def _written_place(app: Sphinx) -> Path:
    return _notes(app) / ".written" / f"{Path(app.outdir).name}.json"


def _written(app: Sphinx) -> dict[str, str]:
    """The numbers of the executions that the pages of this output folder show."""
    try:
        return dict(json.loads(_written_place(app).read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def _note_what_is_written(app: Sphinx, exception: Exception | None) -> None:
    if exception is None:
        note = json.dumps(_numbers(app, app.env), indent=1)
        write_atomically(_written_place(app), lambda file: file.write(note.encode()))


def _number_the_kernel(app: Sphinx, page: str, source: list[str]) -> None:
    """Before a page is read: its number into the kernel's name; its cells are told where to keep their list."""
    if not CELL.search(source[0]):
        return
    place = _place(app, page)
    number = number_of(place, source[0])
    source[0], found = KERNEL.subn(rf"\g<1>Python 3, execution {number}", source[0], count=1)
    if not found:
        raise ExtensionError(f"{page}.md has code cells but no 'display_name' under 'kernelspec' in its header")
    os.environ["RETHINKING_PAGE_INPUTS"] = str(place)


def _stop_tracing(app: Sphinx, exception: Exception | None) -> None:
    os.environ.pop("RETHINKING_PAGE_INPUTS", None)


def _choose_folders(app: Sphinx, config: Config) -> None:
    folder = Path(app.outdir).parent / ".jupyter_cache"
    config.nb_execution_cache_path = str(folder)
    get_cache(folder).change_cache_limit(PAGES_KEPT)
    with contextlib.suppress(RecordError):  # then the first cell that needs records says so
        os.environ["RETHINKING_RESULTS"] = str(results_folder())


def setup(app: Sphinx) -> None:
    # each page's kernel would warn that what it says to this process, on this machine, is not encrypted
    NotebookClient.extra_arguments.default_args = (["--IPKernelApp.log_level=ERROR"],)
    app.connect("config-inited", _choose_folders, priority=100)
    app.connect("env-get-outdated", _outdated)
    app.connect("source-read", _number_the_kernel)
    app.connect("build-finished", _stop_tracing)
    app.connect("build-finished", _note_what_is_written)
