"""Quoted numbers and rules are those of made-up records and claims, in the units of the page."""

from __future__ import annotations

from dataclasses import replace

import pytest

from factory import record_of
from rethinking.experiments import load, records
from rethinking.experiments.plan import WEIGHT_DECAY, paper_run, reduced
from rethinking.figures import quotes, scorecard, verdict_bar
from rethinking.figures.words import NOT_RUN, power_of_ten
from rethinking.paper import Claim
from rethinking.scorecard import Verdict


def a_verdict(verdict: str = "not run", reduced: bool = False, **changes) -> Verdict:
    plain = {"id": "c", "text": "t", "place": "p. 4", "experiment": "table-1", "run": {}, "metric": "train_accuracy"}
    claim = Claim(**{**plain, "rule": "at-least", "threshold": 0.99, **changes})
    return Verdict(claim, (), None, None, verdict, reduced, ())


def test_verdicts_are_counted_and_those_reproduced_by_the_size_of_their_runs_too():
    whole = ["reproduced"] * 4 + ["partly"] * 2 + ["not reproduced"] * 3 + ["not run"]
    small = ["reproduced"] * 4 + ["partly"] + ["undecided"] * 2
    verdicts = [*(a_verdict(word) for word in whole), *(a_verdict(word, reduced=True) for word in small)]
    verdicts.append(replace(a_verdict("reproduced"), values=(1.0,)))
    assert quotes.verdict_counts(iter(verdicts)) == {
        "claims": "18",
        "reproduced": "9",
        "partly": "3",
        "not_reproduced": "3",
        "undecided": "2",
        "not_run": "1",
        "reproduced_whole": "5",
        "reproduced_once": "1",
        "reproduced_reduced": "4",
    }


@pytest.fixture
def table_1(tmp_path):
    """AlexNet gains 4 and 2 points by weight decay in two seeds, loses 1 by crops in one and has 85 % with both."""
    decay = {"weight_decay": WEIGHT_DECAY["alexnet"]}
    for seed, changes, test in (
        (0, {}, 0.76),
        (1, {}, 0.77),
        (0, decay, 0.80),
        (1, decay, 0.79),
        (0, {"random_crop": True}, 0.75),
        (2, {"random_crop": True}, 0.90),  # which has no run without crops beside it
        (0, {"random_crop": True, **decay}, 0.85),
    ):
        records.write(record_of(paper_run("alexnet", seed=seed, **changes), test=test), tmp_path)
    records.write(record_of(paper_run("alexnet", corruption="random-labels"), train=0.95), tmp_path)
    return load("table-1", folder=tmp_path)


def test_a_regularizers_gain_is_the_accuracy_with_it_less_that_without(table_1):
    texts = quotes.regularization(table_1)
    expected = {
        "test": "76.50 ± 0.71",  # 76 and 77: a deviation of 1 / sqrt(2)
        "random": "95.00",
        "gain": "+3.00 ± 1.41",
        "crop_gain": "−1.00",
        "all": "85.00",
        "decay": "0.0005",
        "gain_scale": "all 50,000 images",
        "crop_gain_scale": "all 50,000 images",
        "paper_test": "76.07",
        "paper_gain": "+1.29",  # 77.36
        "paper_crop_gain": "+3.59",  # 79.66
        "paper_all": "81.22",
    }
    found = {name: texts[f"alexnet_{name}"].replace("\N{NO-BREAK SPACE}", " ") for name in expected}
    assert found == expected
    assert texts["inception_gain"] == texts["inception_crop_gain"] == NOT_RUN
    assert "mlp_1x512_gain" in texts and "mlp_1x512_crop_gain" not in texts


def test_runs_at_the_papers_size_are_quoted_beside_more_reduced_ones(tmp_path):
    def at_full_size() -> tuple[str, str]:
        texts = quotes.at_full_size(load("table-1", folder=tmp_path), "alexnet")
        return texts["test"], texts["seeds"]

    for seed in (0, 1):
        records.write(record_of(reduced(paper_run("alexnet", seed=seed)), test=0.5), tmp_path)
    records.write(record_of(reduced(paper_run("alexnet", random_crop=True)), test=0.52), tmp_path)
    assert at_full_size() == (NOT_RUN, "0 seeds")
    records.write(record_of(paper_run("alexnet"), test=0.76), tmp_path)
    assert at_full_size() == ("76.00", "one seed")
    texts = quotes.regularization(load("table-1", folder=tmp_path))
    assert texts["alexnet_test"] == "76.00", "the reduced runs are kept for comparisons"
    assert (texts["alexnet_crop_gain"], texts["alexnet_crop_gain_scale"]) == ("+2.00", "5,000 images (reduced)")


@pytest.mark.parametrize(
    ("rule", "shown"),
    [
        ({"threshold": 0.99}, "≥ 99 %"),
        ({"rule": "within", "target": 0.1, "tolerance": 0.015}, "10 ± 1.5 %"),
        ({"rule": "within", "paper": 0.5151, "tolerance": 0.02, "metric": "test_accuracy"}, "51.51 ± 2 %"),
        ({"rule": "at-most", "threshold": 0.02, "metric": "test_error", "minus": {"seed": 1}}, "≤ 2 points"),
        ({"rule": "at-least", "threshold": 0.005, "metric": "test_error", "sweep": True}, "≥ 0.5 points"),
        ({"rule": "at-most", "threshold": 3, "metric": "epochs_to_overfit", "over": {"seed": 1}}, "≤ 3×"),
        ({"rule": "at-most", "threshold": 25, "metric": "epochs_to_overfit"}, "≤ 25 epochs"),
        ({"rule": "at-most", "threshold": 1, "metric": "epochs_to_overfit"}, "≤ 1 epoch"),
        ({"rule": "within", "paper": 220, "tolerance": 11, "metric": "norm"}, "220 ± 11"),
    ],
)
def test_a_rule_is_shown_in_the_units_of_the_page(rule, shown):
    _, row = scorecard([a_verdict(**rule)]).rows
    assert row[-1].replace("\N{NO-BREAK SPACE}", " ") == shown


def test_the_bar_has_all_verdicts_and_tells_reduced_ones_apart():
    verdicts = [a_verdict("reproduced"), a_verdict("reproduced", reduced=True), a_verdict("undecided", reduced=True)]
    (axes,) = verdict_bar([*verdicts, a_verdict("reproduced")]).axes
    assert [(patch.get_x(), patch.get_width()) for patch in axes.patches] == [(0, 2), (2, 1), (3, 1)]
    assert axes.get_legend_handles_labels()[1] == ["reproduced", "reproduced (reduced)", "undecided"]


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0"), (0.25, "0.25"), (1.58e-6, "1.6·10⁻⁶"), (1e-6, "10⁻⁶"), (3e21, "3.0·10²¹")]
)
def test_numbers_read_well(value, text):
    assert power_of_ten(value) == text
