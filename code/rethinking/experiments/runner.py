"""Do the missing runs: in a sensible order, one record at a time, stopped and restarted at will."""

from __future__ import annotations

import contextlib
import math
import os
import statistics
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from filelock import FileLock, Timeout

from rethinking.experiments import records, weights
from rethinking.models import MODELS
from rethinking.training import PAPER_TRAIN_SIZE, OutOfTime, RunConfig, RunRecord, train

ORDER_OF_COST = {model: cost for cost, model in enumerate(reversed(MODELS))}


class Observer(Protocol):
    """Who is told how a batch of runs goes."""

    def begin(self, config: RunConfig, done: int, total: int) -> None: ...

    def epoch(self, config: RunConfig, row: dict[str, float]) -> None: ...

    def end(self, config: RunConfig, record: RunRecord) -> None: ...


@dataclass
class Outcome:
    """What a call of ``run_missing`` did.

    Attributes:
        written: the runs whose records it wrote.
        elsewhere: runs left to another process that was at them.
        out_of_time: whether the time budget ended before the runs did.
    """

    written: list[RunConfig] = field(default_factory=list)
    elsewhere: list[RunConfig] = field(default_factory=list)
    out_of_time: bool = False


def missing(configs: Iterable[RunConfig], folder: Path) -> list[RunConfig]:
    """The runs without a current record, each once, in the order to do them: seed by seed, cheap models first."""
    todo = dict.fromkeys(config for config in configs if not _is_done(config, folder))
    return sorted(todo, key=lambda config: (config.seed, ORDER_OF_COST[config.model]))


def expected_seconds(todo: Iterable[RunConfig], folder: Path, device: str) -> float | None:
    """How long the runs should take one after the other, from the records made on the same kind of device.

    Returns:
        Seconds; None where a model has no record from such a device yet.
    """
    paces: dict[tuple[str, str], list[float]] = {}
    for path in folder.glob("*/*.json"):
        with contextlib.suppress(records.RecordError):
            record = records.read(path)
            if record.environment["device"] == device:
                images = record.config.train_size or PAPER_TRAIN_SIZE
                pace = record.seconds / record.epochs / images
                paces.setdefault((record.config.model, record.config.precision), []).append(pace)
    total = 0.0
    for config in todo:
        pace = paces.get((config.model, config.precision))
        if pace is None:
            return None
        total += statistics.median(pace) * config.epochs * (config.train_size or PAPER_TRAIN_SIZE)
    return total


def run_missing(
    configs: Iterable[RunConfig],
    *,
    device: str = "auto",
    time_budget: float | None = None,
    observer: Observer | None = None,
    folder: Path | None = None,
) -> Outcome:
    """Train every run that has no current record and write each record as its run ends.

    Any number of processes may do this at once on one machine: a run is locked while it is trained, and a lock dies
    with its process. A killed or stopped run resumes from its checkpoint.

    Args:
        configs: the runs wanted; those with a record are skipped.
        device: as for ``train``.
        time_budget: seconds; no epoch is begun that cannot be expected to end within them.

    Raises:
        RecordError: a record is damaged, or the results folder cannot be written; found out before any training.
        DataError, DeviceError: as ``train``.
    """
    deadline = math.inf if time_budget is None else time.monotonic() + time_budget
    folder = folder or records.results_folder()
    todo = missing(configs, folder)
    outcome = Outcome()
    if todo:
        check_writable(folder)
    for done, config in enumerate(todo):
        with hold(config.run) as held:
            if not held:
                outcome.elsewhere.append(config)
                continue
            if _is_done(config, folder):  # by another process, since the list was made
                continue
            if observer is not None:
                observer.begin(config, done, len(todo))
            checkpoint_path = records.checkpoint_folder() / f"{config.run}.pt"
            try:
                record = train(
                    config,
                    device=device,
                    checkpoint_path=checkpoint_path,
                    weights_path=weights.path_of(config),
                    progress=None if observer is None else lambda row, config=config: observer.epoch(config, row),
                    deadline=deadline,
                )
            except OutOfTime:
                outcome.out_of_time = True
                break
            except OSError as error:
                raise records.RecordError(
                    f"cannot write the checkpoint {checkpoint_path} ({error.strerror}); make room, or set "
                    "RETHINKING_CHECKPOINTS to another folder, then run again: the epochs before this one are kept"
                ) from error
            records.write(record, folder)
            checkpoint_path.unlink(missing_ok=True)
            outcome.written.append(config)
            if observer is not None:
                observer.end(config, record)
    return outcome


def _is_done(config: RunConfig, folder: Path) -> bool:
    record = records.find(config, folder)
    return record is not None and not records.is_stale(record)


@contextlib.contextmanager
def hold(name: str) -> Iterator[bool]:
    """Hold the lock of a run or measurement if nobody else does; it is freed when the process ends, however it ends."""
    path = records.checkpoint_folder() / f"{name}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path, blocking=False)
    try:
        lock.acquire()
    except Timeout:
        yield False
        return
    try:
        yield True
    finally:
        lock.release()


def check_writable(folder: Path) -> None:
    """Raise a RecordError if no record could be written to ``folder``, before anything is computed in vain."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".writable-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise records.RecordError(
            f"results folder {folder} is not writable ({error.strerror}); change its owner or set RETHINKING_RESULTS"
        ) from error
