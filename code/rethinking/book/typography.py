"""What belongs together stays on one line: a number and its percent sign."""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx

NBSP = "\N{NO-BREAK SPACE}"
VERBATIM = (nodes.literal, nodes.literal_block, nodes.math, nodes.math_block, nodes.raw, nodes.comment)


def _join(app: Sphinx, doctree: nodes.document) -> None:
    """The space before a percent sign becomes one at which no line breaks; the number may be a live one before it."""
    for text in list(doctree.findall(nodes.Text)):
        if " %" in text and not isinstance(text.parent, VERBATIM):
            text.parent.replace(text, nodes.Text(text.replace(" %", f"{NBSP}%")))


def setup(app: Sphinx) -> None:
    app.connect("doctree-read", _join)
