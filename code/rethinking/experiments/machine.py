"""What measurements ask of the machine they run on."""

from __future__ import annotations

import sys

import psutil
import torch

from rethinking.experiments.studies import Report
from rethinking.training.device import accelerator


def part(report: Report, start: float, end: float) -> Report:
    """Of the fraction of a step, the fraction of the whole, of which the step is the part from start to end."""
    return lambda what, fraction: report(what, start + (end - start) * fraction)


class PeakMemory:
    """The most memory this process has had, if it had it after this was made: of the accelerator where there is one."""

    def __init__(self) -> None:
        if accelerator() == "cuda":
            torch.cuda.reset_peak_memory_stats()
        self._before = _peak_bytes()

    def bytes(self) -> int | None:
        """None if the process had as much before, since then nobody knows."""
        now = _peak_bytes()
        return now if now > self._before else None


def _peak_bytes() -> int:
    if accelerator() == "cuda":
        return torch.cuda.max_memory_allocated()
    try:
        import resource
    except ImportError:  # as on Windows
        return psutil.Process().memory_info().peak_wset
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
