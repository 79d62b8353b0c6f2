"""Accuracies in rows: a mark for each, its value above it, and where chance is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from matplotlib.axes import Axes

from rethinking.figures.style import BAR, BLUE, GREY, VERMILION

CHANCE = 10
"""Percent, with ten classes."""


class Mark(NamedTuple):
    """One accuracy, a fraction, and how it is drawn; ``label`` is what the legend calls its kind."""

    accuracy: float
    label: str
    color: str
    marker: str


def on_training_images(accuracy: float, label: str = "training accuracy") -> Mark:
    return Mark(accuracy, label, VERMILION, "o")


def on_test_images(accuracy: float, label: str = "test accuracy") -> Mark:
    return Mark(accuracy, label, BLUE, "D")


def draw_chance(axes: Axes) -> None:
    """A level line, where the height is an accuracy in percent."""
    axes.axhline(CHANCE, color=GREY, linewidth=1, linestyle=":")


def draw_rows(axes: Axes, rows: Mapping[str, Sequence[Mark]], fontsize: float = 9) -> None:
    """One row for each name, from the top; a bar joins a row's marks. The axis is the accuracy in percent."""
    named: set[str] = set()
    axes.axvline(CHANCE, color=GREY, linewidth=1, linestyle=":", zorder=0)
    for place, marks in enumerate(rows.values()):
        values = [100 * mark.accuracy for mark in marks]
        axes.plot([min(values), max(values)], [place, place], color=BAR, linewidth=5, zorder=1, solid_capstyle="butt")
        for value, mark in zip(values, marks, strict=True):
            next_one = min((other for other in values if value + 8 < other < value + 28), default=None)
            label = None if mark.label in named else mark.label
            named.add(mark.label)
            axes.scatter([value], [place], s=70, color=mark.color, marker=mark.marker, zorder=3, label=label)
            axes.annotate(
                f"{value:.1f}",
                (value if next_one is None else next_one, place),
                (0, 8) if next_one is None else (-1.7 * fontsize, 8),  # where the next one's number begins
                textcoords="offset points",
                ha="center" if next_one is None else "right",
                fontsize=fontsize,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6},  # above the line of chance
                zorder=2,
            )
    axes.set(xlim=(0, 106), ylim=(len(rows) - 0.5, -0.8), xlabel="accuracy (%)")
    axes.set_yticks(range(len(rows)), list(rows))
    axes.grid(axis="y", visible=False)
