"""Reports of long computations: whoever computes says how far it is, whoever asked decides what to do with that."""

from __future__ import annotations

from collections.abc import Callable

Report = Callable[[str, float], object]
"""Called as ``report(what, fraction)``, with what the computation is at and the fraction of it that is done, 0 to 1."""


def silent(*what: object) -> None:
    """For whoever is not asked to report."""


def part(report: Report, start: float, end: float) -> Report:
    """Of the fraction of a step, the fraction of the whole, of which the step is the part from start to end."""
    return lambda what, fraction: report(what, start + (end - start) * fraction)
