"""Several seeds as one line: their mean, and a band that spans them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes


def draw_seeds(
    axes: Axes,
    x: Sequence[Any] | np.ndarray,
    values: Sequence[Sequence[float]] | np.ndarray,
    style: str = "-",
    **line: Any,
) -> None:
    """Draw the mean over seeds against ``x``, and the band.

    Args:
        x: m places.
        values: for each place the values of the seeds; the line breaks where there are none.
        style, line: as ``Axes.plot`` takes them.
    """
    means, lows, highs = (
        [float(summary(seeds)) if len(seeds) else np.nan for seeds in values] for summary in (np.mean, np.min, np.max)
    )
    (drawn,) = axes.plot(x, means, style, **line)
    axes.fill_between(x, lows, highs, color=drawn.get_color(), alpha=0.25, linewidth=0)
