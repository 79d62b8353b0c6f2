"""One look for every figure: sizes, colours, the signature, and how a figure reaches the page.

A model or a condition has the same colour everywhere.
"""

from __future__ import annotations

import io
import os
from dataclasses import dataclass
from textwrap import fill
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.ticker import ScalarFormatter

from rethinking.colors import (  # noqa: F401 - figures take their colours from here
    BAR,
    BLACK,
    BLUE,
    GREEN,
    GREY,
    GRID,
    ON_COLOR,
    ORANGE,
    PAPER,
    PURPLE,
    SKY,
    VERMILION,
)

if TYPE_CHECKING:
    from matplotlib.typing import RcKeyType

CONDITION_COLORS = {
    "true-labels": BLUE,
    "random-labels": VERMILION,
    "shuffled-pixels": GREEN,
    "random-pixels": PURPLE,
    "gaussian": ORANGE,
}
MODEL_COLORS = {
    "inception": BLUE,
    "inception-no-bn": SKY,
    "alexnet": ORANGE,
    "mlp-3x512": GREEN,
    "mlp-1x512": VERMILION,
}

STYLE: dict[RcKeyType, Any] = {
    "figure.dpi": 100,
    "figure.facecolor": PAPER,
    "savefig.facecolor": PAPER,
    "axes.facecolor": PAPER,
    "text.color": BLACK,
    "axes.labelcolor": BLACK,
    "axes.edgecolor": BLACK,
    "xtick.color": BLACK,
    "ytick.color": BLACK,
    "font.size": 10,
    "axes.titlesize": 10.5,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": GRID,
    "grid.linewidth": 0.7,
    "axes.axisbelow": True,
    "lines.linewidth": 1.8,
    "legend.frameon": False,
    "svg.hashsalt": "rethinking",
}
# matplotlib reads its settings whenever something is drawn, so a context around one call is not enough
mpl.rcParams.update(STYLE)


@dataclass(frozen=True)
class Provenance:
    """Where the numbers of a figure come from, for its signature.

    Attributes:
        made: what was trained or measured, and on which machine.
        command: what makes the records again.
        records: their files, relative to the results folder, with ``/``.
    """

    made: str
    command: str
    records: tuple[str, ...] = ()

    def __str__(self) -> str:
        folders = sorted({record.rpartition("/")[0] for record in self.records})
        where = folders[0] if len(folders) == 1 else "{" + ",".join(folders) + "}"
        lies = f"Records: book/results/{where}/\n" if folders else ""
        command = self.command.replace(" && ", " &&\n")  # each on a line of its own, or they leave the figure
        return f"{self.made}\n{lies}Again: {command}"


class BookFigure(Figure):
    """A figure that a notebook shows as SVG, sharp at any zoom, and that may be signed."""

    provenance: Provenance | None = None

    def _repr_svg_(self) -> str:
        metadata: dict[str, object] = {"Date": None}
        if self.provenance:
            made = self.provenance
            metadata |= {"Description": made.made, "Source": made.command, "Relation": " ".join(made.records)}
        svg = io.StringIO()
        self.savefig(svg, format="svg", dpi=200, bbox_inches="tight", metadata=metadata)
        return svg.getvalue()


def subplots(
    nrows: int = 1, ncols: int = 1, *, width: float = 7.0, height: float = 3.2, **kwargs: Any
) -> tuple[BookFigure, Any]:
    """A figure in the book's style and its axes, as ``Figure.subplots`` returns them.

    Args:
        width, height: inches; the text column of the book is about 7 inches wide.
        kwargs: passed to ``Figure.subplots`` (``sharey``, ``gridspec_kw``, …).

    The figure is made without pyplot, so a long session keeps none of them alive.
    """
    figure = BookFigure(figsize=(width, height), layout="constrained")
    axes = figure.subplots(nrows, ncols, **kwargs)
    for each in figure.axes:
        each.xaxis.set_major_formatter(Thousands())
    return figure, axes


class Thousands(ScalarFormatter):
    """Large numbers as in the text, 25,000, where the axis is linear."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        return f"{x:,.0f}" if abs(x) >= 1000 else super().__call__(x, pos)


def sign(figure: BookFigure, provenance: Provenance) -> BookFigure:
    """Have a figure say where its numbers come from: below it, and in the file that is saved of it.

    While the book is built only the file says it; the page then has the same words below the figure, with links.
    """
    figure.provenance = provenance
    if not os.environ.get("RETHINKING_PAGE_INPUTS"):
        width = int(19 * figure.get_figwidth())  # characters
        lines = [fill(line, width, break_long_words=False) for line in str(provenance).splitlines()]
        figure.supxlabel("\n".join(lines), fontsize=6.8, color=GREY, x=0.01, ha="left")
    return figure
