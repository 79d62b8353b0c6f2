"""What belongs together stays on one line: a number and its percent sign, a formula and its comma, a short piece of
code."""

from __future__ import annotations

import re

from docutils import nodes
from sphinx.application import Sphinx

NBSP = "\N{NO-BREAK SPACE}"
VERBATIM = (nodes.literal, nodes.literal_block, nodes.math, nodes.math_block, nodes.raw, nodes.comment)
CLOSING = re.compile(r"[.,;:!?)\]’”]+")
SHORT = 26
"""Characters of code that fit into a line anywhere, on a phone too."""


def join(app: Sphinx, doctree: nodes.document) -> None:
    """Mend a page once it is read."""
    for text in list(doctree.findall(nodes.Text)):
        if " %" in text and not isinstance(text.parent, VERBATIM):  # the number may be a live one before it
            text.parent.replace(text, nodes.Text(text.replace(" %", f"{NBSP}%")))
    for code in doctree.findall(nodes.literal):
        if len(code.astext()) <= SHORT:
            code["classes"].append("short")
    for formula in list(doctree.findall(nodes.math)):
        _join_punctuation(formula)


def _join_punctuation(formula: nodes.math) -> None:
    parent = formula.parent
    place = parent.index(formula)
    after = parent[place + 1] if place + 1 < len(parent) else None
    if isinstance(after, nodes.Text) and (found := CLOSING.match(after)):
        parent[place] = nodes.inline("", "", formula, nodes.Text(found.group()), classes=["together"])
        parent[place + 1] = nodes.Text(after[found.end() :])


def setup(app: Sphinx) -> None:
    app.connect("doctree-read", join)
