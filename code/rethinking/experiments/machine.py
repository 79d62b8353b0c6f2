"""What measurements ask of the machine they run on: where they compute, until when, how much memory they took."""

from __future__ import annotations

import contextlib
import math
import re
import sys
from collections.abc import Iterator
from contextvars import ContextVar
from pathlib import Path

import torch

from rethinking.training.device import DeviceError, resolve

_device: ContextVar[str] = ContextVar("device", default="auto")
_deadline: ContextVar[float] = ContextVar("deadline", default=math.inf)
_given: ContextVar[list[str] | None] = ContextVar("given", default=None)


@contextlib.contextmanager
def measuring(device: str = "auto", deadline: float = math.inf) -> Iterator[None]:
    """Within this context, measurements compute on ``device`` and train what they need until ``deadline``.

    Not among a measurement's settings, since neither changes what comes out.

    Args:
        device: ``auto`` takes CUDA, otherwise the CPU.
        deadline: of ``time.monotonic()``.

    Raises:
        DeviceError: the device is not there, or it is MPS.
    """
    if resolve(device).type == "mps" and device != "auto":
        raise DeviceError("device 'mps' has no float64, in which measurements compute; use --device cpu")
    before = _device.set(device), _deadline.set(deadline)
    try:
        yield
    finally:
        _device.reset(before[0])
        _deadline.reset(before[1])


def accelerator() -> str:
    """Where measurements compute that can do so on a GPU: ``cuda``, ``cuda:N`` or ``cpu``.

    Asked each time, since what a worker may see is decided after this module is imported.
    """
    device = _device.get()
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    if (given := _given.get()) is not None:
        given.append(device)
    return device


@contextlib.contextmanager
def devices_given() -> Iterator[list[str]]:
    """Within this context, what ``accelerator`` answers is added to the list."""
    given: list[str] = []
    token = _given.set(given)
    try:
        yield given
    finally:
        _given.reset(token)


def time_limit() -> float:
    """The deadline of the networks that measurements train."""
    return _deadline.get()


class PeakMemory:
    """The most memory this process has had, if it had it after this was made: of the accelerator where there is one."""

    def __init__(self) -> None:
        if accelerator() != "cpu":
            torch.cuda.init()  # which the next call does not do by itself for a device with a number
            torch.cuda.reset_peak_memory_stats(accelerator())
        self._before = _peak_bytes()

    def bytes(self) -> int | None:
        """None if the process had as much before, since then nobody knows."""
        now = _peak_bytes()
        return now if now > self._before else None


def _peak_bytes() -> int:
    if accelerator() != "cpu":
        return torch.cuda.max_memory_allocated(accelerator())
    with contextlib.suppress(OSError):  # Linux's own count; the one below begins with what the parent process had
        status = Path("/proc/self/status").read_text("utf-8")
        if found := re.search(r"^VmHWM:\s*(\d+) kB", status, flags=re.M):
            return 1024 * int(found[1])
    try:
        import resource
    except ImportError:  # as on Windows
        import psutil

        return psutil.Process().memory_info().peak_wset
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
