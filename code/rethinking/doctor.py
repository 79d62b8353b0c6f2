"""What this machine has of what the book needs: versions, device, data, records, browser. For reports of errors."""

from __future__ import annotations

import os
import platform
import re
import timeit
from collections import Counter
from pathlib import Path

import torch
import torch.nn.functional as F

import rethinking
from rethinking import data
from rethinking.data.sources import FOLDERS, SPLITS
from rethinking.experiments import CATALOGUE, RecordError, load, records
from rethinking.experiments.results import STATES
from rethinking.system import chromium, version_of
from rethinking.training.device import autocast, describe, resolve

PACKAGES = ("torch", "torchvision", "numpy", "scipy", "matplotlib", "bokeh", "jupyter-book", "sphinx", "sphinx-proof")
VARIABLES = ("RESULTS", "DATA", "WEIGHTS", "CHECKPOINTS", "STEP", "BASE_URL", "CHROMIUM")


def examine() -> dict[str, str]:
    """Every finding with its name, in the order in which they are worth reading. Nothing private: no
    host, and no user where the paths are in the home folder."""
    device = resolve("auto")
    here = describe(device)
    found = {
        "rethinking": f"{rethinking.__version__} in {Path(rethinking.__file__).parent}",
        "system": f"{platform.system()} {platform.release()}, Python {platform.python_version()}",
        "device": f"{here['device']} ({here['device_name']}), {here['threads']} threads, {os.cpu_count()} cores",
        "bfloat16": _bfloat16(device),
        "packages": ", ".join(f"{name} {version_of(name)}" for name in PACKAGES),
        "data": _data(),
        "records": _records(),
        "browser": chromium() or "none; install chromium to test the book's pages",
    }
    set_ = {name: value for name in VARIABLES if (value := os.environ.get(f"RETHINKING_{name}"))}
    found["variables"] = ", ".join(f"RETHINKING_{name}={value}" for name, value in set_.items()) or "none set"
    return {name: _short(text) for name, text in found.items()}


def _bfloat16(device: torch.device, size: int = 1024) -> str:
    """How much faster one matrix product is than in float32; below 1 the book's precision only costs time."""
    a = torch.randn(size, size, device=device)

    def seconds(precision: str) -> float:
        with autocast(device, precision):
            return min(timeit.repeat(lambda: F.linear(a, a).sum().item(), number=1, repeat=4))  # waits for the device

    return f"{seconds('float32') / seconds('bfloat16'):.2g} times the speed of float32 in one matrix product"


def _data() -> str:
    root = data.data_root()
    there = [name for name, folder in FOLDERS.items() if (root / folder).is_dir() and any((root / folder).iterdir())]
    problems = {name: problem for name in there if (problem := _why_unreadable(name)) is not None}
    readable = [name for name in there if name not in problems]
    missing = [name for name in FOLDERS if name not in readable]
    text = f"{', '.join(readable) or 'no full data set'} in {root}"
    text += f"; 'rethinking data {missing[0]}' fetches {', '.join(missing)}" if missing else ""
    return "; ".join([text, *problems.values()])


def _why_unreadable(name: str) -> str | None:
    """What is wrong with a data set, or with what reads it; None if nothing is."""
    try:
        for split in SPLITS:
            data.load(name, split)
    except Exception as error:  # a doctor does not fall ill
        return f"{name}: {error}"
    return None


def _records() -> str:
    try:
        folder = records.results_folder()
    except RecordError as error:
        return str(error)
    each_once = {run.run: run.state for name in CATALOGUE for run in load(name).runs}  # experiments share runs
    counts = Counter(each_once.values())
    return ", ".join(f"{counts[state]} {state}" for state in STATES if counts[state]) + f" in {folder}"


def _short(text: str) -> str:
    """With the home folder as ``~``, since it has the user's name and people paste this into issues."""
    return re.sub(r"(?<![\w.-])" + re.escape(str(Path.home())) + r"(?![\w.-])", "~", text)
