"""A config is checked whole, and its name is its own."""

from __future__ import annotations

import dataclasses
import re

import pytest

from rethinking.experiments import EXPERIMENTS
from rethinking.experiments.plan import PAPER_MODELS, reduced
from rethinking.models import MODELS
from rethinking.training import LEARNING_RATES, RunConfig

NAN = float("nan")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("model", "resnet"),
        ("corruption", "noise"),
        ("corruption", "partially-corrupted-labels(1.5)"),
        ("train_size", 0),
        ("weight_decay", -1e-4),
        ("weight_decay", NAN),
        ("learning_rate", -0.1),
        ("learning_rate", NAN),
        ("learning_rate_decay", 1.01),
        ("learning_rate_decay", NAN),
        ("momentum", -0.1),
        ("momentum", 1.1),
        ("batch_size", 0),
        ("epochs", 0),
        ("seed", -1),
        ("precision", "float16"),
        ("random_crop", 1),
        ("augmentation", "no"),
    ],
)
def test_a_value_out_of_range_is_named(field, value):
    with pytest.raises(ValueError) as caught:
        RunConfig(**{"model": "mlp-1x512", field: value})
    assert field in str(caught.value)
    assert str(value).strip("()") in str(caught.value)


@pytest.mark.parametrize("regularizer", ["random_crop", "augmentation"])
@pytest.mark.parametrize("corruption", ["shuffled-pixels", "random-pixels", "random-values", "gaussian"])
def test_corrupted_pixels_are_not_cropped_or_augmented(regularizer, corruption):
    with pytest.raises(ValueError, match=f"{corruption}.*cannot be combined"):
        RunConfig(model="inception", corruption=corruption, **{regularizer: True})


@pytest.mark.parametrize("other", [{"corruption": "gaussian"}, {"corruption": "random-signs"}, {"random_crop": True}])
def test_an_example_is_replaced_only_where_its_label_alone_may_be_corrupted(other):
    with pytest.raises(ValueError, match="replaced_example 3 goes with"):
        RunConfig(model="mlp-1x512", replaced_example=3, **other)


def test_the_learning_rate_is_the_papers():
    rates = {"inception": 0.1, "inception-no-bn": 0.1, "alexnet": 0.01, "mlp-3x512": 0.01, "mlp-1x512": 0.01}
    assert {model: RunConfig(model=model).learning_rate for model in PAPER_MODELS} == rates
    assert set(LEARNING_RATES) == set(MODELS)
    assert RunConfig(model="inception", learning_rate=0.1) == RunConfig(model="inception")


def test_a_model_without_a_learning_rate_is_named(monkeypatch):
    monkeypatch.delitem(LEARNING_RATES, "alexnet")
    with pytest.raises(ValueError, match="alexnet has no learning rate; give it one in LEARNING_RATES"):
        RunConfig(model="alexnet")
    assert RunConfig(model="alexnet", learning_rate=0.1).learning_rate == 0.1


def test_one_spelling_for_one_corruption():
    spelled = {
        RunConfig(model="alexnet", corruption=f"partially-corrupted-labels({p})") for p in ("0.4", ".40", "4e-1")
    }
    assert len(spelled) == 1
    assert RunConfig(model="alexnet", corruption="partially-corrupted-labels(-0.0)").corruption.endswith("(0.0)")


def test_every_change_changes_the_name():
    changes = {
        "model": "alexnet",
        "dataset": "mnist",
        "corruption": "random-labels",
        "train_size": 100,
        "replaced_example": 3,
        "random_crop": True,
        "augmentation": True,
        "weight_decay": 0.1,
        "learning_rate": 0.2,
        "learning_rate_decay": 0.5,
        "momentum": 0.5,
        "batch_size": 7,
        "epochs": 3,
        "precision": "bfloat16",
        "stop_at_accuracy": 0.99,
        "test_every": 2,
        "seed": 1,
    }
    assert set(changes) == {field.name for field in dataclasses.fields(RunConfig)}
    plain = {"model": "mlp-1x512"}
    names = {RunConfig(**plain).run} | {RunConfig(**plain | {field: value}).run for field, value in changes.items()}
    assert len(names) == len(changes) + 1


def test_names_of_planned_runs_are_unique_and_plain():
    planned = {config for plan in EXPERIMENTS.values() for config in plan.runs()}
    everything = planned | {reduced(config) for config in planned}
    names = {config.run.lower() for config in everything}  # some file systems do not tell case
    assert len(names) == len(everything)
    assert all(re.fullmatch(r"[\w-][\w.-]*/[\w-][\w.-]*", name) and len(name) < 200 for name in names)


def test_a_folders_name_is_a_file_name():
    assert "/" not in RunConfig(model="alexnet", dataset="folder:/home/me/pets").slug


@pytest.mark.parametrize(
    ("changes", "smaller"),
    [
        ({}, False),
        ({"train_size": 50_000}, False),
        ({"train_size": 49_999}, True),
        ({"epochs": 68}, False),
        ({"epochs": 67}, True),
        ({"dataset": "cifar10-mini"}, True),
    ],
)
def test_a_run_smaller_than_the_papers_is_reduced(changes, smaller):
    assert RunConfig(**{"model": "mlp-1x512", "epochs": 100} | changes).reduced == smaller


@pytest.mark.parametrize(
    ("field", "value"),
    [("epochs", 2.5), ("seed", 1.5), ("batch_size", "128"), ("learning_rate", float("inf")), ("dataset", "imagenet")],
)
def test_numbers_must_be_numbers_and_data_sets_known(field, value):
    with pytest.raises(ValueError, match=f"{field.replace('dataset', 'data set')}.*{value}"):
        RunConfig(model="mlp-1x512", **{field: value})


def test_a_run_ends_after_its_epochs_or_once_it_has_fitted():
    run = RunConfig(model="mlp-1x512", epochs=3)
    assert [run.ends_after([1.0] * n) for n in range(5)] == [False, False, False, True, True]
    stopping = RunConfig(model="mlp-1x512", epochs=3, stop_at_accuracy=0.99)
    assert stopping.reduced
    assert [stopping.ends_after(seen) for seen in ([], [0.98], [0.99], [0.98] * 3)] == [False, False, True, True]


def test_a_number_is_the_same_however_it_is_written():
    one, other = (RunConfig(model="mlp-1x512", learning_rate_decay=d, weight_decay=w) for d, w in ((1, 0), (1.0, 0.0)))
    assert one == other and one.run == other.run
