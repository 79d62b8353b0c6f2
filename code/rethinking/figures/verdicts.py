"""The scorecard on the page: a bar of the verdicts, and each claim in a table."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable

from matplotlib.figure import Figure

from rethinking import paper
from rethinking.figures.spreads import plus_minus
from rethinking.figures.style import BAR, GREEN, GRID, ON_COLOR, ORANGE, SKY, VERMILION, subplots
from rethinking.figures.tables import Table
from rethinking.figures.words import NBSP
from rethinking.scorecard import Verdict

KINDS = {
    "reproduced": ("✓", GREEN),
    "reproduced (reduced)": ("✓", SKY),
    "partly": ("◐", ORANGE),
    "not reproduced": ("✗", VERMILION),
    "undecided": ("?", BAR),
    "not run": ("–", GRID),
}
"""A verdict's sign and its colour."""


def verdict_bar(verdicts: Iterable[Verdict]) -> Figure:
    """All verdicts as one bar."""
    figure, axes = subplots(width=5.7, height=1.2)  # narrow enough for a phone
    counts = Counter(verdict.verdict + " (reduced)" * _reproduced_small(verdict) for verdict in verdicts)
    start = 0
    for kind, (_, color) in KINDS.items():
        if count := counts[kind]:
            axes.barh(0, count, left=start, color=color, edgecolor="white", label=kind)
            axes.text(start + count / 2, 0, str(count), ha="center", va="center", color=ON_COLOR)
            start += count
    axes.set(xlim=(0, max(start, 1)))
    axes.set_axis_off()
    if start:
        figure.legend(loc="outside upper left", ncols=3, fontsize=8.5, handlelength=1)
    return figure


def _reproduced_small(verdict: Verdict) -> bool:
    return verdict.verdict == "reproduced" and verdict.reduced


def scorecard(verdicts: Iterable[Verdict]) -> Table:
    """Claims below their place in the paper, with the verdict, the paper's value, ours, and the rule."""
    by_place: dict[str, list[tuple[str, ...]]] = {}
    for verdict in verdicts:
        claim = verdict.claim
        sign, name = KINDS[verdict.verdict][0], verdict.verdict.replace(" ", NBSP)
        by_place.setdefault(claim.place, []).append(
            (
                claim.text,
                f'<span class="verdict {verdict.verdict.replace(" ", "-")}">{sign}</span>{NBSP}{name}'
                + (" (reduced)" if verdict.reduced else ""),
                _quantity(claim, claim.paper),
                _ours(verdict),
                _rule(claim),
            )
        )
    rows = [row for place, judged in by_place.items() for row in ((f"**{place}**", "", "", "", ""), *judged)]
    return Table(("claim", "verdict", ">paper", ">ours", "judged"), tuple(rows))


def _units(claim: paper.Claim) -> tuple[float, str]:
    """The factor and the unit in which a reader sees a claim's quantity; a word may stand on a line of its own."""
    if claim.compared == "over":
        return 1, "×"
    if claim.metric == "epochs_to_overfit":
        return 1, " epochs"
    if not claim.metric.endswith(("accuracy", "error", "gain", "gap")):  # those are fractions
        return 1, ""
    difference = claim.compared in ("minus", "sweep") or claim.metric == "early_stopping_gain"
    return 100, " points" if difference else f"{NBSP}%"


def _quantity(claim: paper.Claim, value: float | None) -> str:
    if value is None:
        return "–"
    scale, unit = _units(claim)
    sign = "+" if unit.endswith("points") else ""
    digits = 0 if unit == " epochs" and value == round(value) else 2
    return f"{scale * value:{sign}.{digits}f}{unit}".replace("-", "−") if math.isfinite(value) else "never"


def _ours(verdict: Verdict) -> str:
    text = _quantity(verdict.claim, verdict.mean)
    if verdict.spread is None:
        return text
    scale, unit = _units(verdict.claim)
    return plus_minus(text.removesuffix(unit), f"{scale * verdict.spread:.2f}{unit}")


def _rule(claim: paper.Claim) -> str:
    """The rule in the units of the page: ``10 ± 1 %``, ``≥ 99 %``."""
    scale, unit = _units(claim)
    if claim.rule == "within":
        assert claim.middle is not None and claim.tolerance is not None  # as ``claims`` has made sure
        shown = f"{scale * claim.middle:.2f}".rstrip("0").rstrip(
            "."
        )  # with the digits that the paper's value has beside it
        return plus_minus(shown, f"{scale * claim.tolerance:g}{unit}").replace("-", "−")
    assert claim.threshold is not None
    sign = {"at-least": "≥", "at-most": "≤"}[claim.rule]
    text = f"{sign}{NBSP}{scale * claim.threshold:g}{unit}".replace("-", "−")
    return text.removesuffix("s") if scale * claim.threshold == 1 and unit.endswith("epochs") else text
