"""The package's own picture: its rooms on their floors, and who imports whom, drawn from the sources."""

from __future__ import annotations

from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from rethinking import floors
from rethinking.figures.style import BAR, BLACK, BLUE, GREY, BookFigure, subplots

LEFT_OUT = ("__main__",)


def architecture() -> BookFigure:
    """One row for each floor, the ground at the bottom; a line goes from a room down to each room it imports from.

    What a room on the floor just below is used for shows as a dark line, what is farther down as a pale one.
    """
    there = set(floors.rooms()) - set(LEFT_OUT)
    rows = [[room for room in row if room in there] for row in floors.FLOORS]
    rows = [row for row in rows if row]
    figure, axes = subplots(height=0.86 * len(rows), width=7.2)
    places: dict[str, tuple[float, int]] = {}
    for level, row in enumerate(rows):
        for number, room in enumerate(row):
            places[room] = ((number + 0.5) / len(row), level)
    for above, below in sorted(floors.imports()):
        if above in places and below in places:
            (x, y), (to_x, to_y) = places[above], places[below]
            near = y - to_y == 1
            arrow = FancyArrowPatch(
                (x, y - 0.2),
                (to_x, to_y + 0.2),
                arrowstyle="-|>",
                mutation_scale=7,
                linewidth=1.1 if near else 0.7,
                color=GREY if near else BAR,
                zorder=2 if near else 1,
            )
            axes.add_patch(arrow)
    for room, (x, y) in places.items():
        width = 0.017 * len(room) + 0.03
        box = FancyBboxPatch(
            (x - width / 2, y - 0.17),
            width,
            0.34,
            boxstyle="round,pad=0,rounding_size=0.02",
            mutation_aspect=8,
            facecolor="white",
            edgecolor=BLUE,
            linewidth=1.2,
            zorder=3,
        )
        axes.add_patch(box)
        axes.text(x, y, room, ha="center", va="center", fontsize=9.5, color=BLACK, zorder=4)
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.4, len(rows) - 0.6))
    axes.set_axis_off()
    return figure
