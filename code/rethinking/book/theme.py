"""The theme's faults, mended in one place; each says what is wrong and can go when the theme no longer has it."""

from __future__ import annotations

from pathlib import Path

from sphinx.application import Sphinx


def _mend_files(app: Sphinx, exception: Exception | None) -> None:
    if exception or app.builder.format != "html":
        return
    # pydata-sphinx-theme loads Font Awesome twice, as a font and as 1.5 MB of script; the font draws all its icons
    (Path(app.outdir) / "_static" / "scripts" / "fontawesome.js").write_text("", "utf-8")


def setup(app: Sphinx) -> None:
    app.connect("build-finished", _mend_files, priority=900)
