"""What several seeds say together, as a reader sees it: the mean, and the standard deviation where there are two."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from rethinking.experiments import mean_and_spread
from rethinking.experiments.results import comparable
from rethinking.figures.words import NBSP, NOT_RUN, percent
from rethinking.training import RunRecord
from rethinking.training.record import OVERFIT

Form = Callable[[float], str]


def plus_minus(value: str, spread: str | None) -> str:
    """``51.02 ± 0.21``, kept on one line; without a spread the value alone."""
    return value if spread is None else f"{value}{NBSP}±{NBSP}{spread}"


def over_seeds(values: Iterable[float], form: Form, form_of_spread: Form | None = None) -> str:
    """Mean and standard deviation of the values, each in its form; ``NOT_RUN`` if there are none."""
    values = list(values)
    if not values:
        return NOT_RUN
    mean, spread = mean_and_spread(values)
    return plus_minus(form(mean), None if spread is None else (form_of_spread or form)(spread))


def percent_over_seeds(fractions: Iterable[float], digits: int = 2) -> str:
    """In percent, without the sign."""
    return over_seeds(fractions, lambda value: percent(value, digits))


def points_over_seeds(points: Iterable[float]) -> str:
    """Differences in points, with their sign: ``+1.50 ± 0.71``."""
    return over_seeds(points, signed, "{:.2f}".format)


def signed(points: float) -> str:
    """``+1.50`` or ``−1.50``."""
    return f"{points:+.2f}".replace("-", "−")


def epochs_over_seeds(found: list[RunRecord]) -> str:
    """The epoch of overfitting: ``64.7 ± 2.1``; ``(never)`` if some run never gets there."""
    epochs = [record.epochs_to_overfit() for record in found]
    reached = [epoch for epoch in epochs if epoch is not None]
    return over_seeds(reached, "{:.3g}".format, "{:.2g}".format) if len(reached) == len(epochs) else "(never)"


def gains_by_seed(ones: list[RunRecord], others: list[RunRecord]) -> list[float]:
    """How much better, in points of test accuracy, each one is than the other of the same seed and size."""
    return [100 * (one.test_accuracy - other.test_accuracy) for one, other in _pairs(ones, others)]


def ratio_by_seed(later: list[RunRecord], earlier: list[RunRecord], threshold: float = OVERFIT) -> str:
    """The mean over seeds of the epochs to overfit, one over the other of the same seed and size."""
    pairs = [(a.epochs_to_overfit(threshold), b.epochs_to_overfit(threshold)) for a, b in _pairs(later, earlier)]
    ratios = [a / b for a, b in pairs if a is not None and b is not None]
    if len(ratios) < len(pairs):
        return "(never)"
    return f"{sum(ratios) / len(ratios):.2f}" if ratios else NOT_RUN


def _pairs(ones: list[RunRecord], others: list[RunRecord]) -> list[tuple[RunRecord, RunRecord]]:
    seeds = {other.config.seed: other for other in others}
    pairs = [(one, seeds[one.config.seed]) for one in ones if one.config.seed in seeds]
    return [(one, other) for one, other in pairs if comparable(one, other)]
