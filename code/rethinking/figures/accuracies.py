"""Accuracies in rows: a mark for each, its value beside it, and where chance is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from matplotlib.axes import Axes

from rethinking.figures.style import BAR, BLUE, GREY, VERMILION
from rethinking.figures.words import percent

CHANCE = 10
"""Percent, with ten classes."""


SIDES: dict[str, tuple[tuple[int, int], dict[str, Any]]] = {
    "left": ((-7, 0), {"ha": "right", "va": "center"}),
    "right": ((7, 0), {"ha": "left", "va": "center"}),
    "above": ((0, 7), {"ha": "center", "va": "bottom"}),
}
"""Of a mark: where its value stands, in points, and how it is aligned."""


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
    """One row for each name, from the top; a bar joins a row's marks. The axis is the accuracy in percent.

    The lowest mark has its value on its left, the highest on its right, those between above them.
    """
    named: set[str] = set()
    axes.axvline(CHANCE, color=GREY, linewidth=1, linestyle=":", zorder=0)
    for place, marks in enumerate(rows.values()):
        values = [100 * mark.accuracy for mark in marks]  # percent
        axes.plot([min(values), max(values)], [place, place], color=BAR, linewidth=5, zorder=1, solid_capstyle="butt")
        for value, mark in zip(values, marks, strict=True):
            label = None if mark.label in named else mark.label
            named.add(mark.label)
            axes.scatter([value], [place], s=70, color=mark.color, marker=mark.marker, zorder=3, label=label)
            side = "right" if value == max(values) else "left" if value == min(values) else "above"
            offset, alignment = SIDES[side]
            axes.annotate(
                percent(mark.accuracy, 1),
                (value, place),
                offset,
                textcoords="offset points",
                fontsize=fontsize,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6},  # above the line of chance
                zorder=2,
                **alignment,
            )
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.set(xlim=(-22, 122), ylim=(len(rows) - 0.5, -0.6), xlabel="accuracy (%)", xticks=range(0, 101, 25))
    axes.set_yticks(range(len(rows)), list(rows))
    axes.grid(axis="y", visible=False)
