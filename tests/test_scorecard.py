"""Verdicts follow the rules of the claims, from records alone."""

import json
import math
from dataclasses import replace

import pytest

from factory import diverged, record_of
from rethinking.experiments import Measurement, Study, load, records, studies
from rethinking.experiments.measure import measure_missing
from rethinking.experiments.plan import CORRUPTION_LEVELS, corruption_at, paper_run, reduced
from rethinking.paper import Claim, claims
from rethinking.scorecard import judge, scorecard

RANDOM = {"model": "mlp-1x512", "corruption": "random-labels"}


def a_claim(**changes) -> Claim:
    plain = {"id": "c", "text": "t", "place": "p", "experiment": "table-1", "run": RANDOM, "metric": "train_accuracy"}
    return Claim(**{**plain, "rule": "at-least", "threshold": 0.99, **changes})


def judged(claim, folder):
    return judge(claim, load(claim.experiment, folder=folder))


@pytest.mark.parametrize(
    ("rule", "value", "verdict"),
    [
        ({"rule": "at-least", "threshold": 0.99, "partly": 0.95}, 0.99, "reproduced"),
        ({"rule": "at-least", "threshold": 0.99, "partly": 0.95}, 0.97, "partly"),
        ({"rule": "at-least", "threshold": 0.99, "partly": 0.95}, 0.94, "not reproduced"),
        ({"rule": "at-least", "threshold": 0.99}, 0.98, "not reproduced"),
        ({"rule": "at-most", "threshold": 0.5, "partly": 0.9}, 0.5, "reproduced"),
        ({"rule": "at-most", "threshold": 0.5, "partly": 0.9}, 0.6, "partly"),
        ({"rule": "at-most", "threshold": 0.5, "partly": 0.9}, math.inf, "not reproduced"),
        ({"rule": "within", "paper": 0.5, "tolerance": 0.02}, 0.52, "reproduced"),
        ({"rule": "within", "paper": 0.5, "tolerance": 0.02}, 0.461, "partly"),
        ({"rule": "within", "paper": 0.5, "tolerance": 0.02}, 0.45, "not reproduced"),
        ({"rule": "within", "paper": 0.5, "target": 0.1, "tolerance": 0.02}, 0.1, "reproduced"),
    ],
)
def test_a_value_is_judged_by_its_rule(rule, value, verdict):
    assert a_claim(**rule).verdict(value) == verdict


def test_without_records_nothing_is_judged(tmp_path):
    verdict = judged(a_claim(), tmp_path)
    assert (verdict.verdict, verdict.mean, verdict.values, verdict.runs) == ("not run", None, (), ())


def test_mean_and_spread_are_over_the_seeds_there_are(tmp_path):
    for seed, accuracy in ((0, 0.99), (2, 1.0)):
        records.write(record_of(paper_run(**RANDOM, seed=seed), train=accuracy), tmp_path)
    verdict = judged(a_claim(), tmp_path)
    assert verdict.mean == pytest.approx(0.995)
    assert verdict.spread == pytest.approx(0.01 / math.sqrt(2))
    assert len(verdict.runs) == 2 and not verdict.reduced


def test_a_difference_pairs_the_seeds(tmp_path):
    claim = a_claim(run={"model": "mlp-1x512", "weight_decay": True}, minus={"weight_decay": False})
    claim = replace(claim, metric="test_accuracy", rule="within", paper=0.01, tolerance=0.01)
    rows = load("table-1", folder=tmp_path).experiment.rows
    decayed, plain = (
        next(r for r in rows if r.model == "mlp-1x512" and bool(r.weight_decay) is on) for on in (True, False)
    )
    records.write(record_of(decayed, test=0.53), tmp_path)
    assert judged(claim, tmp_path).verdict == "not run", "half a difference is none"
    records.write(record_of(replace(plain, seed=1), test=0.40), tmp_path)
    assert judged(claim, tmp_path).verdict == "not run", "seeds 0 and 1 do not pair"
    records.write(record_of(plain, test=0.52), tmp_path)
    assert judged(claim, tmp_path).mean == pytest.approx(0.01)


def test_an_accuracy_never_reached_is_infinitely_late(tmp_path):
    claim = a_claim(experiment="figure-1bc", metric="epochs_to_overfit", over={"corruption": "true-labels"})
    claim = replace(claim, rule="at-most", threshold=5)
    records.write(record_of(paper_run("mlp-1x512"), overfit=20), tmp_path)
    records.write(record_of(paper_run(**RANDOM), train=0.9), tmp_path)
    verdict = judged(claim, tmp_path)
    assert verdict.mean == math.inf and verdict.verdict == "not reproduced"
    assert json.loads(json.dumps(verdict.to_dict(), allow_nan=False))["mean"] is None


@pytest.mark.parametrize("comparison", ["minus", "over"])
@pytest.mark.parametrize("rule", ["at-least", "at-most"])
def test_nothing_compares_well_with_what_was_never_reached(tmp_path, comparison, rule):
    claim = a_claim(experiment="figure-1bc", metric="epochs_to_overfit", rule=rule, threshold=5)
    claim = replace(claim, **{comparison: {"corruption": "true-labels"}})
    records.write(record_of(paper_run("mlp-1x512"), train=0.9), tmp_path)
    for train in (1.0, 0.9):
        records.write(record_of(paper_run(**RANDOM), train=train), tmp_path)
        assert judged(claim, tmp_path).verdict == "not reproduced"


@pytest.mark.parametrize("rule", ["at-least", "at-most"])
def test_what_was_never_reached_compares_well_with_nothing(tmp_path, rule):
    claim = a_claim(experiment="figure-1bc", metric="epochs_to_overfit", rule=rule, threshold=1)
    claim = replace(claim, minus={"corruption": "true-labels"})
    for seed, train in ((0, 0.9), (1, 1.0)):
        records.write(record_of(paper_run("mlp-1x512", seed=seed), overfit=50), tmp_path)
        records.write(record_of(paper_run(**RANDOM, seed=seed), train=train), tmp_path)
        assert judged(claim, tmp_path).verdict == "not reproduced"


def test_a_sweep_is_judged_by_its_smallest_step(tmp_path):
    claim = a_claim(experiment="figure-1bc", run={"model": "mlp-1x512"}, metric="test_error", sweep=True, threshold=0)
    for p in CORRUPTION_LEVELS:
        records.write(record_of(paper_run("mlp-1x512", corruption=corruption_at(p)), test=0.5 - 0.4 * p), tmp_path)
    assert judged(claim, tmp_path).mean == pytest.approx(0.04)
    records.write(record_of(paper_run("mlp-1x512", corruption=corruption_at(0.5)), test=0.45), tmp_path)
    assert judged(claim, tmp_path).verdict == "not reproduced"


def test_a_study_has_one_value(tmp_path):
    def compute(report, error):
        return {"test_error": error, "random_labels": {"norm": 3.0}}

    study = Study("s", "t", "p", tuple(Measurement(f"m{k}", compute, {"error": k / 10}) for k in (1, 2)))
    claim = a_claim(experiment="s", run={"measurement": "m2"}, metric="test_error", rule="at-most", threshold=0.25)
    assert judge(claim, studies.load(study, tmp_path)).verdict == "not run"
    measure_missing(study, ["m2"], folder=tmp_path)
    verdict = judge(claim, studies.load(study, tmp_path))
    assert (verdict.verdict, verdict.values, verdict.runs) == ("reproduced", (0.2,), ("s/m2",))
    over = replace(claim, over={"measurement": "m1"})
    assert judge(over, studies.load(study, tmp_path)).verdict == "not run", "half a ratio is none"
    measure_missing(study, folder=tmp_path)
    assert judge(over, studies.load(study, tmp_path)).values == (2.0,)
    assert judge(replace(claim, metric="random_labels.norm"), studies.load(study, tmp_path)).values == (3.0,)


def test_a_comparison_is_decided_by_full_runs_as_soon_as_both_are_there(tmp_path):
    claim = a_claim(experiment="figure-1bc", metric="epochs_to_overfit", rule="within", paper=2.0, tolerance=0.1)
    claim = replace(claim, over={"corruption": "true-labels"})
    true, random = paper_run("mlp-1x512"), paper_run(**RANDOM)
    for seed in (0, 1):
        records.write(record_of(reduced(replace(true, seed=seed)), overfit=10), tmp_path)
        records.write(record_of(reduced(replace(random, seed=seed)), overfit=20), tmp_path)
    records.write(record_of(true, overfit=10), tmp_path)
    assert judged(claim, tmp_path).values == (2.0, 2.0) and judged(claim, tmp_path).reduced
    records.write(record_of(random, overfit=30), tmp_path)
    verdict = judged(claim, tmp_path)
    assert (verdict.verdict, verdict.values, verdict.reduced) == ("not reproduced", (3.0,), False)


def test_what_is_stale_decides_nothing(tmp_path):
    study = Study("s", "t", "p", (Measurement("m", lambda report: {"test_error": 0.2}),))
    claim = a_claim(experiment="s", run={"measurement": "m"}, metric="error", rule="at-most", threshold=0.25)
    measure_missing(study, folder=tmp_path)
    newer = replace(study, measurements=(replace(study.measurements[0], version=2),))
    assert judge(claim, studies.load(newer, tmp_path)).verdict == "not run", "its numbers may have other names"
    records.write(replace(record_of(paper_run(**RANDOM)), recipe=0), tmp_path)
    assert judged(a_claim(), tmp_path).verdict == "not run"
    records.write(record_of(reduced(paper_run(**RANDOM)), train=1.0), tmp_path)
    assert judged(a_claim(), tmp_path).verdict == "reproduced", "the reduced run still stands in"


def test_reduced_runs_stand_in_and_are_marked_until_the_real_one_comes(tmp_path):
    config = paper_run(**RANDOM)
    records.write(record_of(reduced(config), train=1.0), tmp_path)
    assert judged(a_claim(), tmp_path).reduced
    assert judged(a_claim(), tmp_path).verdict == "reproduced"
    records.write(record_of(reduced(config), train=0.5), tmp_path)
    assert judged(a_claim(), tmp_path).verdict == "undecided", "it can support a claim and not refute it"
    records.write(record_of(config, train=0.995), tmp_path)
    verdict = judged(a_claim(), tmp_path)
    assert not verdict.reduced and verdict.mean == 0.995


def test_a_run_that_diverged_reproduces_nothing(tmp_path):
    at_chance = a_claim(metric="test_accuracy", rule="within", target=0.1, tolerance=0.01)
    records.write(diverged(record_of(paper_run(**RANDOM), train=0.1, test=0.1)), tmp_path)
    assert judged(at_chance, tmp_path).verdict == "not reproduced"


def test_only_runs_of_one_size_are_compared(tmp_path):
    plain, decayed = paper_run("mlp-1x512"), paper_run("mlp-1x512", weight_decay=1e-4)
    claim = a_claim(run={"model": "mlp-1x512", "weight_decay": True}, minus={"weight_decay": False})
    claim = replace(claim, metric="test_accuracy", rule="within", paper=0.0, tolerance=0.01)
    records.write(record_of(plain, test=0.75), tmp_path)
    records.write(record_of(reduced(decayed), test=0.5), tmp_path)
    assert judged(claim, tmp_path).verdict == "not run"
    records.write(record_of(reduced(plain), test=0.49), tmp_path)
    assert judged(claim, tmp_path).values == (pytest.approx(0.01),)
    assert judged(claim, tmp_path).reduced
    records.write(record_of(decayed, test=0.74), tmp_path)
    assert judged(claim, tmp_path).values == (pytest.approx(-0.01),)
    assert not judged(claim, tmp_path).reduced


def test_the_networks_that_are_compared_are_of_one_size_whatever_else_there_is(tmp_path):
    claim = next(claim for claim in claims() if claim.id == "batch-norm-gain")
    for model, test in (("inception", 0.55), ("inception-no-bn", 0.5)):
        records.write(record_of(reduced(paper_run(model)), test=test), tmp_path)
    assert judged(claim, tmp_path).values == (pytest.approx(0.05),)
    records.write(record_of(paper_run("inception"), test=0.86), tmp_path)
    assert judged(claim, tmp_path).values == (pytest.approx(0.05),), "the other is not there in that size"
    records.write(record_of(paper_run("inception-no-bn"), test=0.83), tmp_path)
    assert judged(claim, tmp_path).values == (pytest.approx(0.03),) and not judged(claim, tmp_path).reduced


def test_a_sweep_is_judged_reduced_until_all_its_levels_are_there(tmp_path):
    claim = next(claim for claim in claims() if claim.sweep and claim.run["model"] == "alexnet")
    for p in CORRUPTION_LEVELS:
        assert judged(claim, tmp_path).verdict == "not run"
        small = reduced(paper_run("alexnet", corruption=corruption_at(p)))
        records.write(record_of(small, test=0.5 - 0.4 * p), tmp_path)
    for p in CORRUPTION_LEVELS:
        assert judged(claim, tmp_path).reduced and judged(claim, tmp_path).mean == pytest.approx(0.04)
        records.write(record_of(paper_run("alexnet", corruption=corruption_at(p)), test=0.7 - 0.6 * p), tmp_path)
    assert not judged(claim, tmp_path).reduced and judged(claim, tmp_path).mean == pytest.approx(0.06)


def test_a_claim_about_a_network_that_has_fitted_is_open_where_it_has_not(tmp_path):
    claim = a_claim(metric="test_accuracy", rule="within", target=0.1, tolerance=0.01, premise=0.99)
    for accuracy, verdict in ((0.11, "undecided"), (0.995, "reproduced")):
        records.write(record_of(paper_run(**RANDOM), train=accuracy, test=0.1), tmp_path)
        assert judged(claim, tmp_path).verdict == verdict


def test_a_premise_is_part_of_the_rule_as_it_is_shown(tmp_path):
    verdict = judged(a_claim(premise=0.99), tmp_path)
    assert verdict.claim.judged == "at least 0.99, once 0.99 is fitted" and verdict.to_dict()["premise"] == 0.99


def test_a_run_that_ends_when_its_labels_are_fitted_does_not_judge_stopping_early(tmp_path):
    claim = next(claim for claim in claims() if claim.metric == "early_stopping_gain")
    records.write(record_of(reduced(paper_run("inception")), train=1.0), tmp_path)
    assert judged(claim, tmp_path).verdict == "not run"
    records.write(record_of(paper_run("inception"), test=0.85, best=0.855), tmp_path)
    assert judged(claim, tmp_path).verdict == "reproduced"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"run": {"model": "mlp-1x512", "corrupton": "random-labels"}}, "'c' describes no run of table-1.*corrupton"),
        ({"run": {"model": "resnet"}}, "'c' describes no run of table-1.*resnet"),
        ({"metric": "test_acuracy"}, "'c': the record mlp-1x512/.* has no metric 'test_acuracy'"),
    ],
)
def test_a_claim_that_fits_no_record_is_named(changes, message, tmp_path):
    records.write(record_of(paper_run(**RANDOM)), tmp_path)
    with pytest.raises(ValueError, match=message):
        judged(a_claim(**changes), tmp_path)


@pytest.mark.parametrize("value", ["0.2", True, {}])
def test_a_metric_that_is_no_number_is_named(value, tmp_path):
    study = Study("s", "t", "p", (Measurement("m", lambda report: {"error": value}),))
    claim = a_claim(experiment="s", run={"measurement": "m"}, metric="error", rule="at-most", threshold=0.25)
    measure_missing(study, folder=tmp_path)
    with pytest.raises(ValueError, match="claim 'c': the record s/m has no metric 'error'"):
        judge(claim, studies.load(study, tmp_path))


def test_every_claim_can_be_judged(tmp_path, monkeypatch):
    monkeypatch.setenv("RETHINKING_RESULTS", str(tmp_path))
    verdicts = scorecard()
    assert [v.claim.id for v in verdicts] == [c.id for c in claims()]
    assert {v.verdict for v in verdicts} == {"not run"}
    json.dumps([v.to_dict() for v in verdicts], allow_nan=False)


def test_the_committed_records_judge_what_full_runs_decide():
    verdicts = {verdict.claim.id: verdict for verdict in scorecard()}
    decided = {
        "random-labels-fitted-mlp-1x512": "reproduced",
        "random-labels-chance-mlp-3x512": "reproduced",
        "larger-norm": "not reproduced",
    }
    assert {name: verdicts[name].verdict for name in decided} == decided
    assert not any(verdicts[name].reduced for name in decided)
