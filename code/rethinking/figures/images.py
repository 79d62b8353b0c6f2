"""Pictures of the images themselves, true and corrupted."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from rethinking.data import ImageSet
from rethinking.figures.style import BLACK, CONDITION_COLORS, VERMILION, subplots
from rethinking.figures.words import CONDITION_NAMES


def conditions_grid(sets: dict[str, ImageSet], truth: ImageSet, columns: int = 7) -> Figure:
    """The first images of each condition, one row a condition, each above the label it is trained with.

    Args:
        sets: condition -> its training images.
        truth: the images with their true labels; a label that differs is set in red.
    """
    figure, grid = subplots(len(sets), columns, height=1.08 * len(sets), width=7.0, squeeze=False)
    for row, (condition, images) in zip(grid, sets.items(), strict=True):
        for i, axes in enumerate(row):
            pixels = np.clip(images.images[i], 0, 255).astype(np.uint8).transpose(1, 2, 0)
            axes.imshow(pixels.squeeze(), cmap="gray", interpolation="none")
            axes.set_axis_off()
            wrong = images.labels[i] != truth.labels[i]
            axes.set_title(
                images.classes[images.labels[i]],
                fontsize=7.5,
                loc="center",
                color=VERMILION if wrong else BLACK,
                pad=2,
                weight="bold" if wrong else "normal",
            )
        row[0].text(
            -0.15,
            0.5,
            CONDITION_NAMES.get(condition, condition).replace(" ", "\n"),
            transform=row[0].transAxes,
            ha="right",
            va="center",
            fontsize=8.5,
            color=CONDITION_COLORS.get(condition, BLACK),
            weight="bold",
        )
    return figure
