"""How far an experiment is, counted."""

from __future__ import annotations

from collections import Counter

from rethinking.experiments.results import STATES, Results
from rethinking.experiments.studies import Measured, StudyResults


def count_by_model(results: Results | StudyResults) -> dict[str, Counter]:
    """How many runs there are in each of ``STATES``, model by model; a study's measurements are under their own name,
    ``measurements``."""
    counts: dict[str, Counter] = {}
    for planned in results.runs:
        model = "measurements" if isinstance(planned, Measured) else planned.config.model
        counts.setdefault(model, Counter())[planned.state] += 1
    return counts


def status_of(results: Results | StudyResults) -> dict:
    """Plain JSON values: title, place, how many runs are planned and in each of ``STATES``, and each run by name."""
    return {
        "title": results.experiment.title,
        "place": results.experiment.place,
        "planned": len(results.runs),
        **{state: results.count(state) for state in STATES},
        **(_measurements(results) if isinstance(results, StudyResults) else _runs(results)),
    }


def _measurements(results: StudyResults) -> dict:
    return {"measurements": [{"name": run.measurement.name, "state": run.state} for run in results.runs]}


def _runs(results: Results) -> dict:
    return {
        "models": {
            name: {"planned": sum(counts.values()), **{state: counts[state] for state in STATES}}
            for name, counts in count_by_model(results).items()
        },
        "runs": [
            {
                "run": planned.run,
                "model": planned.config.model,
                "corruption": planned.config.corruption,
                "seed": planned.config.seed,
                "state": planned.state,
            }
            for planned in results.runs
        ],
    }
