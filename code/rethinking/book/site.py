"""What a site has besides its chapters: notebooks to download, mathematics offline, a map, cards, a 404 page.

``RETHINKING_BASE_URL`` says where the site will stand, e.g. ``https://example.org/book/``. Only with it can there be
canonical addresses, a ``sitemap.xml`` and cards for social networks, whose links must be absolute; everything else is
relative and works from any folder.
"""

from __future__ import annotations

import json
import os
import shutil
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urljoin, urlsplit
from xml.sax.saxutils import escape

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config

from rethinking import interactive

MATHJAX = ("startup.js", "core.js", "loader.js", "input/tex.js", "input/tex", "output/chtml.js", "output/chtml")
MATHJAX_LOADS = ("input/tex", "output/chtml", "a11y/assistive-mml")
"""Less than half of the bundle that Sphinx would load; the rest is menus and speech."""


def configure(app: Sphinx, config: Config) -> None:
    config.mathjax_path = "mathjax/startup.js"
    config.mathjax3_config = {"loader": {"load": list(MATHJAX_LOADS)}}
    base = os.environ.get("RETHINKING_BASE_URL", "")
    if base:
        base = base.rstrip("/") + "/"
        if urlsplit(base).scheme not in ("http", "https"):
            raise ValueError(f"RETHINKING_BASE_URL must be an address like https://example.org/book/, not {base!r}")
        config.html_baseurl = config.ogp_site_url = base
        config.notfound_urls_prefix = urlsplit(base).path
    else:
        config.notfound_urls_prefix = "/"
        config.ogp_social_cards = {"enable": False}
    home = f"{config.notfound_urls_prefix}index.html"
    config.notfound_context = {
        "title": "Page not found",
        "body": "<h1>Page not found</h1><p>There is no such page here. The menu has all chapters, the search finds "
        f'words in them, and <a href="{home}">the first page</a> says what they are about.</p>',
    }


def notebook(executed: dict) -> dict:
    """A page's notebook as a reader should get it: the kernel under its plain name.

    Args:
        executed: as myst-nb leaves it, in the form of its JSON file.
    """
    kernel = executed.get("metadata", {}).get("kernelspec", {})
    metadata = {"kernelspec": {**kernel, "display_name": "Python 3"}, "language_info": {"name": "python"}}
    return {**executed, "metadata": metadata}


def _offer_notebook(app: Sphinx, page: str, template: str, context: dict, doctree: nodes.document | None) -> None:
    """Beside the page's source; the theme's download menu shows it if the page's context names it."""
    executed = Path(app.outdir).parent / "jupyter_execute" / f"{page}.ipynb"
    if doctree is None or app.builder.name != "html" or not executed.is_file():
        return
    target = Path(app.outdir) / "_sources" / f"{page}.ipynb"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(notebook(json.loads(executed.read_text("utf-8"))), indent=1), "utf-8")
    context["ipynb_source"] = f"{page}.ipynb"


def sitemap(base: str, pages: list[str]) -> str:
    """The pages' addresses as search engines read them."""
    rows = "".join(f"  <url><loc>{escape(urljoin(base, page))}</loc></url>\n" for page in pages)
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{rows}</urlset>\n'
    )


def _finish(app: Sphinx, exception: Exception | None) -> None:
    if exception or app.builder.format != "html":
        return
    static = Path(app.outdir) / "_static"
    _copy_mathjax(static / "mathjax")
    _copy_bokeh(static / "bokeh")
    if app.config.html_baseurl:
        pages = [app.builder.get_target_uri(page) for page in sorted(app.env.found_docs)]
        (Path(app.outdir) / "sitemap.xml").write_text(sitemap(app.config.html_baseurl, pages), "utf-8")


def _copy_mathjax(target: Path) -> None:
    """From the package that ships it, what a page may load; the whole is ten times as large."""
    package = find_spec("sphinx-mathjax-offline")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("sphinx-mathjax-offline is not installed; run 'pip install -r requirements.txt'")
    source = Path(package.origin).parent / "static" / "mathjax"
    for name in (*MATHJAX, "a11y/assistive-mml.js"):
        part = source / name
        if part.is_dir():
            shutil.copytree(part, target / name, dirs_exist_ok=True)
        else:
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(part, target / name)


def _copy_bokeh(target: Path) -> None:
    from bokeh.util.paths import bokehjs_path

    target.mkdir(parents=True, exist_ok=True)
    for name in interactive.COMPONENTS:
        shutil.copyfile(bokehjs_path() / "js" / f"{name}.min.js", target / f"{name}.min.js")


def _teach_the_one_page(app: Sphinx) -> None:
    """Give ``singlehtml`` HTML's nodes: it loses them once one extension, sphinx-exercise, names it for its own."""
    handlers = app.registry.translation_handlers
    handlers["singlehtml"] = {**handlers.get("html", {}), **handlers.get("singlehtml", {})}


def setup(app: Sphinx) -> None:
    app.setup_extension("notfound.extension")
    app.setup_extension("sphinxext.opengraph")
    app.connect("config-inited", configure, priority=100)
    app.connect("builder-inited", _teach_the_one_page)
    app.connect("html-page-context", _offer_notebook, priority=100)
    app.connect("build-finished", _finish)
