"""Tiny runs whose numbers are known: they notice when the training numerics change."""

from __future__ import annotations

import pytest

from rethinking.training import RECIPE, RunConfig, batches, train

CHANGED = (
    "The training numerics have changed: the same config now gives another record. If that is meant, raise "
    "rethinking.training.record.RECIPE by one, so that older records count as stale, and put the new numbers here."
)


@pytest.mark.usefixtures("one_thread")
@pytest.mark.parametrize(("precision", "tolerance"), [("float32", 2e-4), ("bfloat16", 4e-3)])
def test_the_numerics_are_those_of_this_recipe(precision, tolerance):
    config = RunConfig(
        model="mlp-1x512", dataset="cifar10-mini", train_size=512, epochs=3, weight_decay=0.01, precision=precision
    )
    history = train(config, device="cpu").history
    numbers = {"recipe": RECIPE, "train_loss": history["train_loss"], "test_loss": history["test_loss"]}
    assert numbers == GOLDEN | {
        name: pytest.approx(GOLDEN[name], abs=tolerance) for name in ("train_loss", "test_loss")
    }, CHANGED


GOLDEN = {
    "recipe": 1,
    "train_loss": [1.91386, 1.46316, 1.06207],
    "test_loss": [2.35108, 2.39100, 2.40596],
}


@pytest.mark.usefixtures("one_thread")
@pytest.mark.parametrize("model", ["inception", "alexnet"])
def test_those_of_convolutions_fresh_views_and_corrupted_labels_are_of_this_recipe_too(model, monkeypatch):
    """With steps so short that a processor's rounding moves the losses by 0.0002 at most: at the paper's rate Inception
    would multiply it by thousands within an epoch."""
    load = batches.load
    monkeypatch.setattr(batches, "load", lambda name, split: load(name, split).first(64 if split == "train" else 20))
    history = train(RunConfig(model=model, dataset="cifar10-mini", epochs=2, **SHORT[model]), device="cpu").history
    for name, losses in GOLDEN_SHORT[model].items():
        assert history[name] == pytest.approx(losses, abs=1e-3), f"{model}, {name}: {CHANGED}"


SHORT = {
    "inception": {"random_crop": True, "augmentation": True, "train_size": 32, "batch_size": 4, "learning_rate": 3e-5},
    "alexnet": {"corruption": "random-labels", "batch_size": 16, "learning_rate": 3e-3, "weight_decay": 0.5},
}
GOLDEN_SHORT = {
    "inception": {"train_loss": [2.49200, 2.50060], "test_loss": [2.45473, 2.44870]},
    "alexnet": {"train_loss": [2.18040, 2.06373], "test_loss": [2.45008, 2.53517]},
}
