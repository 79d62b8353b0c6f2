"""The theme's faults, mended in one place; each says what is wrong and can go when the theme no longer has it."""

from __future__ import annotations

from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx


def _mend_scripts(app: Sphinx, page: str, template: str, context: dict, doctree: nodes.document | None) -> None:
    # jupyter-book and the theme both set up sphinx-thebe: its constants are declared twice, which is an error on every
    # page, for a service that the book does not use and that would load scripts from another host
    def is_thebe(asset: object) -> bool:
        text = f"{getattr(asset, 'filename', asset)} {getattr(asset, 'attributes', '')}"
        return "thebe" in text.lower()

    for kind in ("script_files", "css_files"):
        if kind in context:
            context[kind] = [asset for asset in context[kind] if not is_thebe(asset)]


def _mend_body(app: Sphinx, page: str, template: str, context: dict, doctree: nodes.document | None) -> None:
    # docutils calls the bibliography a list, but its entries are no list items to a screen reader
    if "body" in context:
        context["body"] = context["body"].replace(
            '<div role="list" class="citation-list">', '<div class="citation-list">'
        )


def _mend_files(app: Sphinx, exception: Exception | None) -> None:
    if exception or app.builder.format != "html":
        return
    # pydata-sphinx-theme loads Font Awesome twice, as a font and as 1.5 MB of script; the font draws all its icons
    script = Path(app.outdir) / "_static" / "scripts" / "fontawesome.js"
    if script.exists():  # another theme has none
        script.write_text("", "utf-8")


def setup(app: Sphinx) -> None:
    app.connect("html-page-context", _mend_scripts, priority=900)
    app.connect("html-page-context", _mend_body, priority=900)
    app.connect("build-finished", _mend_files, priority=900)
