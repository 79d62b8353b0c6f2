"""What a page of the book used: the modules that its cells imported, the files they read or looked for in vain.

While the book is built, ``RETHINKING_PAGE_INPUTS`` names the file that says so for the page whose cells are running,
and ``rethinking.book.inputs`` compares it with what is there at the next build. Otherwise nothing here is ever called.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from pathlib import Path

from rethinking.files import relative, write_atomically

PACKAGE = Path(__file__).resolve().parent


def state(path: Path) -> str | None:
    """A digest of a file's bytes or of a folder's names; None if there is neither."""
    try:
        if path.is_dir():
            return hashlib.sha256("\0".join(sorted(os.listdir(path))).encode()).hexdigest()
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None


class Trace:
    """Hears of every file that this process opens; ``save`` notes those that lie in the folders watched.

    Args:
        place: the JSON file to keep; ``save`` renews its ``files``, from path (as seen from its folder) to ``state``.
        watched: folders whose files count.
    """

    def __init__(self, place: Path, watched: tuple[Path, ...]) -> None:
        self.place = place.resolve()
        self._watched = tuple(f"{folder.resolve()}{os.sep}" for folder in watched)
        self._own = str(self.place.parent)
        self._heard: set[str] = set()
        self._states: dict[Path, str | None] = {}  # at first sight: a file may change while the page is executed
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: tuple) -> None:
        if event in ("open", "os.listdir", "os.scandir") and isinstance(arguments[0], (str, os.PathLike)):
            self._heard.add(os.path.abspath(os.fspath(arguments[0])))

    def used(self) -> set[Path]:
        """The package's modules that are imported, and what was heard of in the watched folders, links followed."""
        modules = (getattr(module, "__file__", None) for module in list(sys.modules.values()))
        inside = f"{PACKAGE}{os.sep}"
        sources = {path for path in map(os.path.realpath, filter(None, modules)) if path.startswith(inside)}
        real = map(os.path.realpath, list(self._heard))
        heard = {path for path in real if f"{path}{os.sep}".startswith(self._watched)}
        return {Path(path) for path in sources | heard if not path.endswith(".pyc") and "__pycache__" not in path}

    def save(self) -> None:
        """Write what was used so far into ``place``."""
        kept = json.loads(self.place.read_text("utf-8"))
        for path in self.used().difference(self._states):
            self._states[path] = state(path)
        files = {relative(path, self._own): self._states[path] for path in sorted(self._states)}
        text = json.dumps({**kept, "files": files}, indent=1)
        write_atomically(self.place, lambda file: file.write(text.encode()))


def begin(place: str) -> None:
    """Trace this process into ``place``; in a notebook's kernel, after each cell."""
    from IPython import get_ipython

    watched = [PACKAGE, *map(Path, filter(None, [os.environ.get("RETHINKING_RESULTS")]))]
    trace = Trace(Path(place), tuple(watched))
    if (shell := get_ipython()) is not None:
        shell.events.register("post_run_cell", lambda *_: trace.save())
