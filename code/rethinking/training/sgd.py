"""One training run: stochastic gradient descent as in the paper's Appendix A, resumable and repeatable."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rethinking import models
from rethinking.randomness import stream, torch_stream
from rethinking.reports import silent
from rethinking.system import today
from rethinking.training import checkpoint
from rethinking.training.batches import Subset, TrainingData, prepare
from rethinking.training.config import RunConfig
from rethinking.training.device import autocast, describe, resolve, way_of_steps
from rethinking.training.record import COLUMNS, LOSS_EVERY, RunRecord, finite_or_none
from rethinking.training.step import Step

SPLITS = ("train", "test")
Progress = Callable[[dict[str, float | None]], None]
"""Called with the history's newest row at the end of each epoch."""


class OutOfTime(Exception):
    """The deadline came before the run's end; its checkpoint holds every finished epoch."""


def train(
    config: RunConfig,
    *,
    device: str = "auto",
    checkpoint_path: str | Path | None = None,
    progress: Progress = silent,
    deadline: float = math.inf,
) -> RunRecord:
    """Train one network and return its record; ``fit`` returns the network too.

    On one machine's CPU the same config gives the same record, resumed or not, times and dates aside. A GPU sums in an
    order of its own each time, so there the last digits differ.

    Args:
        config: what to run.
        device: ``auto`` takes CUDA, then Apple's MPS, then the CPU.
        checkpoint_path: written atomically after each epoch and resumed from; None keeps nothing.
        progress: called after each epoch.
        deadline: of ``time.monotonic()``; an epoch that cannot be expected to end before it is not begun.

    Returns:
        The record: ``diverged`` if the loss stopped being finite, ``finished`` otherwise.

    Raises:
        DataError: the data set is not there.
        DeviceError: the device is not there.
        OutOfTime: the deadline came first.
    """
    return fit(config, device=device, checkpoint_path=checkpoint_path, progress=progress, deadline=deadline)[0]


def fit(
    config: RunConfig,
    *,
    device: str = "auto",
    checkpoint_path: str | Path | None = None,
    progress: Progress = silent,
    deadline: float = math.inf,
) -> tuple[RunRecord, nn.Module]:
    """The record and the trained network, which is on the device; otherwise as ``train``."""
    assert config.learning_rate is not None  # a config takes the model's
    checkpoint_path = None if checkpoint_path is None else Path(checkpoint_path)
    on = resolve(device)
    way = way_of_steps(on)
    data = prepare(config, on)
    model = initial_network(config, data.classes, data.test_inputs.shape[1]).to(on)
    models.average_over(model, data.steps / 4)  # so that evaluation sees the epoch's own weights
    if on.type == "cuda":
        torch.backends.cudnn.allow_tf32 = False  # what is called float32 is float32
    if on.type != "mps":  # CPU seconds of a step before and after: Inception 2.90 and 2.44, AlexNet 0.50 and 0.47
        model = model.to(memory_format=torch.channels_last)  # type: ignore[call-overload] # torch's own types lack it
    optimizer = _sgd(model, config)
    step = Step(model, optimizer, config.precision, on, way)
    history: dict[str, list] = {name: [] for name in (*COLUMNS, *data.subsets)}
    losses: list[float] = []
    here, earlier, places = describe(on) | ({"steps": way} if on.type == "cuda" else {}), [], []
    if checkpoint_path is not None and (saved := checkpoint.load(checkpoint_path, config)) is not None:
        try:
            model.load_state_dict(saved["model"])
            optimizer.load_state_dict(saved["optimizer"])
            history, losses = {name: saved["history"][name] for name in history}, saved["losses"]
        except (RuntimeError, KeyError, ValueError):  # other code of the same recipe made it; for this one it is none
            checkpoint_path.unlink(missing_ok=True)
            return fit(config, device=device, checkpoint_path=checkpoint_path, progress=progress, deadline=deadline)
        places = saved.get("environments", [])
        earlier = [place for place in places if {**place, "date": here["date"]} != here]

    before = len(history["epoch"])
    status = "finished"
    while not config.ends_after(history["train_accuracy"]):
        epoch = len(history["epoch"]) + 1
        if time.monotonic() + (history["seconds"] or [0.0])[-1] > deadline:
            raise OutOfTime(config.run)
        start = time.perf_counter()
        learning_rate = config.learning_rate * config.learning_rate_decay ** (epoch - 1)
        losses += _train_epoch(step, data, config, epoch, learning_rate)
        scored = {"train": evaluate(model, data.evaluation_batches("train"), config.precision)}
        if not all(map(math.isfinite, (scored["train"].loss, *losses[-data.steps :]))):
            status = "diverged"
        ends = status == "diverged" or config.ends_after([*history["train_accuracy"], scored["train"].accuracy])
        if ends or epoch % config.test_every == 0:
            scored["test"] = evaluate(model, data.evaluation_batches("test"), config.precision)
        seconds = round(time.perf_counter() - start, 3)
        row = {"epoch": epoch, "learning_rate": learning_rate, **_scores(scored, data.subsets), "seconds": seconds}
        for name, value in row.items():
            history[name].append(value)
        progress(row)
        if status == "diverged":
            break
        if checkpoint_path is not None:
            checkpoint.save(
                checkpoint_path,
                config,
                model=model.state_dict(),
                optimizer=optimizer.state_dict(),
                history=history,
                losses=losses,
                environments=[*earlier, here],
            )
    if len(history["epoch"]) > before or not places:  # else all of it was trained before, and not here
        places = [*earlier, {**here, "date": today()}]
    *earlier, last = places
    environment = {**last, **({"earlier": earlier} if earlier else {})}
    weights = checkpoint.sha256(model)
    return RunRecord(config, status, history, _every(losses, LOSS_EVERY), environment, weights=weights), model


def initial_network(config: RunConfig, classes: int, channels: int = 3) -> nn.Module:
    """The run's network as training finds it, float32, on the CPU."""
    generator = torch_stream(config.seed, "initialization")
    return models.build(config.model, classes, channels=channels, generator=generator)


def _sgd(model: nn.Module, config: RunConfig) -> torch.optim.SGD:
    assert config.learning_rate is not None
    weights = [p for p in model.parameters() if p.ndim > 1]
    biases = [p for p in model.parameters() if p.ndim <= 1]
    groups = [{"params": weights, "weight_decay": config.weight_decay}, {"params": biases, "weight_decay": 0.0}]
    return torch.optim.SGD(groups, lr=config.learning_rate, momentum=config.momentum, fused=True)


def _train_epoch(step: Step, data: TrainingData, config: RunConfig, epoch: int, learning_rate: float) -> list[float]:
    """One pass over the training set in a fresh order; the loss of each step. Waits for the device once, at the end."""
    device = data.train_labels.device
    order = torch.from_numpy(stream(config.seed, "batch-order", epoch).permutation(len(data.train_labels)))
    batches = order.to(device).split(config.batch_size)
    generator = torch_stream(config.seed, "augmentation", epoch, device=device)
    losses = torch.zeros(len(batches), device=device)
    step.set_learning_rate(learning_rate)
    step.model.train()
    for number, index in enumerate(batches):
        losses[number] = step(data.training_batch(index, generator), data.train_labels[index])
    return losses.tolist()


class Evaluation(NamedTuple):
    """What a network makes of a split: mean cross-entropy in nats, accuracy, and predicted classes, int64 [n]."""

    loss: float
    accuracy: float
    predictions: Tensor


@torch.no_grad()
def evaluate(model: nn.Module, batches: list[tuple[Tensor, Tensor]], precision: str = "float32") -> Evaluation:
    """Score ``model`` on ``batches`` of (inputs [m, c, h, w], labels int64 [m])."""
    model.eval()
    device = batches[0][1].device
    loss, right, predictions = torch.zeros((), device=device), torch.zeros((), device=device, dtype=torch.long), []
    with autocast(device, precision):  # once, so that weights are cast once
        for inputs, labels in batches:
            logits = model(inputs)
            loss += F.cross_entropy(logits.float(), labels, reduction="sum")
            predictions.append(logits.argmax(dim=1))
            right += (predictions[-1] == labels).sum()
    predicted = torch.cat(predictions)
    return Evaluation(loss.item() / len(predicted), right.item() / len(predicted), predicted)


def _scores(scored: dict[str, Evaluation], subsets: dict[str, Subset]) -> dict[str, float | None]:
    """A row's losses and accuracies, by column; None of a split that was not scored."""
    row: dict[str, float | None] = {}
    for split in SPLITS:
        found = scored.get(split)
        row[f"{split}_loss"] = None if found is None else finite_or_none(found.loss)
        row[f"{split}_accuracy"] = None if found is None else found.accuracy
    for name, subset in subsets.items():
        found = scored.get(subset.split)
        right = None if found is None else found.predictions[subset.index] == subset.labels
        row[name] = None if right is None else right.float().mean().item()
    return row


def _every(losses: list[float], every: int) -> list[float | None]:
    """The mean of each ``every`` successive values; what is left over at the end is dropped."""
    whole = np.array(losses[: len(losses) // every * every]).reshape(-1, every)
    return [finite_or_none(round(float(mean), 6)) for mean in whole.mean(axis=1)]
