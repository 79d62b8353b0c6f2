"""Weight decay turned up: what is drawn and said is what the records say, and what is missing is left out."""

import numpy as np
import pytest

from factory import record_of
from rethinking.experiments import load, records
from rethinking.experiments.plan import own_run
from rethinking.figures import decay
from rethinking.figures.words import NOT_RUN


@pytest.fixture
def results(tmp_path):
    """At 0.01 random labels are no longer fitted; at 0.003 only the run with true labels is there."""
    for coefficient, corruption, train in (
        (0.0, "true-labels", 1.0),
        (0.0, "random-labels", 0.99),
        (0.003, "true-labels", 0.95),
        (0.01, "true-labels", 0.6),
        (0.01, "random-labels", 0.2),
    ):
        run = own_run(corruption=corruption, weight_decay=coefficient)
        records.write(record_of(run, train=train, test=train / 2), tmp_path)
    return load("strong-decay", folder=tmp_path)


def test_one_panel_for_each_model_that_has_runs(results):
    figure = decay.strong_decay(results)
    (axes,) = figure.axes
    drawn = {line.get_label(): np.asarray(line.get_ydata(), dtype=float) for line in axes.get_lines()}
    assert axes.get_title(loc="left") == "MLP 1×512"
    assert drawn["random labels, training images"] == pytest.approx([99, np.nan, np.nan, 20], nan_ok=True)
    assert drawn["true labels, test images"] == pytest.approx([50, np.nan, 47.5, 30], nan_ok=True)
    assert figure.provenance.command == "rethinking run strong-decay --model mlp-1x512"
    assert len(figure.provenance.records) == 5


def test_quotes_name_the_coefficient(results):
    texts = decay.quotes(results)
    assert (texts["decay_0.01_random"], texts["decay_0.01_true"], texts["decay_0.01_test"]) == (
        "20.00",
        "60.00",
        "30.00",
    )
    assert texts["decay_0.003_random"] == NOT_RUN and texts["decay_gain"] == "−20.00"


def test_without_records_the_figure_stands(tmp_path):
    figure = decay.strong_decay(load("strong-decay", folder=tmp_path))
    assert figure.provenance.made.startswith("No run")
