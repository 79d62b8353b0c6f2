"""Trained networks are kept, found again, and named by the hash in their record."""

from __future__ import annotations

import pytest
import torch

from rethinking.experiments import records, weights
from rethinking.experiments.runner import run_missing
from rethinking.training import checkpoint, evaluate, initial_network
from rethinking.training.batches import prepare


@pytest.fixture
def run(small_run):
    return small_run(epochs=4, corruption="random-labels")


@pytest.mark.usefixtures("one_thread")
def test_a_runs_network_is_kept_and_is_the_one_the_record_speaks_of(run, tmp_path, monkeypatch):
    run_missing([run], device="cpu", folder=tmp_path)
    record = records.find(run, tmp_path)
    monkeypatch.setattr(weights, "train", lambda *args, **kwargs: pytest.fail("it was kept, so nothing is trained"))
    network = weights.network(run)
    assert checkpoint.sha256(network) == record.weights
    scored = evaluate(network, prepare(run, torch.device("cpu")).evaluation_batches("test"))
    assert scored.accuracy == record.test_accuracy


@pytest.mark.usefixtures("one_thread")
def test_a_network_that_is_not_kept_is_trained_again_to_the_same_weights(run, tmp_path):
    run_missing([run], device="cpu", folder=tmp_path)
    for damage in (lambda path: path.unlink(), lambda path: path.write_bytes(b"not weights")):
        damage(weights.path_of(run))
        assert checkpoint.sha256(weights.network(run)) == records.find(run, tmp_path).weights
        assert weights.path_of(run).exists()


@pytest.mark.parametrize("change", ["run", "recipe"])
def test_weights_of_another_run_or_recipe_do_not_stand_in(change, run, small_run, monkeypatch):
    class TrainedAgain(Exception): ...

    def training(*args, **kwargs):
        raise TrainedAgain

    kept = small_run(epochs=4, corruption="true-labels") if change == "run" else run
    checkpoint.save(weights.path_of(run), kept, model=initial_network(run, 10).state_dict())
    monkeypatch.setattr(weights, "train", training)
    if change == "recipe":
        assert weights.network(run)
        monkeypatch.setattr(checkpoint, "RECIPE", checkpoint.RECIPE + 1)
    with pytest.raises(TrainedAgain):
        weights.network(run)


def test_the_hash_sees_every_weight(run):
    model = initial_network(run, 10)
    before = checkpoint.sha256(model)
    assert checkpoint.sha256(initial_network(run, 10)) == before
    with torch.no_grad():
        next(model.parameters()).view(-1)[-1] += 1e-6
    assert checkpoint.sha256(model) != before
