"""Does it fit? Asked before anything is allocated."""

from __future__ import annotations

import contextlib
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    import torch

CONTAINER = Path("/sys/fs/cgroup")
"""Where Linux tells a process in a container how much memory that may have."""


def available(device: str | torch.device = "cpu") -> int:
    """Bytes that can be had on the device now."""
    if str(device).startswith("cuda"):
        import torch  # only here, since the book's build asks without it

        return torch.cuda.mem_get_info(device)[0]
    return int(min(psutil.virtual_memory().available, _left_in_the_container()))


def _left_in_the_container() -> float:
    """Bytes; files that are kept in memory, and can be dropped, are not counted as used."""
    with contextlib.suppress(OSError, ValueError):  # there is no container, or its limit is "max"
        limit, used = (int((CONTAINER / name).read_text("utf-8")) for name in ("memory.max", "memory.current"))
        kept = re.search(r"^inactive_file (\d+)$", (CONTAINER / "memory.stat").read_text("utf-8"), flags=re.M)
        return max(0, limit - used + (int(kept[1]) if kept else 0))
    return math.inf


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
