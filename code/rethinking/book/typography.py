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

LONG = 28
"""Signs of a formula, about, that may not fit into a line on a phone; there it scrolls."""


def join(app: Sphinx, doctree: nodes.document) -> None:
    """Mend a page once it is read."""
    for text in list(doctree.findall(nodes.Text)):
        if " %" in text and not isinstance(text.parent, VERBATIM):  # the number may be a live one before it
            text.parent.replace(text, nodes.Text(text.replace(" %", f"{NBSP}%")))
    for code in doctree.findall(nodes.literal):
        if len(code.astext()) <= SHORT:
            code["classes"].append("short")
    for formula in list(doctree.findall(nodes.math)):
        if _signs(formula.astext()) > LONG:
            formula["classes"].append("long")
        else:
            _join_punctuation(formula)


def _signs(formula: str) -> int:
    """About how many signs a reader sees of a formula in TeX: a command is one, and braces are none."""
    return len(re.sub(r"[{}^_\s]|\\[,;!]", "", re.sub(r"\\[A-Za-z]+", "x", formula)))


def _join_punctuation(formula: nodes.math) -> None:
    parent = formula.parent
    place = parent.index(formula)
    after = parent[place + 1] if place + 1 < len(parent) else None
    if isinstance(after, nodes.Text) and (found := CLOSING.match(after)):
        parent[place] = nodes.inline("", "", formula, nodes.Text(found.group()), classes=["together"])
        parent[place + 1] = nodes.Text(after[found.end() :])


def setup(app: Sphinx) -> None:
    app.connect("doctree-read", join)
