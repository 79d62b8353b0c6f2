"""The claims and what our records say to each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from rethinking.experiments import MeasurementRecord, Results, StudyResults, load, mean_and_spread
from rethinking.experiments.plan import CORRUPTION_LEVELS, corruption_at
from rethinking.paper import Claim, claims
from rethinking.training import RunRecord

Wanted = Sequence[RunRecord | MeasurementRecord | None]


@dataclass(frozen=True)
class Verdict:
    """A claim judged by the records there are.

    Attributes:
        claim: what was judged, and how.
        values: our value for each seed whose runs are all there and, where they are compared, of one size; or a
            study's one value. Infinite where a training accuracy was never reached, NaN where that is what another is
            compared with, and where a run diverged.
        mean, spread: over those seeds; the sample standard deviation, None for fewer than two finite values.
        verdict: the claim's own; ``undecided`` where reduced runs fall short, or meet a value that the claim names: it
            is open until the paper's size has been run; or where a run does not meet the claim's premise; ``not run``.
        reduced: whether any run behind it is smaller than the paper's.
        runs: the names of the runs behind it.
    """

    claim: Claim
    values: tuple[float, ...]
    mean: float | None
    spread: float | None
    verdict: str
    reduced: bool
    runs: tuple[str, ...]

    def to_dict(self) -> dict:
        """Plain JSON values; what is infinite is None."""
        claim = self.claim
        return {
            "id": claim.id,
            "text": claim.text,
            "place": claim.place,
            "experiment": claim.experiment,
            "metric": claim.metric,
            "paper": claim.paper,
            "judged": claim.judged,
            "premise": claim.premise,
            "verdict": self.verdict,
            "mean": _finite(self.mean),
            "spread": self.spread,
            "values": [_finite(value) for value in self.values],
            "reduced": self.reduced,
            "runs": list(self.runs),
        }


def scorecard() -> list[Verdict]:
    """Every claim with its verdict, in the order of ``claims.toml``.

    Raises:
        RecordError: there is no results folder.
    """
    loaded = {name: load(name) for name in {claim.experiment for claim in claims()}}
    return [judge(claim, loaded[claim.experiment]) for claim in claims()]


def judge(claim: Claim, results: Results | StudyResults) -> Verdict:
    """The verdict on one claim from its experiment's results; what is stale is as if it were not there.

    Raises:
        ValueError: the claim describes no run of the experiment, or a metric that its records do not have.
    """
    values, used = [], []
    for wanted in _found(claim, results):
        numbers: list[Any] = [None if record is None else _metric(record, claim) for record in wanted]
        if None not in numbers:
            values.append(_quantity(claim, numbers))
            used += [record for record in wanted if record is not None]
    if not values:
        return Verdict(claim, (), None, None, "not run", False, ())
    finite = all(map(math.isfinite, values))
    mean, spread = mean_and_spread(values) if finite else (sum(values), None)  # of what is not finite, as its mean is
    verdict = claim.verdict(mean) if finite else "not reproduced"  # a run that never got there reproduces nothing
    reduced = any(record.reduced for record in used)
    is_open = (
        (reduced and (claim.names_a_value or verdict != "reproduced"))  # smaller runs decide little
        or not all(_meets_premise(claim, record) for record in used)
    )
    return Verdict(
        claim,
        tuple(values),
        mean,
        spread,
        "undecided" if is_open else verdict,
        reduced,
        tuple(dict.fromkeys(record.run for record in used)),
    )


def _meets_premise(claim: Claim, record: RunRecord | MeasurementRecord) -> bool:
    if claim.premise is None or not isinstance(record, RunRecord):
        return True
    return record.train_accuracy >= claim.premise


def _found(claim: Claim, results: Results | StudyResults) -> Sequence[Wanted]:
    try:
        return _measured(claim, results)
    except (KeyError, AttributeError, ValueError) as error:
        raise ValueError(f"claim {claim.id!r} describes no run of {claim.experiment}: {error.args[0]}") from None


def _measured(claim: Claim, results: Results | StudyResults) -> Sequence[Wanted]:
    """The records that one value of the claim's quantity takes, for each seed; a study has one value.

    Where it takes several, all are of one size: the paper's as soon as some seed has them all in that.
    """
    descriptions = _descriptions(claim)
    if isinstance(results, StudyResults):
        return [[results.record(description["measurement"]) for description in descriptions]]
    return [*zip(*results.current().in_one_size(*descriptions), strict=True)]


def _descriptions(claim: Claim) -> list[dict[str, Any]]:
    """Of the rows that the claim's quantity takes, in its order."""
    if claim.compared == "sweep":
        return [{**claim.run, "corruption": corruption_at(level)} for level in CORRUPTION_LEVELS]
    other = claim.minus or claim.over
    return [claim.run] if other is None else [claim.run, {**claim.run, **other}]


def _metric(record: RunRecord | MeasurementRecord, claim: Claim) -> Any:
    try:
        return _value(record, claim.metric)
    except (KeyError, AttributeError, TypeError):
        raise ValueError(f"claim {claim.id!r}: the record {record.run} has no metric {claim.metric!r}") from None


def _value(record: RunRecord | MeasurementRecord, metric: str) -> Any:
    """A number; None where the record cannot tell, NaN where the run diverged."""
    if isinstance(record, RunRecord) and record.status == "diverged":
        return math.nan
    if isinstance(record, MeasurementRecord):
        value: Any = record.result
        for key in metric.split("."):
            value = value[key]
        if value is not None and (isinstance(value, bool) or not isinstance(value, (int, float))):
            raise TypeError(value)
        return value
    if metric == "epochs_to_overfit":
        epochs = record.epochs_to_overfit()
        return math.inf if epochs is None else epochs
    return getattr(record, metric)


def _quantity(claim: Claim, measured: list[float]) -> float:
    if math.isnan(measured[0]) or not all(map(math.isfinite, measured[1:])):
        return math.nan  # nothing can be compared with what was never reached
    match claim.compared:
        case "sweep":
            return min(after - before for before, after in pairwise(measured))
        case "minus":
            return measured[0] - measured[1]
        case "over":
            return measured[0] / measured[1]
    return measured[0]


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
