"""A run trains as its config says, ends in a valid record, and the same config gives the same record."""

from __future__ import annotations

import errno
import json
import math
import time
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from rethinking import models
from rethinking.training import DeviceError, OutOfTime, RunRecord, batches, checkpoint, evaluate, sgd, train
from rethinking.training.device import resolve

pytestmark = pytest.mark.usefixtures("one_thread")


def test_random_labels_are_memorized_and_teach_nothing(small_run):
    """Training accuracy counts the corrupted labels, test accuracy the true ones."""
    record = train(small_run(corruption="random-labels", epochs=40, learning_rate=0.02), device="cpu")
    assert record.train_accuracy == 1
    assert 0.05 < record.test_accuracy < 0.15  # five standard deviations around chance
    assert record.generalization_gap > 0.8


def test_gaussian_images_are_memorized_and_teach_nothing(small_run):
    record = train(small_run(corruption="gaussian", epochs=40, learning_rate=0.02), device="cpu")
    assert record.train_accuracy == 1
    assert 0.05 < record.test_accuracy < 0.15


def test_true_labels_teach_something(small_run):
    assert train(small_run(train_size=1000, epochs=6), device="cpu").test_accuracy > 0.2


def test_the_same_config_gives_the_same_record(small_run, outcome):
    config = small_run(corruption="random-labels", random_crop=True)
    torch.manual_seed(1)
    first = train(config, device="cpu")
    torch.manual_seed(2)
    np.random.seed(3)  # noqa: NPY002 - the point is that no global state matters
    assert outcome(train(config, device="cpu")) == outcome(first)


SETTINGS = {
    "model": "mlp-3x512",
    "corruption": "random-labels",
    "train_size": 199,
    "replaced_example": 7,
    "random_crop": True,
    "augmentation": True,
    "weight_decay": 0.1,
    "learning_rate": 0.02,
    "learning_rate_decay": 0.5,
    "momentum": 0.0,
    "batch_size": 40,
    "precision": "bfloat16",
    "seed": 1,
}


@pytest.fixture(scope="module")
def plain_losses(small_run) -> list[float]:
    return train(small_run(), device="cpu").history["train_loss"]


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_setting_changes_what_is_learnt(small_run, plain_losses, setting):
    assert train(small_run(**{setting: SETTINGS[setting]}), device="cpu").history["train_loss"] != plain_losses


def test_the_learning_rate_falls_each_epoch(small_run):
    history = train(small_run(learning_rate_decay=0.5), device="cpu").history
    assert history["learning_rate"] == [0.01, 0.005, 0.0025]


def test_the_learning_rate_is_the_one_in_use(small_run):
    """With a decay of zero nothing moves after the first epoch."""
    history = train(small_run(learning_rate_decay=0.0), device="cpu").history
    assert history["train_loss"][0] == history["train_loss"][1] == history["train_loss"][2]
    assert history["train_loss"][0] < math.log(10)


def test_weight_decay_shrinks_weights_and_not_biases(small_run):
    model = models.build("mlp-3x512")
    for parameter in model.parameters():
        torch.nn.init.ones_(parameter)
        parameter.grad = torch.zeros_like(parameter)
    sgd._sgd(model, small_run(weight_decay=0.3, learning_rate=0.1)).step()
    for name, parameter in model.named_parameters():
        expected = 1 - 0.1 * 0.3 if name.endswith("weight") else 1.0
        torch.testing.assert_close(parameter, torch.full_like(parameter, expected))


def test_momentum_is_the_papers(small_run):
    """Steps of v <- 0.9 v + gradient, w <- w - rate v."""
    weight = torch.nn.Linear(1, 1, bias=False)
    torch.nn.init.zeros_(weight.weight)
    optimizer = sgd._sgd(weight, small_run(learning_rate=0.1))
    for expected in (-0.1, -0.29, -0.561):
        weight.weight.grad = torch.ones(1, 1)
        optimizer.step()
        assert weight.weight.item() == pytest.approx(expected)


def test_evaluation_by_hand():
    model = torch.nn.Flatten()  # the inputs are the scores
    scores = torch.tensor([[2.0, 0.0], [0.0, 0.0], [-1.0, 1.0], [3.0, 0.0]]).view(4, 2, 1, 1)
    labels = torch.tensor([0, 1, 1, 1])
    parts = [(scores[:3], labels[:3]), (scores[3:], labels[3:])]  # the last batch is smaller
    loss, accuracy, _ = evaluate(model, parts)
    by_hand = [math.log1p(math.exp(-2)), math.log(2), math.log1p(math.exp(-2)), 3 + math.log1p(math.exp(-3))]
    assert loss == pytest.approx(sum(by_hand) / 4, rel=1e-5)
    assert accuracy == 0.5


def test_evaluation_uses_batch_norms_running_averages(small_run):
    model = models.build("inception").train()
    images = torch.randn(4, 3, 28, 28)
    labels = torch.zeros(4, dtype=torch.long)
    whole = evaluate(model, [(images, labels)])
    one_by_one = evaluate(model, [(images[k : k + 1], labels[k : k + 1]) for k in range(4)])
    assert whole[:2] == pytest.approx(one_by_one[:2], rel=1e-4)
    assert torch.equal(whole.predictions, one_by_one.predictions)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_a_loss_that_is_not_finite_ends_the_run_as_diverged(small_run, precision):
    record = train(small_run(learning_rate=1e20, epochs=50, precision=precision), device="cpu")
    assert record.status == "diverged"
    assert record.epochs < 50
    text = json.dumps(record.to_dict(), allow_nan=False)
    assert RunRecord.from_dict(json.loads(text)) == record


def test_step_losses_are_means_of_a_hundred(small_run):
    still = train(small_run(batch_size=2, epochs=2, learning_rate=0.0), device="cpu")  # 100 steps an epoch
    assert still.step_losses == pytest.approx(still.history["train_loss"], abs=1e-5)
    assert len(train(small_run(train_size=210, batch_size=2, epochs=1), device="cpu").step_losses) == 1


@pytest.mark.parametrize("model", ["inception", "inception-no-bn", "alexnet"])
def test_convolutional_networks_train(small_run, made_up, monkeypatch, model):
    monkeypatch.setattr(batches, "load", lambda name, split: made_up(20))
    record = train(small_run(model=model, train_size=20, batch_size=10, epochs=1, learning_rate=0.01), device="cpu")
    assert record.status == "finished"


def test_devices_that_are_not_there():
    for device in ("tpu", "abacus", "cuda:99"):
        with pytest.raises(DeviceError, match=device):
            resolve(device)
    assert resolve("cpu").type == "cpu"


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has CUDA")
def test_cuda_where_there_is_none(small_run):
    with pytest.raises(DeviceError, match="'cuda' is not on this machine.*--device auto"):
        train(small_run(), device="cuda")


def test_no_time_no_training(small_run, tmp_path):
    with pytest.raises(OutOfTime):
        train(small_run(), device="cpu", checkpoint_path=tmp_path / "run.pt", deadline=time.monotonic() - 1)


def test_out_of_time_keeps_whole_epochs_and_resumes(small_run, tmp_path, monkeypatch, outcome):
    config, path = small_run(epochs=4, corruption="random-labels", random_crop=True), tmp_path / "run.pt"
    whole = train(config, device="cpu")
    clock = iter([0.0, 0.0, 100.0])
    fake = SimpleNamespace(monotonic=lambda: next(clock), perf_counter=time.perf_counter)
    monkeypatch.setattr(sgd, "time", fake)
    with pytest.raises(OutOfTime):
        train(config, device="cpu", checkpoint_path=path, deadline=50.0)
    monkeypatch.undo()
    epochs = []
    resumed = train(config, device="cpu", checkpoint_path=path, progress=lambda row: epochs.append(row["epoch"]))
    assert epochs == [3, 4]
    assert outcome(resumed) == outcome(whole)
    assert "earlier" not in resumed.environment and "earlier" not in whole.environment


@pytest.mark.parametrize("state", [{}, {"model": {}, "optimizer": {}}])
def test_a_checkpoint_that_other_code_made_counts_as_none(small_run, tmp_path, state, outcome):
    config, path = small_run(epochs=2), tmp_path / "run.pt"
    checkpoint.save(path, config, history={}, losses=[], **state)
    assert outcome(train(config, device="cpu", checkpoint_path=str(path))) == outcome(train(config, device="cpu"))


def test_the_record_of_a_run_that_moved_names_both_places(small_run, tmp_path, monkeypatch):
    config, path, here = small_run(epochs=3), tmp_path / "run.pt", sgd.describe(torch.device("cpu"))
    monkeypatch.setattr(sgd, "describe", lambda on: {**here, "device_name": "another machine"})
    clock = iter([0.0, 100.0])
    monkeypatch.setattr(sgd, "time", SimpleNamespace(monotonic=lambda: next(clock), perf_counter=time.perf_counter))
    with pytest.raises(OutOfTime):
        train(config, device="cpu", checkpoint_path=path, deadline=50.0)
    monkeypatch.undo()
    environment = train(config, device="cpu", checkpoint_path=path).environment
    assert [place["device_name"] for place in environment["earlier"]] == ["another machine"]
    assert environment["device_name"] == here["device_name"]


def test_a_checkpoint_whose_history_lacks_a_column_counts_as_none(small_run, tmp_path, outcome):
    config, path = small_run(), tmp_path / "run.pt"
    whole = train(config, device="cpu", checkpoint_path=path)
    saved = checkpoint.load(path, config)
    state = {name: saved[name] for name in ("model", "optimizer", "losses")}
    history = {name: column[:1] for name, column in saved["history"].items() if name != "test_loss"}
    checkpoint.save(path, config, history=history, **state)
    assert outcome(train(config, device="cpu", checkpoint_path=path)) == outcome(whole)


@pytest.mark.parametrize("damage", ["empty", "garbage", "truncated", "another run's"])
def test_a_checkpoint_that_does_not_fit_is_no_checkpoint(small_run, tmp_path, damage, outcome):
    config, path = small_run(), tmp_path / "run.pt"
    whole = train(config, device="cpu", checkpoint_path=path)
    if damage == "another run's":
        train(small_run(seed=1), device="cpu", checkpoint_path=path)
    else:
        path.write_bytes({"empty": b"", "garbage": b"garbage", "truncated": path.read_bytes()[:5000]}[damage])
    epochs = []
    again = train(config, device="cpu", checkpoint_path=path, progress=lambda row: epochs.append(row["epoch"]))
    assert epochs == [1, 2, 3]
    assert outcome(again) == outcome(whole)


def test_a_checkpoint_that_cannot_be_read_now_is_not_overwritten(small_run, tmp_path, monkeypatch):
    config, path = small_run(), tmp_path / "run.pt"
    train(config, device="cpu", checkpoint_path=path)
    kept = path.read_bytes()

    def out_of_reach(self):
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patch, pytest.raises(OSError, match="Input/output"):
        patch.setattr(type(path), "read_bytes", out_of_reach)
        train(config, device="cpu", checkpoint_path=path)
    assert path.read_bytes() == kept


def test_a_checkpoint_from_before_a_setting_existed_still_fits(small_run, tmp_path):
    config, path = small_run(), tmp_path / "run.pt"
    train(config, device="cpu", checkpoint_path=path)
    saved = torch.load(path, weights_only=True)
    del saved["config"]["replaced_example"]
    torch.save(saved, path)
    train(config, device="cpu", checkpoint_path=path, progress=lambda row: pytest.fail("it was all there"))


def test_a_run_that_stops_once_fitted_ends_there_and_its_record_reads_back(small_run, tmp_path):
    whole = train(small_run(epochs=40, learning_rate=0.02), device="cpu")
    stopped = train(small_run(epochs=40, learning_rate=0.02, stop_at_accuracy=0.9), device="cpu")
    assert stopped.epochs == whole.epochs_to_overfit(0.9) < 40
    assert stopped.history["train_loss"] == whole.history["train_loss"][: stopped.epochs]
    assert RunRecord.from_dict(stopped.to_dict()) == stopped
    history = {name: [*c, c[-1]] for name, c in stopped.history.items()} | {"epoch": [*range(1, stopped.epochs + 2)]}
    longer = stopped.to_dict() | {"history": history}
    with pytest.raises(ValueError, match=r"history has \d+ epochs"):
        RunRecord.from_dict(longer)


def test_the_test_set_may_be_scored_less_often_and_is_at_the_end(small_run):
    whole, sparse = (train(small_run(epochs=5, test_every=every), device="cpu") for every in (1, 3))
    seen = whole.history["test_accuracy"]
    assert sparse.history["test_accuracy"] == [None, None, seen[2], None, seen[4]]
    assert sparse.history["train_loss"] == whole.history["train_loss"]
    assert sparse.best_test_accuracy == max(seen[2], seen[4])
    assert RunRecord.from_dict(sparse.to_dict()) == sparse
