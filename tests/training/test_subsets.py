"""Accuracies on part of the images, replaced examples, random signs: what the runs beside the paper's are made of."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from rethinking.data import class_renaming, load
from rethinking.training import RunRecord, image_sets, train
from rethinking.training.batches import prepare

CPU = torch.device("cpu")


def test_kept_and_wrong_labels_make_up_the_training_accuracy(small_run):
    config = small_run(corruption="partially-corrupted-labels(0.5)", epochs=12)
    history = train(config, device="cpu").history
    train_set, _ = image_sets(config)
    wrong = np.mean(train_set.labels != load("cifar10-mini", "train").labels[: len(train_set)])
    assert 0.35 < wrong < 0.55  # 0.5 times nine in ten
    for epoch in range(12):
        parts = (1 - wrong) * history["kept_accuracy"][epoch] + wrong * history["wrong_accuracy"][epoch]
        assert parts == pytest.approx(history["train_accuracy"][epoch], abs=1e-6)
    assert history["wrong_accuracy"][-1] == 1.0 and history["wrong_true_accuracy"][-1] == 0.0, "all is memorized"


def test_renamed_classes_are_learnt_under_their_new_names(small_run):
    config = small_run(corruption="permuted-classes", train_size=2000, epochs=15)
    history = train(config, device="cpu").history
    assert history["renamed_test_accuracy"][-1] > 0.25
    assert history["test_accuracy"][-1] < 0.12
    renaming = class_renaming(10, config.seed)
    data = prepare(config, CPU)
    truth = torch.from_numpy(load("cifar10-mini", "test").labels)
    assert torch.equal(data.subsets["renamed_test_accuracy"].labels, torch.from_numpy(renaming)[truth])


def test_subset_columns_survive_the_record(small_run):
    record = train(small_run(corruption="partially-corrupted-labels(0.5)"), device="cpu")
    assert RunRecord.from_dict(json.loads(json.dumps(record.to_dict()))) == record
    assert "kept_accuracy" not in train(small_run(), device="cpu").history


@pytest.mark.parametrize("corruption", ["true-labels", "random-labels"])
def test_a_replaced_example_is_the_only_difference(small_run, corruption):
    config, other = small_run(corruption=corruption), small_run(corruption=corruption, replaced_example=7)
    (train_set, test_set), (changed, same) = image_sets(config), image_sets(other)
    differing = np.flatnonzero((train_set.images != changed.images).any(axis=(1, 2, 3)))
    assert list(differing) == [7]
    assert list(np.flatnonzero(train_set.labels != changed.labels)) in ([], [7])
    np.testing.assert_array_equal(changed.images[7], test_set.images[-1])
    np.testing.assert_array_equal(test_set.images, same.images)
    if corruption == "true-labels":
        assert changed.labels[7] == test_set.labels[-1]


def test_a_fresh_example_draws_a_label_of_its_own(small_run):
    changed = 0
    for seed in range(40):
        pair = [image_sets(small_run(corruption="random-labels", seed=seed, replaced_example=k))[0] for k in (None, 0)]
        changed += pair[0].labels[0] != pair[1].labels[0]
    assert 27 <= changed < 40, "nine in ten, give or take; the labels differ from seed to seed"


def test_an_example_that_is_not_there_cannot_be_replaced(small_run):
    with pytest.raises(ValueError, match="example 200 of 200"):
        image_sets(small_run(replaced_example=200))


def test_random_signs_are_two_classes_evenly(small_run):
    train_set, test_set = image_sets(small_run(corruption="random-signs", train_size=2000))
    for split in (train_set, test_set):
        assert len(split.classes) == 2
        assert abs(split.labels.mean() - 0.5) < 4 * 0.5 / np.sqrt(len(split))
    truth = load("cifar10-mini", "train").labels
    assert abs(np.corrcoef(train_set.labels, truth)[0, 1]) < 0.1, "the signs know nothing of the classes"
    assert prepare(small_run(corruption="random-signs"), CPU).classes == 2


def test_random_signs_are_fitted(small_run):
    assert train(small_run(corruption="random-signs", epochs=30), device="cpu").train_accuracy == 1.0
