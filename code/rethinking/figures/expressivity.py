"""The pictures of Section 4: the lemma's matrix, the fit neuron by neuron, windows, wiring, and how floats fail."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from rethinking import expressivity
from rethinking.figures.style import (
    BAR,
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ON_COLOR,
    ORANGE,
    PURPLE,
    SKY,
    VERMILION,
    subplots,
)

if TYPE_CHECKING:
    from rethinking.expressivity import DeepReLU, TwoLayerReLU

BLUES = LinearSegmentedColormap.from_list("blues", ["#ffffff", SKY, BLUE])


def matrix(A: np.ndarray) -> Figure:
    """The matrix of Lemma 1 as numbers on colours, its diagonal framed, its zeros empty."""
    figure, axes = subplots(width=4.4, height=4.4)
    axes.imshow(np.ma.masked_equal(A, 0), cmap=BLUES, vmin=0, vmax=1.6 * A.max())
    for i, row in enumerate(A):
        for j, value in enumerate(row):
            if j <= i:
                weight = "bold" if i == j else "normal"
                digits = 3 if i == j else 2  # the eigenvalues are small, and none is zero
                axes.text(
                    j, i, f"{value:.{digits}f}", ha="center", va="center", fontsize=9, weight=weight, color=ON_COLOR
                )
        axes.add_patch(_frame(i))
    axes.set(xlabel="threshold $b_j$", ylabel="point $x_i$", title=r"$A_{ij} = \max\{x_i - b_j, 0\}$")
    axes.set_xticks(range(len(A)), range(1, len(A) + 1))
    axes.set_yticks(range(len(A)), range(1, len(A) + 1))
    axes.grid(visible=False)
    return figure


def sorted_line(x: np.ndarray, b: np.ndarray) -> Figure:
    """Points and thresholds where they lie on the line."""
    figure, axes = subplots(height=1.35)
    axes.axhline(0, color=GREY, linewidth=1)
    axes.plot(x, np.zeros_like(x), "o", color=BLUE, markersize=8, label="points $x_i$", zorder=3)
    axes.vlines(b, -0.6, 0.6, color=VERMILION, linewidth=1.6, label="thresholds $b_i$")
    for i, (point, threshold) in enumerate(zip(x, b, strict=True), start=1):
        axes.text(point, 0.75, f"$x_{{{i}}}$", color=BLUE, ha="center")
        axes.text(threshold, -1.35, f"$b_{{{i}}}$", color=VERMILION, ha="center")
    axes.set(ylim=(-1.6, 1.5), yticks=[], xlabel=r"position on the line, $\langle a, z\rangle$")
    axes.grid(visible=False)
    axes.spines["left"].set_visible(False)
    return figure


def neuron_by_neuron(x: np.ndarray, b: np.ndarray, y: np.ndarray, counts: Sequence[int]) -> Figure:
    """The function made of the first 1, 2, 3, ... hidden units: each new one mends one more point, for good."""
    w = expressivity.solve_interleaved(x, b, y)
    rows = -(-len(counts) // 3)
    figure, panels = subplots(rows, 3, height=1.95 * rows, sharex=True, sharey=True)
    margin = 0.08 * (x[-1] - b[0])
    line = np.sort(np.concatenate([np.linspace(b[0] - margin, x[-1] + margin, 400), b]))
    height = 1.6 * np.abs(y).max()
    for axes, count in zip(panels.flat, counts, strict=True):
        axes.plot(line, np.maximum(line[:, None] - b[:count], 0) @ w[:count], color=BLACK, linewidth=1.5)
        axes.axvline(b[count - 1], color=VERMILION, linewidth=1)
        axes.plot(x[count:], y[count:], "o", markerfacecolor="white", color=BLUE, markersize=6)
        axes.plot(x[:count], y[:count], "o", color=BLUE, markersize=6)
        axes.set_title(f"{count} unit" + "s" * (count > 1), fontsize=9.5)
        axes.set(ylim=(-height, height))
    figure.supxlabel(r"$\langle a, z\rangle$", fontsize=10)
    return figure


PALE_BLUE, PALE_VERMILION = "#4095c5", "#e08640"
"""Of a field and of the points in it, which must match: opaque, as what shines through differs from theme to theme."""


def plane(networks: Sequence[TwoLayerReLU], inputs: np.ndarray, targets: np.ndarray) -> Figure:
    """Fits of one sample in the plane along several directions: the same at the points, different everywhere else."""
    figure, panels = subplots(1, len(networks), height=2.7, sharex=True, sharey=True)
    side = np.linspace(-2.6, 2.6, 220)
    grid = np.stack(np.meshgrid(side, side), axis=-1)
    levels = np.linspace(-1.6, 1.6, 17)
    colors = LinearSegmentedColormap.from_list("blue to red", [PALE_BLUE, "#ffffff", PALE_VERMILION])
    for axes, network in zip(panels, networks, strict=True):
        values = network.evaluate(grid.reshape(-1, 2)).reshape(grid.shape[:2])
        filled = axes.contourf(side, side, values, levels=levels, cmap=colors, extend="both")
        filled.set_rasterized(True)  # thousands of corners otherwise
        axes.scatter(*inputs.T, c=targets, cmap=colors, vmin=-1.6, vmax=1.6, edgecolors=ON_COLOR, s=46, zorder=3)
        a = network.a.detach().numpy()
        axes.annotate("", a * 1.3, (0, 0), arrowprops={"arrowstyle": "-|>", "color": ON_COLOR, "linewidth": 1.4})
        axes.set_aspect("equal")
        axes.set_title(f"direction $a$ = ({a[0]:.2f}, {a[1]:.2f})".replace("-", "−"), fontsize=9)
        axes.grid(visible=False)
    return figure


def window_functions(x: np.ndarray, b: np.ndarray, y: np.ndarray, count: int) -> Figure:
    """Each window's function in a colour of its own, above their sum."""
    plan = expressivity.windows(x, b, y[:, None], count)
    line = np.sort(np.concatenate([np.linspace(b[0] - 0.2, x[-1] + 0.2, 1200), b, x]))
    figure, (top, bottom) = subplots(2, 1, height=4.2, sharex=True, sharey=True)
    total = np.zeros_like(line)
    for place, (window, color) in enumerate(zip(plan, _cycle(count), strict=True), start=1):
        values = np.maximum(line[:, None] - window.beta, 0) @ window.w[:, 0]
        total += values
        mine = slice(window.start, window.stop)
        top.plot(line, values, color=color, linewidth=1.6, label=rf"$o_{{{place}}}$")
        top.plot(x[mine], y[mine], "o", color=color, markersize=6)
        bottom.plot(x[mine], y[mine], "o", color=color, markersize=6, zorder=3)
        for axes in (top, bottom):
            axes.axvspan(x[window.start], x[window.stop - 1], color=color, alpha=0.1, linewidth=0)
    bottom.plot(line, total, color=BLACK, linewidth=1.4)
    height = 1.5 * np.abs(y).max()
    top.set_title("One function for each interval, zero at the points of all others", fontsize=10)
    top.legend(loc="upper left", ncols=count, fontsize=9, borderaxespad=0.1)
    bottom.set_title("Their sum", fontsize=10)
    bottom.set(xlabel=r"$x = \langle a, z\rangle$", ylim=(-height, 1.25 * height))
    return figure


def wiring(network: DeepReLU) -> Figure:
    """Every unit and every wire of a small deep network, layer by layer."""
    figure, axes = subplots(height=3.6)
    inputs = network.layers[0].shape[1]
    sizes = [inputs, *network.widths, network.layers[-1].shape[0]]
    colors = [[GREY] * inputs, *_roles(network), [BLACK]]
    heights = [np.arange(size) - (size - 1) / 2 for size in sizes]
    for place, layer in enumerate(network.layers):
        values = layer.values.detach().numpy()
        for row, column in layer.at.numpy()[:, values != 0].T:
            ends = [-heights[place][column], -heights[place + 1][row]]
            axes.plot([place, place + 1], ends, color=BAR, linewidth=0.8, zorder=1)
    for place, (height, each) in enumerate(zip(heights, colors, strict=True)):
        axes.scatter(np.full(len(height), place), -height, s=80, c=each, zorder=2)
    for color, name in ((GREEN, "$u$"), (BLUE, "$g_j$"), (ORANGE, "$P$, $N$")):
        axes.scatter([], [], s=80, color=color, label=name)
    names = ["$z$", *(f"layer {t}" for t in range(1, network.depth + 1)), "$c(z)$"]
    axes.set_xticks(range(len(names)), names)
    axes.set(yticks=[], xlim=(-0.4, len(names) - 0.6))
    axes.grid(visible=False)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    figure.legend(*axes.get_legend_handles_labels(), loc="outside upper left", ncols=3)
    return figure


def width_and_weights(networks: Sequence[DeepReLU], n: int, d: int) -> Figure:
    """Width and number of weights of networks for one sample against their depth."""
    depths = np.array([network.depth for network in networks])
    figure, (left, right) = subplots(1, 2, height=3.0)
    left.plot(depths, -(-n // (depths - 1)) + 5, color=GREY, linestyle="--", label=r"$\lceil n / (L-1) \rceil + 5$")
    left.plot(depths, [network.width for network in networks], "o", color=BLUE, label="built")
    left.set(xscale="log", yscale="log", xlabel="depth $L$", title="Width")
    right.plot(depths, 4 * n + 13 * depths + d, color=GREY, linestyle="--", label="$4n + 13L + d$")
    right.plot(depths, [network.weight_count for network in networks], "o", color=VERMILION, label="built")
    right.set(xscale="log", xlabel="depth $L$", ylim=(0, None), title="Nonzero weights")
    for axes in (left, right):
        axes.legend()
    return figure


def error_along_the_line(n: int, margins: Sequence[float]) -> Figure:
    """The float network's error from point to point, evaluated without further rounding, for several margins."""
    x = np.sort(np.random.default_rng(0).random(n))
    y = np.random.default_rng(1).standard_normal(n)
    figure, axes = subplots(height=3.3)
    for margin, color in zip(margins, _cycle(len(margins)), strict=True):
        b = expressivity.place_thresholds(x, margin)
        w = expressivity.solve_interleaved(x, b, y)
        error = np.abs(np.maximum(x[:, None] - b, 0).astype(np.longdouble) @ w.astype(np.longdouble) - y)
        axes.plot(
            np.arange(1, n + 1), np.maximum(error, 1e-18), color=color, linewidth=1.3, label=rf"$\theta$ = {margin:g}"
        )
    axes.set(yscale="log", xlabel="point $i$, in order", ylabel="error at the point", ylim=(1e-18, 1e20))
    axes.axhline(1, color=GREY, linewidth=1, linestyle=":")
    figure.legend(*axes.get_legend_handles_labels(), loc="outside upper left", ncols=len(margins))
    return figure


def eigenvalue_against_inverse(sizes: Sequence[int], margins: Sequence[float]) -> Figure:
    """What the smallest eigenvalue suggests, and what the inverse's norm is, against n on an even grid."""
    figure, panels = subplots(1, len(margins), height=3.0, sharey=True)
    for axes, margin in zip(panels, margins, strict=True):
        grids = [np.arange(n, dtype=float) for n in sizes]
        norms = [expressivity.inverse_norm(x, expressivity.place_thresholds(x, margin)) for x in grids]
        axes.plot(sizes, norms, color=VERMILION, label=r"norm of $A^{-1}$")
        axes.plot(sizes, np.full(len(sizes), 1 / (1 - margin)), color=BLUE, label="1 / smallest eigenvalue")
        axes.set(yscale="log", xlabel="$n$", title=rf"thresholds at $\theta$ = {margin:g}", ylim=(0.3, 1e18))
    panels[0].legend(loc="upper left")
    return figure


def error_against_margin(margins: Sequence[float], errors: dict[str, Sequence[float]]) -> Figure:
    """Largest error of the dense forward against the margin, one line for each sample."""
    figure, axes = subplots(height=3.0)
    for (name, values), color in zip(errors.items(), (BLUE, VERMILION), strict=False):
        axes.plot(margins, values, ".-", color=color, label=name)
    axes.axvline(0.5, color=GREY, linewidth=1, linestyle=":")
    axes.axhline(1, color=GREY, linewidth=1, linestyle=":")
    axes.set(yscale="log", xlabel=r"margin $\theta$", ylabel="largest error on the sample")
    axes.legend(loc="upper left")
    return figure


def _frame(i: int) -> Rectangle:
    return Rectangle((i - 0.5, i - 0.5), 1, 1, fill=False, edgecolor=VERMILION, linewidth=1.8, zorder=3)


def _roles(network: DeepReLU) -> list[list[str]]:
    """The colour of each unit: u, the window's g, the sums P and N."""
    roles = [[GREEN]]
    for t, width in enumerate(network.widths[1:], start=2):
        sums, carries = 2 * (t > 2), int(t < network.depth)
        roles.append([BLUE] * (width - sums - carries) + [GREEN] * carries + [ORANGE] * sums)
    return roles


def _cycle(count: int) -> list[str]:
    return [(BLUE, VERMILION, GREEN, ORANGE, PURPLE, SKY)[i % 6] for i in range(count)]


__all__ = [
    "eigenvalue_against_inverse",
    "error_against_margin",
    "error_along_the_line",
    "matrix",
    "neuron_by_neuron",
    "plane",
    "sorted_line",
    "width_and_weights",
    "window_functions",
    "wiring",
]
