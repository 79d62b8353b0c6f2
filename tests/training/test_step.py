"""Steps that are captured and replayed are the steps taken one by one."""

from contextlib import contextmanager, nullcontext
from types import SimpleNamespace

import pytest
import torch

from rethinking import models
from rethinking.training import sgd, step
from rethinking.training.device import way_of_steps

_generator = torch.Generator().manual_seed(0)
BATCHES = [
    (torch.randn(size, 3, 28, 28, generator=_generator), torch.randint(10, (size,), generator=_generator))
    for size in (8, 8, 8, 8, 8, 8, 5, 8, 8)
]
"""The seventh is an epoch's last."""


def trained(small_run, device: str, way: str, changed=None) -> tuple[list[float], dict[str, torch.Tensor]]:
    """The losses of two learning rates' steps over the batches, and the weights after them; ``changed`` makes the
    forward pass of captured steps another."""
    model = models.build("mlp-1x512").to(device).train()
    take = step.Step(model, sgd._sgd(model, small_run()), "float32", torch.device(device), way)
    if changed is not None:
        take.forward = changed(model)
    losses = []
    for learning_rate in (0.1, 0.001):
        take.set_learning_rate(learning_rate)
        losses += [take(inputs.to(device), labels.to(device)).item() for inputs, labels in BATCHES]
    return losses, {name: tensor.cpu().clone() for name, tensor in model.state_dict().items()}


class Recording:
    """Stands in for a CUDA graph: replays by doing again what was done while it was recorded, to the tensors of that
    time, whatever the step has by now; other than with the real one, what is recorded takes effect at once."""

    def __init__(self):
        self.replays = 0

    def capture(self, owner):
        self.owner, self.inputs, self.labels = owner, owner.inputs, owner.labels
        self.rates = [group["lr"] for group in owner.optimizer.param_groups]

    def replay(self):
        if self.replays:
            owner = self.owner
            for group, rate in zip(owner.optimizer.param_groups, self.rates, strict=True):
                group["lr"] = rate
            owner.loss = owner._take(owner.forward, self.inputs, self.labels)
        self.replays += 1


@pytest.fixture
def recording(monkeypatch):
    """As if there were CUDA; the graphs that were recorded, each with the device of its stream."""
    made, owners = [], []

    @contextmanager
    def graph(recorded, stream):
        made.append((recorded, stream.device))
        recorded.capture(owners[-1])
        yield

    monkeypatch.setattr(torch.cuda, "CUDAGraph", Recording)
    monkeypatch.setattr(torch.cuda, "graph", graph)
    monkeypatch.setattr(torch.cuda, "stream", lambda stream: nullcontext())
    monkeypatch.setattr(torch.cuda, "device", lambda device: nullcontext())
    for name in ("Stream", "current_stream"):
        monkeypatch.setattr(
            torch.cuda, name, lambda device: SimpleNamespace(device=device, wait_stream=lambda other: None)
        )
    original = step.Step.__call__

    def call(self, inputs, labels):
        owners.append(self)
        return original(self, inputs, labels)

    monkeypatch.setattr(step.Step, "__call__", call)
    return made


def test_replayed_steps_get_each_batch_and_each_learning_rate(small_run, recording):
    losses, weights = trained(small_run, "cpu", "captured")
    [(graph, device)] = recording  # captured once
    assert graph.replays == 2 * 8 - step.WARM_UP, "all full batches but the first three"
    assert device == torch.device("cpu"), "the stream is the model's device's, which need not be the current one"
    plain_losses, plain_weights = trained(small_run, "cpu", "plain")
    assert losses == pytest.approx(plain_losses, abs=1e-5)
    for name, tensor in weights.items():
        torch.testing.assert_close(tensor, plain_weights[name])


def test_what_is_captured_is_the_compiled_network_and_an_odd_batch_takes_the_plain_one(small_run, recording):
    seen = []

    def counting(model):
        def forward(inputs):
            seen.append(len(inputs))
            return model(inputs)

        return forward

    losses, _ = trained(small_run, "cpu", "captured", counting)
    assert seen == [8] * 16 and len(losses) == 18
    assert losses == pytest.approx(trained(small_run, "cpu", "plain")[0], abs=1e-5)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("way", ["captured", "compiled"])
def test_a_graph_takes_the_steps_that_were_taken_one_by_one(small_run, way):
    losses, weights = trained(small_run, "cuda", way)
    plain_losses, plain_weights = trained(small_run, "cuda", "plain")
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
    monkeypatch.setenv("RETHINKING_STEP", "fast")
    with pytest.raises(ValueError, match="RETHINKING_STEP is 'fast'; choose from plain, captured, compiled"):
        way_of_steps(cpu)
