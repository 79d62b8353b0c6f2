"""The chapter *What theory expected* builds with and without records, and its numbers do not promise too much."""

from __future__ import annotations

import math

import pytest

from factory import record_of
from rethinking import complexity, experiments
from rethinking.experiments import records
from rethinking.experiments.paper import RADEMACHER_SIZES, own_run
from rethinking.figures import theory
from rethinking.figures.words import NOT_RUN


def loaded():
    names = ("rademacher", "rademacher-classes", "stability", "norms", "table-1")
    return [experiments.load(name) for name in names]


@pytest.fixture
def results_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("RETHINKING_RESULTS", str(tmp_path))
    return tmp_path


def test_without_records_every_number_says_so(results_folder):
    rademacher, known, stability, norms, table_1 = loaded()
    texts = theory.quotes(rademacher, known, stability, norms, table_1)
    assert texts["estimate"] == texts["estimate_least"] == texts["true_largest"] == texts["spectral_bound"] == NOT_RUN
    theory.rademacher(rademacher, known)
    theory.stability(stability)
    theory.norms(norms)


def test_the_least_complexity_is_never_rounded_up(results_folder):
    n = RADEMACHER_SIZES[-1]
    for seed in (0, 1):
        config = own_run(corruption="random-signs", train_size=n, epochs=50, seed=seed)
        records.write(record_of(config, train=1.0), results_folder)
    texts = theory.quotes(*loaded())
    assert (texts["draws"], texts["estimate"]) == ("2", "1.0000")
    least = 1 - complexity.draws_deviation(n, 2)
    assert float(texts["estimate_least"]) <= least < float(texts["estimate_least"]) + 0.01
    assert math.isclose(float(texts["bound"]), 100 * complexity.rademacher_bound(0, 1, n), abs_tol=0.05)
