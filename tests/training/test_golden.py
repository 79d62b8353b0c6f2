"""A tiny run whose numbers are known: it notices when the training numerics change."""

from __future__ import annotations

import pytest

from rethinking.training import RECIPE, RunConfig, train

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
