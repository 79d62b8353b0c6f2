"""The book's Sphinx extension: pages are executed again when what they show has changed.

jupyter-cache knows a page by its cells alone. A page that asks the package for a result would keep its old output when
the package, a record or a dependency changes. So the cache lies in a folder named after a digest of those, and when the
digest is new, every page is read again.
"""

from __future__ import annotations

import hashlib
import shutil
from importlib import metadata
from pathlib import Path

from rethinking.experiments import RecordError, results_folder

DEPENDENCIES = ("torch", "numpy", "scipy", "matplotlib", "bokeh", "gmpy2", "myst-nb")


def digest() -> str:
    """A short name for everything that the pages' outputs depend on, besides the pages."""
    sources = sorted(
        path for path in Path(__file__).parent.rglob("*") if path.suffix in (".py", ".js", ".csv", ".toml", ".npz")
    )
    try:
        records = sorted(results_folder().rglob("*.json"))
    except RecordError:
        records = []
    sum_ = hashlib.sha256()
    for path in (*sources, *records):
        sum_.update(path.name.encode() + b"\0" + path.read_bytes())
    for name in DEPENDENCIES:
        sum_.update(f"{name}=={_version(name)}".encode())
    return sum_.hexdigest()[:16]


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:  # some are optional
        return "none"


def _choose_cache(app, config) -> None:
    caches = Path(app.outdir).parent / ".jupyter_cache"
    chosen = caches / digest()
    if caches.is_dir():
        for old in caches.iterdir():
            if old != chosen:
                shutil.rmtree(old) if old.is_dir() else old.unlink()
    config.nb_execution_cache_path = str(chosen)


def _outdated(app, env, added, changed, removed) -> list[str]:
    """All pages, if they were last read under another digest."""
    now = Path(app.config.nb_execution_cache_path).name
    before, env.rethinking_digest = getattr(env, "rethinking_digest", None), now
    return [] if before == now else sorted(env.found_docs)


def setup(app) -> dict[str, object]:
    app.connect("config-inited", _choose_cache, priority=100)
    app.connect("env-get-outdated", _outdated)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
