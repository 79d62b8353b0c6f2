"""Trained networks are kept, found again, and named by the hash in their record."""

from __future__ import annotations

import pytest
import torch

from rethinking.experiments import records, weights
from rethinking.experiments.runner import run_missing
from rethinking.training import evaluate, initial_network
from rethinking.training import weights as files
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
    assert files.sha256(network) == record.weights
    scored = evaluate(network, prepare(run, torch.device("cpu")).evaluation_batches("test"))
    assert scored.accuracy == record.test_accuracy


@pytest.mark.usefixtures("one_thread")
def test_a_network_that_is_not_kept_is_trained_again_to_the_same_weights(run, tmp_path):
    run_missing([run], device="cpu", folder=tmp_path)
    for damage in (lambda path: path.unlink(), lambda path: path.write_bytes(b"not weights")):
        damage(weights.path_of(run))
        assert files.sha256(weights.network(run)) == records.find(run, tmp_path).weights
        assert weights.path_of(run).exists()


def test_weights_of_another_shape_are_left_alone(run, small_run, tmp_path):
    path = tmp_path / "w.pt"
    files.save(path, initial_network(small_run(model="mlp-3x512"), 10))
    model = initial_network(run, 10)
    before = files.sha256(model)
    assert not files.load(path, model) and files.sha256(model) == before
    assert not files.load(tmp_path / "missing.pt", model)


def test_the_hash_sees_every_weight(run):
    model = initial_network(run, 10)
    before = files.sha256(model)
    assert files.sha256(initial_network(run, 10)) == before
    with torch.no_grad():
        next(model.parameters()).view(-1)[-1] += 1e-6
    assert files.sha256(model) != before
