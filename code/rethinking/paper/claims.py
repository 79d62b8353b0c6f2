"""The claims the book judges, and the rules by which it does; ``claims.toml`` says when they were written."""

from __future__ import annotations

import math
import tomllib
from collections import Counter
from dataclasses import dataclass, fields
from functools import cache
from importlib import resources

VERDICTS = ("reproduced", "partly", "not reproduced", "undecided", "not run")


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One sentence of the paper, or its counterpart for another network, and the rule by which our number is judged.

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
        premise: the training accuracy that each run must have, or the claim says nothing about it; None if none.
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
    premise: float | None = None

    @property
    def compared(self) -> str | None:
        """Which of ``minus``, ``over`` and ``sweep`` makes the quantity; None where it is the metric of one run."""
        return next(iter(_comparisons(self)), None)

    @property
    def middle(self) -> float | None:
        """What ``within`` is around."""
        return self.paper if self.target is None else self.target

    def verdict(self, value: float) -> str:
        """``reproduced``, ``partly`` or ``not reproduced`` for our value of the quantity; the last for NaN."""
        if math.isnan(value):
            return "not reproduced"
        if self.rule == "within":
            middle, tolerance = _given(self.middle), _given(self.tolerance)
            distance, bounds = abs(value - middle), (tolerance, 2 * tolerance)
        else:
            sign, threshold = 1 if self.rule == "at-most" else -1, _given(self.threshold)
            distance, bounds = (
                sign * value,
                (sign * threshold, sign * (threshold if self.partly is None else self.partly)),
            )
        slack = 1e-9  # so that a value on the bound, give or take rounding, is inside
        return VERDICTS[sum(distance > bound + slack for bound in bounds)]

    @property
    def names_a_value(self) -> bool:
        """Whether one run is to have the paper's value, which a smaller one can meet by accident alone."""
        return self.rule == "within" and self.target is None and self.compared is None

    @property
    def judged(self) -> str:
        """The rule in words."""
        if self.rule == "within":
            rule = f"within {self.tolerance:g} of {self.middle:g}"
        else:
            rule = f"{self.rule.replace('-', ' ')} {self.threshold:g}"
        return rule if self.premise is None else f"{rule}, once {self.premise:g} is fitted"


@cache
def claims() -> tuple[Claim, ...]:
    """All claims, in the order of the file.

    Raises:
        ValueError: a claim that could not be judged; names it.
    """
    with (resources.files("rethinking.paper") / "claims.toml").open("rb") as file:
        try:
            entries = tomllib.load(file)["claim"]
        except tomllib.TOMLDecodeError as error:
            raise ValueError(f"claims.toml cannot be read: {error}; texts stand in quotes") from error
    found = tuple(_claim(entry) for entry in entries)
    twice = [name for name, count in Counter(claim.id for claim in found).items() if count > 1]
    if twice:
        raise ValueError(f"claims.toml has two claims {twice[0]!r}; give one of them another id")
    return found


def _claim(entry: dict) -> Claim:
    """One entry of the file, checked as far as it can be without the experiments."""
    name, known = entry.get("id"), sorted(field.name for field in fields(Claim))
    if unknown := set(entry).difference(known):
        raise ValueError(f"claim {name!r} has an unknown field {min(unknown)!r}; choose from {', '.join(known)}")
    try:
        claim = Claim(**entry)
    except TypeError as error:
        raise ValueError(f"claim {name!r} is not complete: {error}") from None
    complete = {
        "within": None not in (claim.tolerance, claim.middle),
        "at-least": claim.threshold is not None,
        "at-most": claim.threshold is not None,
    }
    if not complete.get(claim.rule, False):
        raise ValueError(f"claim {claim.id!r} cannot be judged: rule {claim.rule!r} lacks its numbers")
    if claim.rule == "within" and claim.partly is not None:
        raise ValueError(f"claim {claim.id!r} has a bound 'partly'; rule 'within' takes twice its tolerance")
    if claim.partly is not None and claim.verdict(claim.partly) == "reproduced" and claim.partly != claim.threshold:
        raise ValueError(f"claim {claim.id!r}: its bound 'partly', {claim.partly:g}, is stricter than its threshold")
    if claim.premise is not None and "measurement" in claim.run:
        raise ValueError(f"claim {claim.id!r} has a premise; it is for training runs, and a measurement is none")
    if len(_comparisons(claim)) > 1:
        raise ValueError(f"claim {claim.id!r} has more than one of minus, over and sweep; its quantity is one of them")
    return claim


def _comparisons(claim: Claim) -> list[str]:
    return [name for name in ("minus", "over", "sweep") if getattr(claim, name) not in (None, False)]


def _given(value: float | None) -> float:
    """A number that ``claims`` has made sure is there."""
    assert value is not None
    return value
