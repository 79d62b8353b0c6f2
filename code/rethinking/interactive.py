"""How a Bokeh layout reaches a page. Everything happens in the reader's browser, and nothing comes from a network.

A page of the book holds the layout as data; ``book/_static/interactive.js`` draws it, with Bokeh's scripts from the
site's own ``_static``. In a notebook, the output brings Bokeh's scripts along.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from html import escape

from bokeh.embed import components, json_item
from bokeh.models import UIElement
from bokeh.resources import Resources

COMPONENTS = ("bokeh", "bokeh-widgets")


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
        return f'<script type="application/json"{invitation}>{item}</script>'

    def _self_contained(self) -> str:
        script, div = components(self.layout(), wrap_script=True)
        return f"{Resources(mode='inline', components=list(COMPONENTS)).render()}\n{div}\n{script}"

    def __repr__(self) -> str:
        return f"{self.name}, an interactive figure; open the book's page in a browser to use it"
