"""A trained network's weights: in a file of their own, outside the repository; the record has their hash."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import torch
from torch import nn

from rethinking.files import write_atomically


def sha256(model: nn.Module) -> str:
    """The hash of all parameters and buffers, names, shapes and bytes, wherever they lie."""
    total = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        total.update(f"{name} {list(tensor.shape)} {tensor.dtype}".encode())
        total.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return total.hexdigest()


def save(path: Path, model: nn.Module) -> None:
    """Write the weights of ``model`` to ``path`` in one step."""
    buffer = io.BytesIO()
    torch.save({name: tensor.detach().cpu() for name, tensor in model.state_dict().items()}, buffer)
    write_atomically(path, lambda file: file.write(buffer.getbuffer()))


def load(path: Path, model: nn.Module) -> bool:
    """Put the weights in ``path`` into ``model``; False, and ``model`` as it was, where there are none that fit it."""
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    except Exception:  # torch names no single error for a file that is not one of its own
        return False
    try:
        model.load_state_dict(state)
    except (RuntimeError, TypeError, AttributeError):
        model.load_state_dict(before)
        return False
    return True
