"""The plan is the paper's."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from factory import record_of
from rethinking.experiments import EXPERIMENTS, RecordError, find, load, mean_and_spread, records
from rethinking.experiments.catalogue import run_called
from rethinking.experiments.plan import REDUCED_TRAIN_SIZE, WEIGHT_DECAY, paper_run, reduced
from rethinking.experiments.results import look_up, reduced_runs, row_of
from rethinking.training import RunRecord


def rows(name: str) -> set:
    return set(find(name).rows)


def test_table_1_has_the_papers_rows():
    table = find("table-1").rows
    assert len(set(table)) == len(table) == 19
    assert Counter(row.model for row in table) == {
        "inception": 5,
        "inception-no-bn": 3,
        "alexnet": 5,
        "mlp-3x512": 3,
        "mlp-1x512": 3,
    }
    for model in ("inception", "alexnet"):
        cells = {(row.random_crop, bool(row.weight_decay), row.corruption) for row in table if row.model == model}
        true = {(crop, decay, "true-labels") for crop in (True, False) for decay in (True, False)}
        assert cells == true | {(False, False, "random-labels")}
    for model in ("inception-no-bn", "mlp-3x512", "mlp-1x512"):
        cells = {(row.random_crop, bool(row.weight_decay), row.corruption) for row in table if row.model == model}
        assert cells == {(False, True, "true-labels"), (False, False, "true-labels"), (False, False, "random-labels")}


def test_figure_1a_has_five_conditions():
    conditions = {"true-labels", "random-labels", "shuffled-pixels", "random-pixels", "gaussian"}
    for model in ("inception", "alexnet", "mlp-1x512"):
        assert {row.corruption for row in rows("figure-1a") if row.model == model} == conditions


def test_figure_1bc_has_eleven_levels_and_shares_its_ends():
    for model in ("inception", "alexnet", "mlp-1x512"):
        levels = [row for row in rows("figure-1bc") if row.model == model]
        partial = {row.corruption for row in levels} - {"true-labels", "random-labels"}
        assert len(levels) == 11
        assert partial == {f"partially-corrupted-labels(0.{k})" for k in range(1, 10)}
        ends = {row for row in levels if row.corruption in ("true-labels", "random-labels")}
        assert len(ends) == 2
        assert ends <= rows("figure-1a")


def test_figure_2b_is_part_of_table_1():
    assert rows("figure-2b") <= rows("table-1")
    assert {row.model for row in rows("figure-2b")} == {"inception", "inception-no-bn"}


def test_table_4_is_random_labels_under_regularizers():
    assert len(rows("table-4")) == 6
    for row in rows("table-4"):
        assert row.corruption == "random-labels"
        assert bool(row.weight_decay) + row.random_crop + row.augmentation == 1
        assert row.learning_rate_decay == (0.95 if row.weight_decay else 0.999)


@pytest.mark.parametrize("name", ["figure-1a", "table-1", "figure-1bc", "table-4", "figure-2b"])
def test_the_papers_runs_are_whole_and_as_it_says(name):
    for config in find(name).runs():
        assert config.dataset == "cifar10" and not config.reduced
        assert (config.momentum, config.batch_size) == (0.9, 128)


def test_rows_are_those_of_seed_0():
    assert all(row.seed == 0 for plan in EXPERIMENTS.values() for row in plan.rows)


def test_pairs_of_stability_differ_in_one_example():
    pairs = rows("stability-pairs")
    assert {replace(row, replaced_example=None) for row in pairs} == {r for r in pairs if r.replaced_example is None}
    assert Counter(row.corruption for row in pairs) == {"true-labels": 2, "random-labels": 2}


def test_seeds_repeat_the_rows():
    plan = find("table-1")
    assert len(plan.runs()) == 19 * 3
    assert [config.seed for config in plan.runs([4, 7])] == [4] * 19 + [7] * 19


def test_unknown_experiments_list_the_known():
    with pytest.raises(ValueError) as caught:
        find("figure-9")
    assert all(known in str(caught.value) for known in ("'figure-9'", *EXPERIMENTS))


@pytest.mark.parametrize("name", ["table-1", "figure-1a", "figure-1bc", "figure-2b", "table-4"])
def test_every_row_can_be_described(name):
    for row in find(name).rows:
        description = {"model": row.model, "corruption": row.corruption, "weight_decay": bool(row.weight_decay)}
        assert row_of(find(name), **description, random_crop=row.random_crop, augmentation=row.augmentation) == row


def test_no_row_or_several_fit():
    for description in ({"model": "resnet"}, {}):
        with pytest.raises(KeyError, match="rows of table-1"):
            row_of(find("table-1"), **description)


def made_up_record(config, recipe: int = 1) -> RunRecord:
    columns = ("learning_rate", "train_loss", "train_accuracy", "test_loss", "test_accuracy", "seconds")
    history = {"epoch": list(range(1, config.epochs + 1))} | {name: [0.5] * config.epochs for name in columns}
    return RunRecord(config, "finished", history, [], {"device": "cpu", "device_name": "a machine"}, recipe)


def test_states(tmp_path):
    config = find("table-1").rows[-1]
    assert look_up(config, tmp_path).state == "missing"

    small = reduced(config)
    assert small.reduced
    assert small.train_size == REDUCED_TRAIN_SIZE
    records.write(made_up_record(small), tmp_path)
    assert look_up(config, tmp_path).state == "reduced"
    assert look_up(config, tmp_path).record.config == small

    path = records.write(made_up_record(config), tmp_path)
    assert look_up(config, tmp_path).state == "done"
    records.write(made_up_record(config, recipe=0), tmp_path)
    assert look_up(config, tmp_path).state == "stale"

    path.write_text("{")
    assert look_up(config, tmp_path).state == "damaged"
    assert str(path) in look_up(config, tmp_path).problem


def test_full_runs_of_what_is_compared_are_preferred_however_few(tmp_path):
    for seed in (0, 1):
        for corruption in ("true-labels", "random-labels"):
            records.write(record_of(reduced(paper_run("alexnet", corruption=corruption, seed=seed))), tmp_path)
    both = ("alexnet", "true-labels", "random-labels")
    records.write(record_of(paper_run("alexnet")), tmp_path)
    assert all(r.reduced for r in load("table-1", folder=tmp_path).alike(*both).records), "one of the two is missing"
    records.write(record_of(paper_run("alexnet", corruption="random-labels")), tmp_path)
    table_1 = load("table-1", folder=tmp_path)
    assert [r.reduced for r in table_1.alike(*both).records] == [False, False]
    assert not any(r.reduced for r in table_1.alike("alexnet").records), "as many rows, if fewer seeds"
    records.write(record_of(reduced(paper_run("alexnet", random_crop=True))), tmp_path)
    table_1 = load("table-1", folder=tmp_path)
    assert all(r.reduced for r in table_1.alike("alexnet").records), "of all its rows, more are there reduced"
    plain, cropped = {"model": "alexnet"}, {"model": "alexnet", "random_crop": True}
    assert all(found[0].reduced for found in table_1.in_one_size(plain, cropped)), "one of the two is missing"
    random = {"model": "alexnet", "corruption": "random-labels"}
    assert not any(found[0].reduced for found in table_1.in_one_size(plain, random))
    records.write(record_of(paper_run("alexnet", random_crop=True, seed=2)), tmp_path)
    table_1 = load("table-1", folder=tmp_path)
    one, other = table_1.in_one_size(plain, cropped)
    assert [r.reduced for r in (*one, *other)] == [True, True], "whole, the two have no seed in common"
    assert [r.config.seed for r in one] == [0] == [r.config.seed for r in other], "there is no other reduced pair"
    assert table_1.in_one_size(plain, {"model": "alexnet", "weight_decay": True}) == [[], []]


def test_a_damaged_stand_in_is_named_and_hides_nothing(tmp_path):
    config = paper_run("alexnet")
    records.write(record_of(config, test=0.7), tmp_path)
    small = records.write(record_of(reduced(config)), tmp_path)
    small.write_text("{")
    found = look_up(config, tmp_path)
    assert (found.state, found.record.test_accuracy) == ("done", 0.7) and str(small) in found.problem
    records.path_of(config, tmp_path).unlink()
    assert look_up(config, tmp_path).state == "damaged"


def test_a_reduced_run_stands_in_whichever_its_precision_and_is_not_done_twice(tmp_path):
    plan = find("figure-2b")
    swift = reduced(paper_run("inception"), "bfloat16")
    assert swift.precision == "bfloat16" and replace(swift, precision="float32") == reduced(paper_run("inception"))
    records.write(made_up_record(swift), tmp_path)
    assert look_up(paper_run("inception"), tmp_path).state == "reduced"
    assert swift in reduced_runs(plan, [0], "float32", tmp_path)
    assert {run.precision for run in reduced_runs(plan, [1], "float32", tmp_path)} == {"float32"}

    records.write(made_up_record(reduced(paper_run("inception"))), tmp_path)
    assert look_up(paper_run("inception"), tmp_path).record.config == swift, "the plan's own precision comes first"
    assert look_up(swift, tmp_path).record.config == swift, "what is planned as it is needs no stand-in"
    assert swift in reduced_runs(plan, [0], "bfloat16", tmp_path)
    assert reduced(paper_run("inception")) in reduced_runs(plan, [0], "float32", tmp_path)


def test_a_stale_stand_in_hides_no_current_one_of_the_other_precision(tmp_path):
    config = paper_run("inception")
    records.write(replace(record_of(reduced(config, "bfloat16")), recipe=0), tmp_path)
    assert reduced(config) in reduced_runs(find("figure-2b"), [0], "float32", tmp_path), "the stale one counts as none"
    records.write(record_of(reduced(config)), tmp_path)
    found = look_up(config, tmp_path)
    assert (found.state, found.record.config.precision) == ("reduced", "float32")


def test_a_rows_records_by_seed(tmp_path):
    row = row_of(find("figure-2b"), model="inception")
    for config in find("figure-2b").runs([2, 0]):
        if config.model == "inception":
            records.write(made_up_record(config), tmp_path)
    results = load("figure-2b", folder=tmp_path)
    assert [record.config.seed for record in results.of(model="inception")] == [0, 2]
    assert results.of_row(row) == results.records
    assert results.of(model="inception-no-bn") == []
    assert (results.count("done"), results.count("missing")) == (2, 4)


def test_reduced_seeds_do_not_mix_with_others(tmp_path, monkeypatch):
    row = paper_run("inception")
    for seed in (1, 2):
        records.write(made_up_record(reduced(replace(row, seed=seed))), tmp_path)
    assert [r.config.seed for r in load("figure-2b", folder=tmp_path).of(model="inception")] == [1, 2]
    records.write(made_up_record(row), tmp_path)
    assert [r.config.seed for r in load("figure-2b", folder=tmp_path).of(model="inception")] == [0]
    monkeypatch.setattr(records, "RECIPE", records.RECIPE + 1)
    stale = load("figure-2b", folder=tmp_path)
    assert stale.count("stale") == 3 and [r.config.seed for r in stale.of(model="inception")] == [0]


def test_runs_to_be_compared_are_of_the_size_in_which_more_are_there(tmp_path):
    rows = {run.corruption: run for run in find("figure-1a").runs([0]) if run.model == "alexnet"}
    for corruption in ("true-labels", "random-labels", "gaussian"):
        records.write(made_up_record(reduced(rows[corruption])), tmp_path)
    records.write(made_up_record(rows["true-labels"]), tmp_path)
    results = load("figure-1a", folder=tmp_path)
    assert not results.of(model="alexnet")[0].reduced
    small = results.alike("alexnet")
    assert [record.config.corruption for record in small.records] == ["true-labels", "random-labels", "gaussian"]
    assert all(record.reduced for record in small.records)

    records.write(made_up_record(rows["shuffled-pixels"]), tmp_path)
    records.write(made_up_record(rows["random-labels"]), tmp_path)
    whole = load("figure-1a", folder=tmp_path).alike("alexnet")
    assert [record.config.corruption for record in whole.records] == ["true-labels", "random-labels", "shuffled-pixels"]
    assert not any(record.reduced for record in whole.records)


def test_results_need_a_folder(tmp_path, monkeypatch):
    monkeypatch.delenv("RETHINKING_RESULTS", raising=False)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RecordError):
        load("table-1")


def test_mean_and_spread():
    assert mean_and_spread([1.0, 2.0, 3.0]) == (2.0, 1.0)
    assert mean_and_spread([0.5]) == (0.5, None)


def test_a_reduced_run_is_never_larger_than_the_run():
    assert reduced(paper_run("mlp-1x512", train_size=500)).train_size == 500
    assert reduced(paper_run("mlp-1x512")).train_size == REDUCED_TRAIN_SIZE


@pytest.mark.parametrize("name", ["figure-1a", "figure-1bc"])
def test_a_machine_that_cannot_do_the_whole_does_every_run_smaller(name, tmp_path):
    plan = find(name)
    assert reduced_runs(plan, [1], folder=tmp_path) == [reduced(run) for run in plan.runs([1])]


@pytest.mark.parametrize(
    "config",
    [
        paper_run("inception", corruption="partially-corrupted-labels(0.5)"),
        paper_run("alexnet", random_crop=True, weight_decay=WEIGHT_DECAY["alexnet"], seed=7),
        reduced(paper_run("inception", corruption="gaussian"), "bfloat16"),
        reduced(paper_run("alexnet", seed=2)),
    ],
)
def test_a_run_is_found_by_the_name_of_its_record(config):
    assert run_called(config.run) == config
    assert run_called(f"book/results/{config.run}.json") == config


def test_inception_trains_as_long_as_the_papers_longest_run_and_is_not_reduced_by_that():
    shorter = [paper_run("inception"), paper_run("inception-no-bn"), *find("renamed-classes").rows]
    assert {run.epochs for run in shorter} == {70} and not any(run.reduced for run in shorter)
    assert {paper_run(model).epochs for model in ("alexnet", "mlp-3x512", "mlp-1x512")} == {100}
    slow = [row for row in find("table-4").rows if row.learning_rate_decay > 0.95]
    assert [row.epochs for row in slow] == [300, 300]
    assert {reduced(run).epochs for run in (*shorter, *slow)} == {100}, "at most: they stop when fitted"
