"""Do the missing runs: in a sensible order, one record at a time, by any number of workers, stopped at will."""

from __future__ import annotations

import contextlib
import math
import statistics
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from rethinking.experiments import records, weights
from rethinking.experiments.lease import LeaseLost, share
from rethinking.models import MODELS
from rethinking.training import OutOfTime, RunConfig, RunRecord

TEST_IMAGES = 10_000
"""Of CIFAR-10 and of MNIST."""

ORDER_OF_COST = {model: cost for cost, model in enumerate(reversed(MODELS))}


class Observer:
    """Who is told how a batch of runs goes, and by itself does nothing with it."""

    def begin(self, config: RunConfig, done: int, total: int) -> None: ...

    def epoch(self, config: RunConfig, row: dict[str, float | None]) -> None: ...

    def end(self, config: RunConfig, record: RunRecord) -> None: ...


NOBODY = Observer()


@dataclass
class Outcome:
    """What a call of ``run_missing`` did.

    Attributes:
        written: the runs whose records it wrote.
        elsewhere: runs left to other workers that were at them.
        out_of_time: whether the deadline came before the runs' end.
    """

    written: list[RunConfig] = field(default_factory=list)
    elsewhere: list[RunConfig] = field(default_factory=list)
    out_of_time: bool = False


def missing(configs: Iterable[RunConfig], folder: Path) -> list[RunConfig]:
    """The runs without a current record, each once, in the order given."""
    return list(dict.fromkeys(config for config in configs if not _is_done(config, folder)))


def cheap_first(configs: Iterable[RunConfig]) -> list[RunConfig]:
    """The runs seed by seed, and of each seed those of small networks first: so that there soon is something of all."""
    return sorted(configs, key=lambda config: (config.seed, ORDER_OF_COST[config.model]))


def expected_seconds(todo: Iterable[RunConfig], folder: Path, device: str) -> float | None:
    """How long the runs should take one after the other, from the records made on the same kind of device.

    Returns:
        Seconds; None where a model has no record on the same data set and in the same precision from such a device yet.
    """
    paces: dict[tuple[str, str, str], list[float]] = {}
    for path in folder.glob("*/*.json"):
        with contextlib.suppress(records.RecordError):
            record = records.read(path)
            if record.environment["device"] == device:
                key = record.config.model, record.config.precision, record.config.dataset
                paces.setdefault(key, []).append(record.seconds / record.epochs / _work(record.config))
    total = 0.0
    for config in todo:
        pace = paces.get((config.model, config.precision, config.dataset))
        if pace is None:
            return None
        total += statistics.median(pace) * config.epochs * _work(config)
    return total


def _work(config: RunConfig) -> float:
    """What an epoch takes, in images trained on and scored, of which each takes four passes: there, back (which is
    two), and a last one for its score. The ten thousand test images take that last one alone."""
    return (config.train_images or 1) + TEST_IMAGES / config.test_every / 4


def run_missing(
    configs: Iterable[RunConfig],
    *,
    device: str = "auto",
    deadline: float = math.inf,
    wait: bool = False,
    observer: Observer = NOBODY,
    folder: Path | None = None,
) -> Outcome:
    """Train every run that has no current record, in the order given, and write each record as its run ends.

    Any number of workers may do this at once, on any number of hosts that share the results and the checkpoint folder:
    a worker holds a lease of the run that it trains (see ``lease``). A killed or stopped run resumes from its
    checkpoint, by whichever worker takes it over.

    Args:
        configs: the runs wanted; those with a record are skipped.
        device: as for ``train``.
        deadline: of ``time.monotonic()``; no epoch is begun that cannot be expected to end before it, by the one
            before; of a run's first epoch nothing is expected.
        wait: stay while other workers are at the last runs, to take over from those that die.

    Raises:
        RecordError: a record is damaged, or the results or the weights folder cannot be written; found out before any
            training.
        DataError, DeviceError: as ``train``.
    """
    folder = folder or records.results_folder(to_write=True)
    todo = missing(configs, folder)
    if todo:
        records.check_writable(records.weights_folder())
    outcome = Outcome()
    for config, lease in share(
        todo,
        records.checkpoint_folder(),
        name=lambda config: config.run,
        result=lambda config: records.path_of(config, folder),
        is_done=lambda config: _is_done(config, folder),
        wait=wait,
        deadline=deadline,
    ):
        with lease:
            observer.begin(config, len(outcome.written), len(todo))
            try:
                record = weights.train_under(
                    lease,
                    config,
                    device=device,
                    progress=partial(observer.epoch, config),
                    deadline=deadline,
                    keep=partial(records.write, folder=folder),
                )
            except OutOfTime:
                outcome.out_of_time = True
                break
            except LeaseLost:  # and with it the run, to the worker that took it over
                continue
            outcome.written.append(config)
            observer.end(config, record)
    else:
        outcome.elsewhere = [config for config in todo if not _is_done(config, folder)]
    return outcome


def _is_done(config: RunConfig, folder: Path) -> bool:
    return records.find_current(config, folder) is not None
