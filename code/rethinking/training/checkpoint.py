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


def save(path: Path, config: RunConfig, **state: object) -> None:
    """Write ``state`` for ``config`` to ``path`` in one step."""
    buffer = io.BytesIO()
    torch.save({"config": asdict(config), "recipe": RECIPE, **state}, buffer)
    write_atomically(path, lambda file: file.write(buffer.getbuffer()))


def load(path: Path, config: RunConfig) -> dict | None:
    """The state saved for ``config``, on the CPU; None where there is none that fits this config and recipe.

    A file that cannot be read counts as none: the run then starts over, which costs time and nothing else.
    """
    try:
        saved = torch.load(path, map_location="cpu", weights_only=True)
    except Exception:  # there is none, or torch, which names no single error for that, cannot read it
        return None
    if not isinstance(saved, dict) or saved.get("config") != asdict(config) or saved.get("recipe") != RECIPE:
        return None
    return saved


def sha256(model: nn.Module) -> str:
    """The hash of all parameters and buffers, names, shapes and bytes, wherever they lie; a record has that of its
    trained network."""
    total = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        total.update(f"{name} {list(tensor.shape)} {tensor.dtype}".encode())
        total.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return total.hexdigest()
