"""What a sample says about the risk, and what a count of hypotheses allows, as they are drawn."""

from __future__ import annotations

import math

import numpy as np
import pytest

from factory import record_of
from rethinking.experiments import load, records
from rethinking.experiments.plan import paper_run, reduced
from rethinking.figures import risk


def marked(axes, marker: str) -> list[tuple[list[float], list[float]]]:
    """The x and y values of the lines with that marker."""
    return [
        (list(line.get_xdata()), list(line.get_ydata())) for line in axes.get_lines() if line.get_marker() == marker
    ]


def test_small_test_sets_have_their_own_accuracies_within_the_band_of_one_hypothesis():
    right = np.zeros(300, bool)
    right[:50], right[100:170], right[250:] = True, True, True  # 50, 70 and 50 of a hundred each
    axes = risk.small_test_sets(right, 0.99).axes[0]
    assert marked(axes, "D") == [([1, 2, 3], [pytest.approx(50), pytest.approx(70), pytest.approx(50)])]
    level = [line.get_ydata()[0] for line in axes.get_lines() if line.get_marker() != "D"]
    assert level == [pytest.approx(170 / 3), pytest.approx(99)]
    radius = 100 * math.sqrt(math.log(2 / 0.05) / 200)
    (band,) = (axes.transData.inverted().transform_bbox(patch.get_window_extent()) for patch in axes.patches)
    assert (band.y0, band.y1) == pytest.approx((170 / 3 - radius, 170 / 3 + radius))


def test_measured_gaps_stand_at_the_number_of_training_images_in_points(tmp_path):
    for seed, test in ((0, 0.5), (1, 0.54)):
        records.write(record_of(paper_run("mlp-1x512", seed=seed), train=1.0, test=test), tmp_path)
    random = paper_run("mlp-1x512", corruption="random-labels")
    records.write(record_of(random, train=0.99, test=0.1), tmp_path)
    axes = risk.bound_against_gap(load("figure-1a", folder=tmp_path)).axes[0]
    assert marked(axes, "o") == [([50_000], [pytest.approx(48)])]
    assert marked(axes, "s") == [([50_000], [pytest.approx(89)])]
    records.write(record_of(reduced(random), train=1.0, test=0.1), tmp_path / "small")
    axes = risk.bound_against_gap(load("figure-1a", folder=tmp_path / "small")).axes[0]
    assert marked(axes, "s") == [([5_000], [pytest.approx(90)])]


def test_what_counting_allows_is_drawn_in_points(tmp_path):
    axes = risk.bound_against_gap(load("figure-1a", folder=tmp_path)).axes[0]
    counts = [32 * 1_209_866 * math.log(2), 1_209_866 * math.log(2), math.log(1e6), 0]  # ln |H|
    drawn = [line.get_ydata()[[0, -1]] for line in axes.get_lines() if len(line.get_xdata()) > 2]
    for ends, count in zip(drawn, counts, strict=True):  # at 100 and at 10^10 examples
        assert ends == pytest.approx([100 * math.sqrt((count + math.log(40)) / (2 * n)) for n in (1e2, 1e10)])
