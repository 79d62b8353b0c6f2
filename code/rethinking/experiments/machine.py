"""What measurements ask of the machine they run on."""

from __future__ import annotations

import resource
import sys

import torch

from rethinking.experiments.studies import Report

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


def part(report: Report, start: float, end: float) -> Report:
    """Of the fraction of a step, the fraction of the whole, of which the step is the part from start to end."""
    return lambda what, fraction: report(what, start + (end - start) * fraction)


def peak_bytes() -> int:
    """The most memory this process has had so far: of the accelerator where it computes there."""
    if DEVICE == "cuda":
        return torch.cuda.max_memory_allocated()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
