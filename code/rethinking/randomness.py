"""One seed, many independent streams: runs that differ in one thing share the randomness of everything else."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import torch


def stream(seed: int, *names: str | int) -> np.random.Generator:
    """The random stream called ``names`` under ``seed``, e.g. ``stream(0, "batch-order", epoch)``.

    The same seed and names give the same numbers on every machine; different names give independent numbers.

    Raises:
        ValueError: the seed is below 0.
    """
    if seed < 0:
        raise ValueError(f"a seed must be 0 or more; got {seed}")
    key = [zlib.crc32(str(name).encode()) for name in names]
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))


def torch_stream(seed: int, *names: str | int, device: str | torch.device = "cpu") -> torch.Generator:
    """The same idea as a ``torch.Generator`` on ``device``."""
    import torch  # only here, since most of those who draw do without

    generator = torch.Generator(device=device)
    generator.manual_seed(int(stream(seed, *names).integers(2**62)))
    return generator
