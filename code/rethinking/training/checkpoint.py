"""A run's state after its last whole epoch, so that a killed run loses at most the epoch in flight."""

from __future__ import annotations

import io
from dataclasses import asdict
from pathlib import Path

import torch

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
