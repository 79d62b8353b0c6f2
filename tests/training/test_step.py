"""Steps that are captured and replayed are the steps taken one by one."""

from contextlib import contextmanager, nullcontext
from types import SimpleNamespace

import pytest
import torch

from rethinking import models
from rethinking.training import DeviceError, sgd, step
from rethinking.training.device import describe, way_of_steps

BATCHES = [(torch.randn(size, 3, 28, 28), torch.randint(10, (size,))) for size in (8, 8, 8, 8, 8, 8, 5, 8, 8)]
"""The seventh is an epoch's last."""


def trained(small_run, device: str, way: str, monkeypatch) -> tuple[list[float], dict[str, torch.Tensor]]:
    """The losses of two learning rates' steps over the batches, and the weights after them."""
    monkeypatch.setattr(step, "way_of_steps", lambda device: way)
    model = models.build("mlp-1x512").to(device).train()
    take = step.Step(model, sgd._sgd(model, small_run()), "float32", torch.device(device))
    losses = []
    for learning_rate in (0.1, 0.001):
        take.set_learning_rate(learning_rate)
        losses += [take(inputs.to(device), labels.to(device)).item() for inputs, labels in BATCHES]
    return losses, {name: tensor.cpu().clone() for name, tensor in model.state_dict().items()}


class Recording:
    """Stands in for a CUDA graph: replays by doing again what was done while it was recorded, which, other than with
    the real one, took effect then."""

    def __init__(self):
        self.replays = 0

    def replay(self):
        if self.replays:
            owner = self.owner
            owner.loss = owner._plain(owner.forward, owner.inputs, owner.labels)
        self.replays += 1


@pytest.fixture
def recording(monkeypatch):
    """As if there were CUDA; the graphs that were recorded."""
    made = []

    @contextmanager
    def graph(recorded):
        made.append(recorded)
        yield

    monkeypatch.setattr(torch.cuda, "CUDAGraph", Recording)
    monkeypatch.setattr(torch.cuda, "graph", graph)
    monkeypatch.setattr(torch.cuda, "stream", lambda stream: nullcontext())
    stream = SimpleNamespace(wait_stream=lambda other: None)
    for name in ("Stream", "current_stream"):
        monkeypatch.setattr(torch.cuda, name, lambda device: stream)
    original = step.Step.__call__

    def call(self, inputs, labels):
        Recording.owner = self
        return original(self, inputs, labels)

    monkeypatch.setattr(step.Step, "__call__", call)
    return made


def test_replayed_steps_get_each_batch_and_each_learning_rate(small_run, recording, monkeypatch):
    losses, weights = trained(small_run, "cpu", "captured", monkeypatch)
    assert len(recording) == 1, "captured once"
    assert recording[0].replays == 2 * 8 - step.WARM_UP, "all full batches but the first three"
    plain_losses, plain_weights = trained(small_run, "cpu", "plain", monkeypatch)
    assert losses == pytest.approx(plain_losses, abs=1e-5)
    for name, tensor in weights.items():
        torch.testing.assert_close(tensor, plain_weights[name])


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("way", ["captured", "compiled"])
def test_a_graph_takes_the_steps_that_were_taken_one_by_one(small_run, monkeypatch, way):
    losses, weights = trained(small_run, "cuda", way, monkeypatch)
    plain_losses, plain_weights = trained(small_run, "cuda", "plain", monkeypatch)
    assert losses == pytest.approx(plain_losses, rel=1e-3)
    for name, tensor in weights.items():
        torch.testing.assert_close(tensor, plain_weights[name], rtol=1e-3, atol=1e-4)


def test_only_cuda_steps_are_captured_and_that_can_be_switched_off(monkeypatch):
    cuda, cpu = torch.device("cuda"), torch.device("cpu")
    monkeypatch.delenv("RETHINKING_STEP", raising=False)
    assert (way_of_steps(cuda), way_of_steps(cpu)) == ("captured", "plain")
    monkeypatch.setenv("RETHINKING_STEP", "compiled")
    assert (way_of_steps(cuda), way_of_steps(cpu)) == ("compiled", "plain")
    monkeypatch.setenv("RETHINKING_STEP", "plain")
    assert way_of_steps(cuda) == "plain"
    assert "steps" not in describe(cpu)
    monkeypatch.setenv("RETHINKING_STEP", "fast")
    with pytest.raises(DeviceError, match="RETHINKING_STEP is 'fast'; choose from plain, captured, compiled"):
        way_of_steps(cpu)
