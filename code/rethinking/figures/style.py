"""One look for every figure: sizes, colours and how a figure reaches the page.

Colours are Okabe and Ito's, safe for colour-blind readers. A model or a condition has the same colour everywhere.
"""

from __future__ import annotations

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

BLACK, ORANGE, SKY, GREEN = "#222222", "#E69F00", "#56B4E9", "#009E73"
YELLOW, BLUE, VERMILION, PURPLE = "#F0E442", "#0072B2", "#D55E00", "#CC79A7"
GREY = "#6b6b6b"

CONDITION_COLORS = {
    "true-labels": BLUE,
    "random-labels": VERMILION,
    "shuffled-pixels": GREEN,
    "random-pixels": PURPLE,
    "gaussian": ORANGE,
    "partially-corrupted-labels": GREY,
    "permuted-classes": SKY,
}
MODEL_COLORS = {
    "inception": BLUE,
    "inception-no-bn": SKY,
    "alexnet": ORANGE,
    "mlp-3x512": GREEN,
    "mlp-1x512": VERMILION,
}

STYLE = {
    "figure.dpi": 100,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "axes.facecolor": "white",
    "font.size": 10,
    "axes.titlesize": 10.5,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#e6e6e6",
    "grid.linewidth": 0.7,
    "axes.axisbelow": True,
    "lines.linewidth": 1.8,
    "legend.frameon": False,
    "svg.hashsalt": "rethinking",
}
# matplotlib reads its settings whenever something is drawn, so a context around one call is not enough
mpl.rcParams.update(STYLE)


def subplots(
    nrows: int = 1, ncols: int = 1, *, width: float = 7.0, height: float = 3.2, **kwargs: object
) -> tuple[Figure, Axes]:
    """A figure in the book's style and its axes, as ``Figure.subplots`` returns them.

    Args:
        width, height: inches; the text column of the book is about 7 inches wide.
        kwargs: passed to ``Figure.subplots`` (``sharey``, ``gridspec_kw``, …).

    The figure is made without pyplot, so a long session keeps none of them alive.
    """
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots(nrows, ncols, **kwargs)


def show_as_svg() -> None:
    """Inside a notebook, show figures as SVG, sharp at any zoom; elsewhere do nothing."""
    try:
        from IPython import get_ipython
    except ImportError:
        return
    if get_ipython() is None:
        return
    from matplotlib_inline.backend_inline import configure_inline_support, set_matplotlib_formats

    configure_inline_support(get_ipython(), "inline")
    set_matplotlib_formats("svg", metadata={"Date": None})
