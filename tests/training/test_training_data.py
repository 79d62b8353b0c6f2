"""What a run trains on: the corrupted data, drawn once, each image once an epoch."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from rethinking import models
from rethinking.data import load
from rethinking.training import image_sets, train
from rethinking.training.batches import TrainingData, prepare

CORRUPTIONS = (
    *("true-labels", "random-labels", "shuffled-pixels", "random-pixels", "random-values", "gaussian"),
    "permuted-classes",
)
CPU = torch.device("cpu")


@pytest.fixture
def asked(monkeypatch) -> list[tuple[np.ndarray, int]]:
    """The indices of each training batch and the seed of its augmentation, in the order they are asked for."""
    found: list[tuple[np.ndarray, int]] = []
    original = TrainingData.training_batch

    def spy(self, index, generator):
        found.append((index.numpy().copy(), generator.initial_seed()))
        return original(self, index, generator)

    monkeypatch.setattr(TrainingData, "training_batch", spy)
    return found


def test_each_seed_and_each_epoch_has_an_augmentation_of_its_own(small_run, asked):
    for seed in (0, 1):
        train(small_run(random_crop=True, epochs=2, seed=seed), device="cpu")
    assert len({seed for _, seed in asked}) == 4


@pytest.mark.parametrize("corruption", CORRUPTIONS)
def test_the_corruption_is_drawn_once(small_run, corruption):
    """Two passes over the training set are the same to the last bit, however often it is prepared."""
    config = small_run(corruption=corruption)
    first, second = prepare(config, CPU), prepare(config, CPU)
    everything = torch.arange(200)
    for a, b in (
        (first.train_inputs, second.train_inputs),
        (first.train_labels, second.train_labels),
        (first.test_inputs, second.test_inputs),
        (first.test_labels, second.test_labels),
        (first.training_batch(everything, torch.Generator()), first.training_batch(everything, torch.Generator())),
        (first.training_batch(everything, torch.Generator()), first.train_inputs),
    ):
        assert torch.equal(a, b)


@pytest.mark.parametrize("corruption", CORRUPTIONS)
def test_the_corruption_reaches_the_run(small_run, corruption):
    data = prepare(small_run(corruption=corruption), CPU)
    clean = prepare(small_run(), CPU)
    on_labels = corruption in ("random-labels", "permuted-classes")
    on_pixels = corruption in ("shuffled-pixels", "random-pixels", "random-values", "gaussian")
    assert torch.equal(data.train_labels, clean.train_labels) != on_labels
    assert torch.equal(data.train_inputs, clean.train_inputs) != on_pixels
    assert torch.equal(data.test_inputs, clean.test_inputs) != on_pixels
    assert torch.equal(data.test_labels, clean.test_labels)
    evaluated = torch.cat([labels for _, labels in data.evaluation_batches("train")])
    assert torch.equal(evaluated, data.train_labels)


def test_inputs_are_standardized_once(small_run):
    for corruption in ("true-labels", "gaussian"):
        inputs = prepare(small_run(corruption=corruption), CPU).train_inputs.flatten(1)
        torch.testing.assert_close(inputs.std(dim=1, correction=0), torch.ones(200), atol=1e-3, rtol=0)


def test_train_size_takes_the_first_images(small_run):
    train_set, test_set = image_sets(small_run(train_size=123))
    np.testing.assert_array_equal(train_set.labels, load("cifar10-mini", "train").labels[:123])
    assert (len(train_set), len(test_set)) == (123, 1000)
    with pytest.raises(ValueError, match="2001 of 2000"):
        image_sets(small_run(train_size=2001))


def test_every_epoch_sees_each_image_once_in_another_order(small_run, asked):
    train(small_run(train_size=210, epochs=3), device="cpu")
    assert [len(batch) for batch, _ in asked] == [50, 50, 50, 50, 10] * 3
    orders = [np.concatenate([batch for batch, _ in asked[first : first + 5]]) for first in (0, 5, 10)]
    for order in orders:
        assert sorted(order) == list(range(210))
    assert len({order.tobytes() for order in orders}) == 3


def test_runs_that_differ_in_corruption_share_all_other_randomness(small_run, asked, monkeypatch):
    starts = []
    build = models.build

    def spy(*args, **kwargs):
        model = build(*args, **kwargs)
        starts.append(torch.cat([parameter.detach().flatten() for parameter in model.parameters()]))
        return model

    monkeypatch.setattr(models, "build", spy)
    for corruption in CORRUPTIONS:
        train(small_run(corruption=corruption, epochs=1), device="cpu")
    assert len(starts) == len(CORRUPTIONS)
    assert all(torch.equal(start, starts[0]) for start in starts)
    orders = np.concatenate([batch for batch, _ in asked]).reshape(len(CORRUPTIONS), -1)
    assert (orders == orders[0]).all()
    train(small_run(epochs=1, seed=1), device="cpu")
    assert not torch.equal(starts[-1], starts[0])
    assert (np.concatenate([batch for batch, _ in asked[-4:]]) != orders[0]).any()


@pytest.mark.parametrize("regularizer", ["random_crop", "augmentation"])
def test_regularizers_draw_a_new_view_at_each_step(small_run, regularizer):
    data = prepare(small_run(**{regularizer: True}), CPU)
    generator, index = torch.Generator().manual_seed(0), torch.tensor([5, 3, 8])
    first, second = data.training_batch(index, generator), data.training_batch(index, generator)
    assert first.shape == second.shape == (3, 3, 28, 28)
    assert not torch.equal(first, second)
    torch.testing.assert_close(first.flatten(1).std(dim=1, correction=0), torch.ones(3), atol=1e-3, rtol=0)
    # evaluation keeps the centre crops
    assert torch.equal(data.evaluation_batches("train")[0][0], prepare(small_run(), CPU).train_inputs)


def test_a_random_crop_is_a_window_of_the_right_image(small_run):
    data = prepare(small_run(random_crop=True), CPU)
    index = torch.tensor([7, 0])
    views = data.training_batch(index, torch.Generator().manual_seed(1))
    raw = load("cifar10-mini", "train").images[index]
    for view, image in zip(views, raw, strict=True):
        windows = np.lib.stride_tricks.sliding_window_view(image, (28, 28), axis=(1, 2))
        windows = torch.from_numpy(windows.transpose(1, 2, 0, 3, 4).reshape(25, 3, 28, 28).copy()).float()
        flat = windows.flatten(1)
        white = (flat - flat.mean(dim=1, keepdim=True)) / flat.std(dim=1, correction=0, keepdim=True)
        assert (white - view.flatten()).abs().amax(dim=1).min() < 1e-4
