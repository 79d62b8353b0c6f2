"""Does it fit? Asked before anything is allocated."""

from __future__ import annotations

from collections.abc import Callable

import psutil
import torch


def available(device: str | torch.device = "cpu") -> int:
    """Bytes that can be had on the device now."""
    device = torch.device(device)
    return torch.cuda.mem_get_info(device)[0] if device.type == "cuda" else psutil.virtual_memory().available


def require(needs: Callable[[int], int], n: int, device: str | torch.device = "cpu", name: str = "n") -> None:
    """Check that ``needs(n)`` bytes, growing with n, can be had. ``name`` is what the message calls n.

    Raises:
        MemoryError: they cannot; says how much is needed, how much there is, and the largest n that would fit.
    """
    there = available(device)
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
