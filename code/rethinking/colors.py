"""The book's colours: Okabe and Ito's, safe for colour-blind readers.

On a page each is a CSS variable with the colour itself as fallback, so that the dark theme can have another for it
(``book/_static/book.css``).
"""

from __future__ import annotations

import re

BLACK, ORANGE, SKY, GREEN = "#222222", "#E69F00", "#56B4E9", "#009E73"
BLUE, VERMILION, PURPLE = "#0072B2", "#D55E00", "#CC79A7"
GREY = "#6b6b6b"
BAR, GRID = "#bbbbbb", "#e6e6e6"
PAPER = "#ffffff"
ON_COLOR = "#000000"
"""For words and lines on coloured ground. The colours above follow the page into its dark theme, this one does not."""

VARIABLES = {
    color.lower(): f"--figure-{name}"
    for name, color in {
        "black": BLACK,
        "orange": ORANGE,
        "sky": SKY,
        "green": GREEN,
        "blue": BLUE,
        "vermilion": VERMILION,
        "purple": PURPLE,
        "grey": GREY,
        "bar": BAR,
        "grid": GRID,
        "paper": PAPER,
    }.items()
}
"""Of each colour in lower case, its variable."""


def themed(text: str) -> str:
    """CSS or SVG in which each of the book's colours has become its variable."""
    return re.sub(r"#[0-9a-fA-F]{6}\b", _variable, text)


def _variable(match: re.Match[str]) -> str:
    color = match.group()
    return f"var({VARIABLES[color.lower()]}, {color})" if color.lower() in VARIABLES else color
