"""What tests share: made-up images, small runs, a clean environment, the full data where they are."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from chapters import BOOK
from rethinking.data import ImageSet, data_root
from rethinking.experiments.machine import measuring
from rethinking.training import RunConfig, RunRecord

KEPT = ("RETHINKING_DATA", "RETHINKING_CHROMIUM", "RETHINKING_REQUIRE_CHROMIUM", "RETHINKING_BENCHMARK_IMAGES")
"""What tests take from the environment they are run in."""


@pytest.fixture(autouse=True)
def _own_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test depends on how this machine is set up, nor reads or writes the user's checkpoints and weights."""
    for name in [name for name in os.environ if name.startswith("RETHINKING_") and name not in KEPT]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("RETHINKING_RESULTS", str(BOOK / "results"))
    monkeypatch.setenv("RETHINKING_CHECKPOINTS", str(tmp_path / "checkpoints"))
    monkeypatch.setenv("RETHINKING_WEIGHTS", str(tmp_path / "weights"))


@pytest.fixture(autouse=True)
def _on_the_processor():
    """What tests measure and train is the same on machines with a GPU."""
    with measuring("cpu"):
        yield


@pytest.fixture
def one_thread():
    """One thread, so that sums are added in the same order in this process and in a subprocess."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def made_up() -> Callable[..., ImageSet]:
    """Random images; each call with the same arguments gives the same ones."""

    def make(n: int, seed: int = 0, *, classes: int = 10, channels: int = 3, size: int = 32) -> ImageSet:
        rng = np.random.default_rng(seed)
        images = rng.integers(256, size=(n, channels, size, size), dtype=np.uint8)
        return ImageSet(images, rng.integers(classes, size=n), tuple(f"class {c}" for c in range(classes)))

    return make


@pytest.fixture(scope="session")
def small_run() -> Callable[..., RunConfig]:
    """A run of a second or less."""

    def make(**changes: object) -> RunConfig:
        return RunConfig(
            **{"model": "mlp-1x512", "dataset": "cifar10-mini", "train_size": 200, "epochs": 3, "batch_size": 50}
            | changes
        )

    return make


@pytest.fixture(scope="session")
def outcome() -> Callable[[RunRecord], RunRecord]:
    """A record without what may differ between two equal runs: times, dates, places."""
    return lambda record: replace(record, environment={}, history={**record.history, "seconds": []})


@pytest.fixture
def cifar10_folder() -> Path:
    """The folder with the full CIFAR-10; the test is skipped where there is none."""
    root = data_root()
    if not (root / "cifar-10-batches-py" / "test_batch").is_file():
        pytest.skip(f"the full CIFAR-10 is not at {root}; run 'rethinking data cifar10' or set RETHINKING_DATA")
    return root


@pytest.fixture
def start_python() -> Callable[..., subprocess.Popen]:
    """Start a script in a fresh interpreter with one thread; whatever still runs at the test's end is killed."""
    started: list[subprocess.Popen] = []

    def start(script: str, *arguments: object, **environment: str) -> subprocess.Popen:
        environment = {**os.environ, "OMP_NUM_THREADS": "1", **environment}
        command = [sys.executable, "-c", script, *map(str, arguments)]
        process = subprocess.Popen(command, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def run_python(start_python) -> Callable[..., str]:
    """Run a script in a fresh interpreter to its end; its output."""

    def run(script: str, *arguments: object, **environment: str) -> str:
        process = start_python(script, *arguments, **environment)
        out, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
        return out

    return run
