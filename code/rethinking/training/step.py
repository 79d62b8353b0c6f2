"""One step of stochastic gradient descent; on a CUDA device captured once as a graph, and then replayed.

A step of these networks is some hundred short kernels. Launched one by one from Python they leave a fast device idle
most of the time; a captured graph launches them all at once. Milliseconds a step on an NVIDIA H100, batches of 128 in
bfloat16, plain and captured: Inception 13.1 and 3.0 (2.5 with kernels that torch has compiled), without batch
normalization 10.6 and 2.8, AlexNet 5.2 and 0.8, MLP 1x512 1.8 and 0.1. Four runs of Inception side by side take 12.8
each, with NVIDIA's MPS 9.3, compiled 7.9.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rethinking.training.device import autocast, way_of_steps

WARM_UP = 3
"""Steps taken one by one before the capture: the momentum's buffers, the fastest algorithms and compiled kernels are
then there."""


class Step:
    """Callable on a batch: takes one step and returns the loss before it.

    Args:
        model: in training mode at each call.
        optimizer: keeps its learning rate in a tensor if steps are captured (see ``set_learning_rate``).
        precision: of the matrix products.
        device: where ``model`` is.
    """

    def __init__(self, model: nn.Module, optimizer: torch.optim.Optimizer, precision: str, device: torch.device):
        self.model, self.optimizer, self.precision, self.device = model, optimizer, precision, device
        self.way = way_of_steps(device)
        self.forward = torch.compile(model, dynamic=False) if self.way == "compiled" else model
        self.learning_rate = None if self.way == "plain" else torch.zeros((), device=device)
        self.shape: torch.Size | None = None
        self.graph: torch.cuda.CUDAGraph | None = None
        self.taken = 0

    def set_learning_rate(self, learning_rate: float) -> None:
        """For the steps to come. A graph has its numbers built in, so there it is a tensor that is written to."""
        if self.learning_rate is not None:
            self.learning_rate.fill_(learning_rate)
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate if self.learning_rate is None else self.learning_rate

    def __call__(self, inputs: Tensor, labels: Tensor) -> Tensor:
        """Take a step on inputs [m, c, h, w] and labels int64 [m]; the mean loss, a scalar, valid until the next."""
        if self.way == "plain":
            return self._plain(self.model, inputs, labels)
        if self.shape is None:  # the first batch; only an epoch's last has another shape
            self.shape, self.inputs, self.labels = inputs.shape, inputs.clone(), labels.clone()
        if inputs.shape != self.shape:
            return self._plain(self.model, inputs, labels)
        self.inputs.copy_(inputs)
        self.labels.copy_(labels)
        if self.taken < WARM_UP:
            self.taken += 1
            return self._beside()
        if self.graph is None:
            self.graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(self.graph):
                self.loss = self._plain(self.forward, self.inputs, self.labels)
        self.graph.replay()
        return self.loss

    def _plain(self, forward: Callable[[Tensor], Tensor], inputs: Tensor, labels: Tensor) -> Tensor:
        with autocast(self.device, self.precision):
            loss = F.cross_entropy(forward(inputs), labels)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        return loss.detach()

    def _beside(self) -> Tensor:
        """A plain step on a stream of its own, as captures want their warm-up."""
        stream = torch.cuda.Stream(self.device)
        stream.wait_stream(torch.cuda.current_stream(self.device))
        with torch.cuda.stream(stream):
            loss = self._plain(self.forward, self.inputs, self.labels)
        torch.cuda.current_stream(self.device).wait_stream(stream)
        return loss
