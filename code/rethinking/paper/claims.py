"""The claims the book judges, as written in ``claims.toml`` before the runs that decide them."""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

VERDICTS = ("reproduced", "partly", "not reproduced", "undecided", "not run")


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One sentence of the paper with a number, and how our number is judged.

    Attributes:
        id, text, place: its name, the sentence, where the paper makes it.
        experiment: the experiment whose runs or measurements decide it.
        run: changes to the paper's settings that describe the run measured; of a study, ``{measurement = NAME}``.
        metric: an attribute of ``RunRecord``, or ``epochs_to_overfit``; of a study, a key of the measurement's result,
            with dots for keys inside keys. Accuracies and errors are fractions.
        minus, over: further changes; the metric there is subtracted, or divided by.
        sweep: measure the smallest step of the metric between successive corruption levels instead.
        paper: the reported value of the quantity; None where the paper gives none.
        rule: ``within`` ``tolerance`` of ``target`` (else of ``paper``), ``at-least`` or ``at-most`` ``threshold``.
        partly: the looser bound for ``partly``; ``within`` takes twice the tolerance.
    """

    id: str
    text: str
    place: str
    experiment: str
    run: dict
    metric: str
    rule: str
    minus: dict | None = None
    over: dict | None = None
    sweep: bool = False
    paper: float | None = None
    target: float | None = None
    tolerance: float | None = None
    threshold: float | None = None
    partly: float | None = None

    def verdict(self, value: float) -> str:
        """``reproduced``, ``partly`` or ``not reproduced`` for our value of the quantity; the last for NaN."""
        if math.isnan(value):
            return "not reproduced"
        if self.rule == "within":
            middle, tolerance = _given(_or(self.target, self.paper)), _given(self.tolerance)
            distance, bounds = abs(value - middle), (tolerance, 2 * tolerance)
        else:
            sign, threshold = 1 if self.rule == "at-most" else -1, _given(self.threshold)
            distance, bounds = sign * value, (sign * threshold, sign * _given(_or(self.partly, threshold)))
        slack = 1e-9  # so that a value on the bound, give or take rounding, is inside
        return VERDICTS[sum(distance > bound + slack for bound in bounds)]

    @property
    def judged(self) -> str:
        """The rule in words."""
        if self.rule == "within":
            return f"within {self.tolerance:g} of {self.target if self.target is not None else self.paper:g}"
        return f"{self.rule.replace('-', ' ')} {self.threshold:g}"


@cache
def claims() -> tuple[Claim, ...]:
    """All claims, in the order of the file.

    Raises:
        ValueError: a claim that could not be judged; names it.
    """
    with (resources.files("rethinking.paper") / "claims.toml").open("rb") as file:
        found = tuple(Claim(**entry) for entry in tomllib.load(file)["claim"])
    for claim in found:
        complete = {
            "within": claim.tolerance is not None and _or(claim.target, claim.paper) is not None,
            "at-least": claim.threshold is not None,
            "at-most": claim.threshold is not None,
        }
        if not complete.get(claim.rule, False):
            raise ValueError(f"claim {claim.id!r} cannot be judged: rule {claim.rule!r} lacks its numbers")
    if len({claim.id for claim in found}) != len(found):
        raise ValueError("two claims share an id in claims.toml")
    return found


def _given(value: float | None) -> float:
    """A number that ``claims`` has made sure is there."""
    assert value is not None
    return value


def _or(value: float | None, other: float | None) -> float | None:
    return other if value is None else value
