"""What is kept of a run beside its record: its state after the last whole epoch, so that a killed run loses at most the
epoch in flight, and in the end its trained network, in a file of its own outside the repository."""

from __future__ import annotations

import hashlib
import io
from dataclasses import asdict
from pathlib import Path

import torch
from torch import nn

from rethinking.files import write_atomically
from rethinking.training.config import RunConfig
from rethinking.training.record import RECIPE


class CheckpointError(OSError):
    """A file that cannot be read or written just now; the message is its path and the reason."""


def save(path: Path, config: RunConfig, **state: object) -> None:
    """Write ``state`` for ``config`` to ``path`` in one step.

    Raises:
        CheckpointError: it cannot be written; what was there before still is.
    """
    buffer = io.BytesIO()
    torch.save({"config": asdict(config), "recipe": RECIPE, **state}, buffer)
    try:
        write_atomically(path, lambda file: file.write(buffer.getbuffer()))
    except OSError as error:
        raise CheckpointError(f"{error.filename or path} ({error.strerror})") from error


def load(path: Path, config: RunConfig) -> dict | None:
    """The state saved for ``config``, on the CPU; None where there is none that fits this config and recipe.

    A file whose content makes no sense counts as none: the run then starts over, which costs time and nothing else.

    Raises:
        CheckpointError: there is a file, and it cannot be read just now, or it is another run's whose name is written
            alike; what is in it must not be overwritten.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CheckpointError(f"{path} ({error.strerror})") from error
    try:
        saved = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
        found, recipe = RunConfig(**saved["config"]), saved["recipe"]  # fields may have come since
    except Exception:  # torch names no single error for what it cannot read
        return None
    if found != config and found.run == config.run:
        raise CheckpointError(f"{path} (it is that of the run on {found.dataset}, whose name is the same)")
    return saved if (found, recipe) == (config, RECIPE) else None


def sha256(model: nn.Module) -> str:
    """The hash of all parameters and buffers, names, shapes and bytes, wherever they lie; a record has that of its
    trained network."""
    total = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        total.update(f"{name} {list(tensor.shape)} {tensor.dtype}".encode())
        total.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return total.hexdigest()
