"""How a Bokeh layout reaches a page, and looks like the book.

Everything happens in the reader's browser, and nothing comes from a network. A page of the book holds the layout as
data; ``book/_static/interactive.js`` draws it, with Bokeh's scripts from the site's own ``_static``, and gives it the
colours of the page's theme. In a notebook, the output brings Bokeh's scripts along.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from html import escape

from bokeh.embed import components, json_item
from bokeh.models import InlineStyleSheet, Legend, Plot, UIElement
from bokeh.resources import Resources

from rethinking.colors import BAR, BLACK, GREY, GRID, PAPER, VARIABLES, themed

COMPONENTS = ("bokeh", "bokeh-widgets")
SHEET = {"background": PAPER, "padding": "12px", "border-radius": "6px", "border": f"1px solid {BAR}"}
WIDGETS = f"""
.bk-input, .bk-btn, label, .bk-slider-title {{ color: {BLACK}; }}
.bk-input, .bk-btn.bk-btn-default {{ background-color: {PAPER}; border-color: {BAR}; }}
.bk-btn.bk-btn-default.bk-active, .bk-btn.bk-btn-default:hover {{ background-color: {GRID}; }}
"""


@dataclass(frozen=True)
class Interactive:
    """What a notebook shows of a layout.

    Attributes:
        name: a class of the element around it.
        layout: makes the layout; called once per showing.
        without: what stands there without scripts.
        invitation: a button's words; the layout is drawn when it is pressed. None: at once.
    """

    name: str
    layout: Callable[[], UIElement]
    without: str
    invitation: str | None = None

    def _repr_html_(self) -> str:
        inside = self._as_data() if os.environ.get("RETHINKING_PAGE_INPUTS") else self._self_contained()
        return f'<div class="interactive {self.name}"><noscript>{escape(self.without)}</noscript>{inside}</div>'

    def _as_data(self) -> str:
        item = json.dumps(json_item(self.layout()), separators=(",", ":")).replace("</", "<\\/")
        invitation = f' data-invitation="{escape(self.invitation)}"' if self.invitation else ""
        colors = escape(json.dumps(VARIABLES))
        return f'<script type="application/json"{invitation} data-colors="{colors}">{item}</script>'

    def _self_contained(self) -> str:
        script, div = components(self.layout(), wrap_script=True)
        return f"{Resources(mode='inline', components=list(COMPONENTS)).render()}\n{div}\n{script}"

    def __repr__(self) -> str:
        return f"{self.name}, an interactive figure; open the book's page in a browser to use it"


def css(rules: str) -> InlineStyleSheet:
    """Rules for a widget, in the colours of the page's theme."""
    return InlineStyleSheet(css=themed(rules))


def sheet() -> dict[str, str]:
    """The style of the ground that a layout lies on."""
    return {name: themed(value) for name, value in SHEET.items()}


def dress(plot: Plot) -> None:
    """Give a plot the book's colours in place of Bokeh's."""
    plot.update(background_fill_color=PAPER, border_fill_color=PAPER, outline_line_color=GRID)
    plot.title.text_color = BLACK
    for axis in plot.axis:
        axis.update(axis_line_color=GREY, major_tick_line_color=GREY, minor_tick_line_color=GREY)
        axis.update(axis_label_text_color=BLACK, major_label_text_color=BLACK)
    plot.grid.grid_line_color = GRID
    for legend in plot.select(Legend):
        legend.update(label_text_color=BLACK, background_fill_color=PAPER)
