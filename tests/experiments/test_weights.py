"""Trained networks are kept, found again, and named by the hash in their record."""

from __future__ import annotations

import re
import threading
import time

import pytest
import torch

from rethinking.experiments import RecordError, lease, records, weights
from rethinking.experiments.lease import LeaseLost, Leases
from rethinking.experiments.machine import measuring
from rethinking.experiments.runner import run_missing
from rethinking.training import OutOfTime, checkpoint, evaluate, initial_network, sgd
from rethinking.training.batches import prepare


@pytest.fixture
def run(small_run):
    return small_run(epochs=4, corruption="random-labels")


@pytest.mark.usefixtures("one_thread")
def test_a_runs_network_is_kept_and_is_the_one_the_record_speaks_of(run, tmp_path, monkeypatch):
    run_missing([run], device="cpu", folder=tmp_path)
    record = records.find(run, tmp_path)
    monkeypatch.setattr(weights, "fit", lambda *args, **kwargs: pytest.fail("it was kept, so nothing is trained"))
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


def test_a_network_that_another_worker_trains_is_waited_for(run, monkeypatch):
    monkeypatch.setattr(lease, "HEARTBEAT", 0.05)
    monkeypatch.setattr(weights, "fit", lambda *args, **kwargs: pytest.fail("another is at it"))
    held = Leases(records.checkpoint_folder()).take(run.run)
    trained = initial_network(run, 10)

    def end():
        checkpoint.save(weights.path_of(run), run, model=trained.state_dict())
        held.finish()

    timer = threading.Timer(0.5, end)
    timer.start()
    assert checkpoint.sha256(weights.network(run)) == checkpoint.sha256(trained)
    timer.join()


def test_a_weights_folder_that_cannot_be_written_is_named_before_any_training(run, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("RETHINKING_WEIGHTS", str(tmp_path / "file" / "weights"))
    monkeypatch.setattr(weights, "fit", lambda *args, **kwargs: pytest.fail("it was trained"))
    with pytest.raises(RecordError, match="weights"):
        run_missing([run], device="cpu", folder=tmp_path)


def test_weights_of_another_network_are_named(run):
    checkpoint.save(weights.path_of(run), run, model={})
    with pytest.raises(RecordError, match=r"\.pt holds the weights of another network .* delete it"):
        weights.network(run)


@pytest.mark.parametrize("change", ["run", "recipe"])
def test_weights_of_another_run_or_recipe_do_not_stand_in(change, run, small_run, monkeypatch):
    class TrainedAgain(Exception): ...

    def training(*args, **kwargs):
        raise TrainedAgain

    kept = small_run(epochs=4, corruption="true-labels") if change == "run" else run
    checkpoint.save(weights.path_of(run), kept, model=initial_network(run, 10).state_dict())
    monkeypatch.setattr(weights, "fit", training)
    if change == "recipe":
        assert weights.network(run)
        monkeypatch.setattr(checkpoint, "RECIPE", checkpoint.RECIPE + 1)
    with pytest.raises(TrainedAgain):
        weights.network(run)


def test_runs_whose_names_coincide_do_not_overwrite_each_others_weights(small_run):
    one, other = (small_run(dataset=f"folder:/a{between}b") for between in "/-")
    checkpoint.save(weights.path_of(one), one, model={})
    before = weights.path_of(other).read_bytes()
    with pytest.raises(RecordError, match="the run on folder:/a/b, whose name is the same.*RETHINKING_WEIGHTS"):
        weights.network(other)
    assert weights.path_of(one).read_bytes() == before


@pytest.mark.parametrize("finished", [False, True])
def test_whoever_loses_a_run_while_writing_leaves_the_others_files_alone(run, finished, monkeypatch):
    """The holder stalls in its last epoch's checkpoint, and another takes the run over, and perhaps ends it."""
    folder, save = records.checkpoint_folder(), checkpoint.save
    lease = Leases(folder).take(run.run)

    def stall(path, config, **state):
        if len(state["history"]["epoch"]) == config.epochs:
            if finished:
                save(weights.path_of(config), config, model=state["model"])
                for file in folder.glob("*/*.lease-*"):
                    file.unlink()
            else:
                (folder / f"{run.run}.lease-{lease.generation + 1}").touch()
        save(path, config, **state)

    monkeypatch.setattr(checkpoint, "save", stall)
    with lease, pytest.raises(LeaseLost):
        weights.train_under(lease, run, device="cpu", keep=lambda record: pytest.fail("another's record"))
    assert weights.path_of(run).exists() == finished
    assert (folder / f"{run.run}.pt").exists() == (not finished), "the other goes on from there, or is done with it"


def test_a_lease_that_was_deleted_by_hand_costs_no_epoch(run, monkeypatch):
    folder, save = records.checkpoint_folder(), checkpoint.save

    def swept(path, config, **state):
        save(path, config, **state)
        for file in folder.glob("*/*.lease-*"):
            file.unlink()

    monkeypatch.setattr(checkpoint, "save", swept)
    with Leases(folder).take(run.run) as lease, pytest.raises(LeaseLost):
        weights.train_under(lease, run, device="cpu")
    assert len(checkpoint.load(folder / f"{run.run}.pt", run)["history"]["epoch"]) >= 1


@pytest.mark.usefixtures("one_thread")
def test_a_network_trained_for_itself_gives_the_record_without_another_training(run, tmp_path, monkeypatch):
    hashed = checkpoint.sha256(weights.network(run))
    monkeypatch.setattr(sgd, "_train_epoch", lambda *args: pytest.fail("it was trained"))
    trained_on = {"device_name": "another machine", "date": "2017-04-24"}
    here = sgd.describe
    monkeypatch.setattr(sgd, "describe", lambda device: {**here(device), "device_name": "this machine"})
    unfinished = records.checkpoint_folder() / f"{run.run}.pt"
    saved = checkpoint.load(unfinished, run)
    saved["environments"] = [saved["environments"][0] | trained_on]
    torch.save(saved, unfinished)
    run_missing([run], device="cpu", folder=tmp_path)
    record = records.find(run, tmp_path)
    assert record.epochs == run.epochs and record.weights == hashed
    assert trained_on.items() <= record.environment.items(), "where it was trained"
    assert "earlier" not in record.environment
    assert not list(records.checkpoint_folder().rglob("*.pt"))


def test_a_network_that_is_trained_beside_its_record_leaves_no_checkpoint(run, tmp_path, monkeypatch):
    monkeypatch.setenv("RETHINKING_RESULTS", str(tmp_path))
    run_missing([run], device="cpu")
    weights.path_of(run).unlink()
    weights.network(run)
    assert not list(records.checkpoint_folder().rglob("*.pt"))


def test_a_network_is_not_trained_past_the_deadline(run):
    with measuring("cpu", deadline=time.monotonic() - 1), pytest.raises(OutOfTime):
        weights.network(run)


def test_weights_that_cannot_be_read_are_named_with_the_way_out(run):
    weights.path_of(run).mkdir(parents=True)  # a folder where the file should be
    with pytest.raises(RecordError, match=f"{re.escape(str(weights.path_of(run)))}.*set RETHINKING_CHECKPOINTS"):
        weights.network(run)


def test_the_hash_sees_every_weight(run):
    model = initial_network(run, 10)
    before = checkpoint.sha256(model)
    assert checkpoint.sha256(initial_network(run, 10)) == before
    with torch.no_grad():
        next(model.parameters()).view(-1)[-1] += 1e-6
    assert checkpoint.sha256(model) != before
