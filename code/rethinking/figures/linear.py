"""Pictures for *An appeal to linear models*: where SGD goes, where it ends, and what the norm says of the error."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from rethinking import kernels
from rethinking.experiments import StudyResults
from rethinking.figures.style import BLACK, BLUE, GREEN, GREY, ORANGE, VERMILION, subplots
from rethinking.figures.words import NOT_RUN, percent


def valley(X: np.ndarray, y: np.ndarray, starts: Iterable[Sequence[float]], step: float, steps: int = 12) -> Figure:
    """One example and two weights: the line of interpolants, and SGD's way to it from several starts.

    Args:
        X: [1, 2]; y: [1].
        starts: points of the plane; the first is drawn as the one that matters.
    """
    figure, axes = subplots(height=3.6)
    side = np.linspace(-2.2, 3.2, 240)
    grid = np.stack(np.meshgrid(side, side), axis=-1)
    risk = kernels.SQUARED.value(grid @ X[0], y[0])
    axes.contourf(side, side, np.sqrt(risk), levels=14, cmap="Greys", alpha=0.35)
    nearest = kernels.minimum_norm_interpolant(X, y)
    along = np.array([-X[0, 1], X[0, 0]]) / np.linalg.norm(X[0])
    axes.plot(*(nearest + np.outer([-6, 6], along)).T, color=BLACK, linewidth=1.6, label="interpolants, $Xw = y$")
    axes.plot([0, X[0, 0] * 3], [0, X[0, 1] * 3], color=GREY, linestyle=":", label="span of the data")
    for place, w0 in enumerate(starts):
        path = np.array([w0, *kernels.sgd(X, y, [[0]] * steps, step, w0=w0)])
        color = BLUE if place == 0 else ORANGE
        label = {0: "SGD from zero", 1: "SGD from elsewhere"}.get(place)
        axes.plot(*path.T, ".-", color=color, markersize=5, linewidth=1.2, label=label)
        axes.plot(*path[0], "o", markerfacecolor="white", color=color, markersize=6)
        axes.plot(*path[-1], "o", color=color, markersize=6)
    angle = np.linspace(0, 2 * np.pi, 200)
    radius = np.linalg.norm(nearest)
    axes.plot(radius * np.cos(angle), radius * np.sin(angle), color=BLUE, linewidth=0.9, linestyle="--")
    axes.annotate(r"$\hat w$", nearest, (8, -10), textcoords="offset points", color=BLACK)
    axes.set_aspect("equal")
    axes.set(xlim=(-2.1, 3.1), ylim=(-1.3, 2.3), xlabel="$w_1$", ylabel="$w_2$")
    axes.grid(visible=False)
    figure.legend(*axes.get_legend_handles_labels(), loc="outside right upper", fontsize=9)
    return figure


def convergence(distances: Mapping[str, Sequence[float]], factor: float) -> Figure:
    """Squared distance to the limit after each step, and the theorem's bound on its expectation.

    Args:
        distances: for each start its name and its squared distances, the start's own first.
        factor: by which the bound falls in each step.
    """
    figure, axes = subplots(height=3.0)
    for (name, values), color in zip(distances.items(), (BLUE, ORANGE, GREEN), strict=False):
        steps = np.arange(len(values))
        axes.plot(steps, values, color=color, linewidth=1.3, label=name)
        axes.plot(steps, values[0] * factor**steps, color=color, linestyle="--", linewidth=1)
    axes.plot([], [], color=GREY, linestyle="--", linewidth=1, label="bound on the expectation")
    axes.set(yscale="log", xlabel="steps", ylabel=r"$\Vert w_t - w_\infty \Vert^2$")
    figure.legend(*axes.get_legend_handles_labels(), loc="outside upper left", ncols=3)
    return figure


def norm_against_error(
    interpolants: Iterable[tuple[float, float]], special: Mapping[str, tuple[float, float]], chance: float
) -> Figure:
    """Test error of interpolants of one training set against their norms.

    Args:
        interpolants: norm and test error, a fraction, of each.
        special: the same for those with a name.
        chance: the error of guessing, a fraction.
    """
    figure, axes = subplots(height=3.2)
    norms, errors = np.array(list(interpolants)).T
    axes.plot(norms, 100 * errors, "o", color=ORANGE, markersize=4, alpha=0.7, label="SGD from random starts")
    for (name, (norm, error)), color, marker in zip(special.items(), (BLUE, VERMILION), ("D", "s"), strict=False):
        axes.plot(norm, 100 * error, marker, color=color, markersize=8, label=name)
    axes.axhline(100 * chance, color=GREY, linewidth=1, linestyle=":")
    axes.text(0.995, chance + 0.02, "chance", transform=axes.transAxes, color=GREY, fontsize=8.5, ha="right")
    axes.set(xscale="log", ylim=(0, 104), xlabel=r"norm $\Vert w \Vert$", ylabel="test error (%)")
    figure.legend(*axes.get_legend_handles_labels(), loc="outside upper left", ncols=3)
    return figure


def bandwidths(rows: Sequence[Mapping[str, float]], n: int) -> Figure:
    """Test error and norm of Gaussian kernel machines against the bandwidth, on true and on random labels.

    Args:
        rows: each with ``bandwidth``, ``error``, ``norm`` and ``random_norm``; errors are fractions.
        n: training images; a kernel so narrow that it tells all images apart gives one-hot targets the norm sqrt(n).
    """
    figure, (left, right) = subplots(1, 2, height=2.9, sharex=True)
    gammas = [row["bandwidth"] for row in rows]
    left.plot(gammas, [100 * row["error"] for row in rows], "o-", color=BLUE, markersize=4)
    left.set(xscale="log", ylim=(50, 95), title="Test error (%)", xlabel=r"bandwidth $\gamma$")
    right.plot(gammas, [row["random_norm"] for row in rows], "o-", color=VERMILION, markersize=4, label="random labels")
    right.plot(gammas, [row["norm"] for row in rows], "o-", color=BLUE, markersize=4, label="true labels")
    right.axhline(np.sqrt(n), color=GREY, linewidth=1, linestyle=":")
    right.set(yscale="log", title="Norm of the interpolant", xlabel=r"bandwidth $\gamma$")
    right.set_yticks([30, 50, 100, 200], ["30", "50", "100", "200"])
    right.minorticks_off()
    right.legend()
    return figure


def bandwidth_quotes(rows: Sequence[Mapping[str, float]]) -> dict[str, str]:
    """Of the same rows error (percent) and norm at the ``best``, the ``wide``st and the ``narrow``est kernel."""
    chosen = {
        "best": min(rows, key=lambda row: row["error"]),
        "wide": min(rows, key=lambda row: row["bandwidth"]),
        "narrow": max(rows, key=lambda row: row["bandwidth"]),
    }
    texts = {f"{name}_error": percent(row["error"], 1) for name, row in chosen.items()}
    texts |= {f"{name}_norm": f"{row['norm']:.1f}" for name, row in chosen.items()}
    return texts | {"wide_over_narrow": f"{chosen['wide']['norm'] / chosen['narrow']['norm']:.1f}"}


def quotes(study: StudyResults) -> dict[str, str]:
    """What least squares does on MNIST's pixels: ``linear_rank``, and for true and random labels the errors in percent
    and the unexplained part of the variance, ``linear_true_train``, ``linear_random_unexplained``, …"""
    result = study.result("mnist-least-squares")
    texts = {"linear_rank": str(result["rank"]) if result else NOT_RUN}
    for labels in ("true", "random"):
        for key, name in (("train_error", "train"), ("test_error", "test"), ("unexplained", "unexplained")):
            text = percent(result[f"{labels}-labels"][key], 1) if result else NOT_RUN
            texts[f"linear_{labels}_{name}"] = text
    return texts


__all__ = ["bandwidth_quotes", "bandwidths", "convergence", "norm_against_error", "quotes", "valley"]
