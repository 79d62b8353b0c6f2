"""Does it fit? Asked before anything is allocated."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from rethinking.system import free_memory

if TYPE_CHECKING:
    import torch


def require(needs: Callable[[int], int], n: int, device: str | torch.device = "cpu", name: str = "n") -> None:
    """Check that ``needs(n)`` bytes, growing with n, can be had. ``name`` is what the message calls n.

    Raises:
        MemoryError: they cannot; says how much is needed, how much there is, and the largest n that would fit.
    """
    there = _free(device)
    if needs(n) <= there:
        return
    fits, beyond = 0, n
    while beyond - fits > 1:
        middle = (fits + beyond) // 2
        fits, beyond = (middle, beyond) if needs(middle) <= there else (fits, middle)
    raise MemoryError(
        f"{name} = {n:,} needs {needs(n) / 1e9:.1f} GB on {device} and {there / 1e9:.1f} GB are free; "
        f"{name} = {fits:,} would fit, or free some memory, or use another device"
    )


def _free(device: str | torch.device) -> int:
    if not str(device).startswith("cuda"):
        return free_memory()
    import torch

    return torch.cuda.mem_get_info(device)[0]
