"""Where a run computes, and how that is written down."""

from __future__ import annotations

import os
import platform
import subprocess
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import numpy
import torch

from rethinking.system import today
from rethinking.training.rounding import RoundedProducts

STEPS = ("plain", "captured", "compiled")
"""How steps are taken: operation by operation; replayed from a captured graph; or that, of kernels that
``torch.compile`` has fused."""


class DeviceError(ValueError):
    """A device that was asked for and is not there."""


def resolve(device: str) -> torch.device:
    """``auto``, ``cpu``, ``cuda``, ``cuda:N`` or ``mps`` as a device that exists.

    Raises:
        DeviceError: unknown, or not on this machine.
    """
    cuda, mps = torch.cuda.is_available(), torch.backends.mps.is_available()
    if device == "auto":
        device = "cuda" if cuda else "mps" if mps else "cpu"
    try:
        resolved = torch.device(device)
    except RuntimeError:
        raise DeviceError(f"unknown device {device!r}; choose from auto, cpu, cuda, mps") from None
    there = {"cpu": True, "cuda": cuda, "mps": mps}.get(resolved.type, False)
    if there and resolved.type == "cuda" and resolved.index is not None:
        there = resolved.index < torch.cuda.device_count()
    if not there:
        raise DeviceError(f"device {device!r} is not on this machine (torch {torch.__version__}); use --device auto")
    return resolved


def way_of_steps(device: torch.device) -> str:
    """Which of ``STEPS`` training takes on a device: on CUDA the one that ``RETHINKING_STEP`` names, captured if it is
    not set; elsewhere plain ones.

    Raises:
        ValueError: ``RETHINKING_STEP`` is none of them.
    """
    asked = os.environ.get("RETHINKING_STEP") or "captured"
    if asked not in STEPS:
        raise ValueError(f"RETHINKING_STEP is {asked!r}; choose from {', '.join(STEPS)}, or unset it")
    return asked if device.type == "cuda" else "plain"


def autocast(device: torch.device, precision: str) -> AbstractContextManager:
    """Matrix products in ``precision``; weights, gradients' sums and the loss stay float32."""
    if precision != "bfloat16":
        return nullcontext()
    return torch.autocast(device.type, torch.bfloat16) if multiplies_bfloat16(device) else RoundedProducts()


def multiplies_bfloat16(device: torch.device) -> bool:
    """Whether torch has fast bfloat16 products on ``device``: every GPU does, a CPU only with the instructions."""
    if device.type != "cpu":
        return True
    return torch.backends.mkldnn.is_available() and torch.ops.mkldnn._is_mkldnn_bf16_supported()


def describe(device: torch.device) -> dict[str, object]:
    """A record's environment: versions, device, threads, date, and the source revision where git knows it."""
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else platform.processor() or platform.machine()
    return {
        "torch": str(torch.__version__),  # a class of its own, which a checkpoint could not be read with
        "numpy": numpy.__version__,
        "python": platform.python_version(),
        "system": platform.system(),
        "device": device.type,
        "device_name": _cpu_name() or name if device.type == "cpu" else name,
        "threads": torch.get_num_threads(),
        "date": today(),
        "revision": _revision(),
    }


def _cpu_name() -> str | None:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), None)


def _revision() -> str | None:
    """The commit, followed by ``-dirty`` where the package's own files differ from it; None where git does not know
    the package, which may well lie in another project's folder."""
    package = Path(__file__).parents[1]
    commit = _git(package, "rev-parse", "--short=12", "HEAD")
    if not commit or not _git(package, "ls-files", "--", __file__):
        return None
    return commit if _git(package, "status", "--porcelain", "--", ".") == "" else f"{commit}-dirty"


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return None if done.returncode else done.stdout.strip()
