"""Studies: experiments whose results are not training runs but measurements, each a function of its settings.

One record per measurement, ``<results>/<study>/<measurement>.json``, written when it ends, wholly or not at all.
"""

from __future__ import annotations

import contextlib
import json
import math
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch

from rethinking.experiments import records
from rethinking.experiments.lease import Lease, LeaseLost, share
from rethinking.experiments.machine import accelerator, measuring
from rethinking.experiments.records import RecordError
from rethinking.training import OutOfTime
from rethinking.training.device import describe

Report = Callable[[str, float], None]
"""Called with what a measurement is at and the fraction done, 0 to 1."""


@dataclass(frozen=True)
class Measurement:
    """One result of a study.

    Attributes:
        name: also the record's file name.
        compute: called as ``compute(report, **settings)``; returns plain JSON values, accuracies and errors being
            fractions.
        settings: everything that decides the outcome, plain JSON values.
        reduced: whether it is smaller than what the paper did.
        accelerated: whether it computes, or trains what it needs, on a CUDA device where there is one.
        version: of the computation; raise it when the same settings would give other numbers.
    """

    name: str
    compute: Callable[..., dict]
    settings: dict = field(default_factory=dict)
    reduced: bool = False
    accelerated: bool = False
    version: int = 1


@dataclass(frozen=True)
class Study:
    """The measurements behind one table, or one question; names, titles and places as for an ``Experiment``."""

    name: str
    title: str
    place: str
    measurements: tuple[Measurement, ...]

    def measurement(self, name: str) -> Measurement:
        """The measurement called ``name``.

        Raises:
            ValueError: there is none; lists those there are.
        """
        found = next((m for m in self.measurements if m.name == name), None)
        if found is None:
            known = ", ".join(m.name for m in self.measurements)
            raise ValueError(f"{self.name} has no measurement {name!r}; choose from {known}")
        return found

    def chosen(self, only: Collection[str] | None) -> tuple[str, ...]:
        """The names of its measurements; where ``only`` is given, of those in it, which may name other studies' too."""
        return tuple(m.name for m in self.measurements if only is None or m.name in only)


@dataclass(frozen=True)
class MeasurementRecord:
    """What a measurement leaves behind.

    Attributes:
        study, name, settings, reduced, version: the measurement's, at the time.
        result: what it computed.
        seconds: how long that took; None in records from before it was kept.
        environment: where, as in a ``RunRecord``.
    """

    study: str
    name: str
    settings: dict
    reduced: bool
    version: int
    result: dict
    seconds: float | None
    environment: dict

    @property
    def run(self) -> str:
        """``study/name``, which is also where it lies, as a training run's ``model/slug``."""
        return f"{self.study}/{self.name}"


@dataclass(frozen=True)
class Measured:
    """A measurement and what there is of it: ``state`` is one of ``results.STATES``, as for a planned run."""

    measurement: Measurement
    state: str
    record: MeasurementRecord | None = None
    problem: str | None = None


@dataclass(frozen=True)
class StudyResults:
    """A study and what there is of its measurements."""

    experiment: Study
    runs: tuple[Measured, ...]

    def record(self, name: str) -> MeasurementRecord | None:
        """The record of one measurement, None if there is none; ValueError for a name the study does not know."""
        self.experiment.measurement(name)
        return next(run.record for run in self.runs if run.measurement.name == name)

    def result(self, name: str) -> dict | None:
        """What one measurement computed, None if it has not."""
        record = self.record(name)
        return None if record is None else record.result

    @property
    def records(self) -> list[MeasurementRecord]:
        return [run.record for run in self.runs if run.record is not None]

    def count(self, state: str) -> int:
        return sum(run.state == state for run in self.runs)


def load(study: Study, folder: Path | None = None) -> StudyResults:
    """A study with the records there are.

    Raises:
        RecordError: there is no results folder.
    """
    folder = folder or records.results_folder()
    return StudyResults(study, tuple(_look_up(study, m, folder) for m in study.measurements))


def run_missing(
    study: Study,
    only: Iterable[str] | None = None,
    *,
    device: str = "auto",
    report: Report | None = None,
    deadline: float = math.inf,
    wait: bool = False,
    folder: Path | None = None,
) -> list[MeasurementRecord]:
    """Make the measurements that have no current record, write each as it ends, and return them.

    Any number of workers may do this at once, as with ``runner.run_missing``: a measurement that another is at is left
    to it.

    Args:
        only: names of measurements; all if None.
        device: as for ``machine.measuring``.
        report: told how a measurement goes.
        deadline: of ``time.monotonic()``; past it no measurement is begun, and no epoch of a network that one needs.
            What else it does it does to the end, since it keeps nothing of half its work.
        wait: stay while other workers are at the last measurements, to take over from those that die.

    Raises:
        ValueError: ``only`` names a measurement that the study does not have.
        RecordError: a record is damaged, or the folder cannot be written; found out before anything is computed.
        DeviceError: as ``machine.measuring``.
    """
    folder = folder or records.results_folder(to_write=True)
    wanted = study.measurements if only is None else [study.measurement(name) for name in only]
    states = [_look_up(study, measurement, folder) for measurement in wanted]
    for state in states:
        if state.problem:
            raise RecordError(state.problem)
    written: list[MeasurementRecord] = []
    pieces = share(
        [state.measurement for state in states],
        records.checkpoint_folder(),
        name=lambda measurement: f"{study.name}/{measurement.name}",
        result=lambda measurement: _path(study, measurement, folder),
        is_done=lambda measurement: _look_up(study, measurement, folder).state not in ("missing", "stale"),
        wait=wait,
        deadline=deadline,
    )
    with measuring(device, deadline), contextlib.suppress(OutOfTime):
        for measurement, lease in pieces:
            with lease:
                if time.monotonic() > deadline:
                    break
                with contextlib.suppress(LeaseLost):  # and with it the measurement, to the worker that took it over
                    written.append(_make(study, measurement, lease, report, folder))
    return written


def _make(
    study: Study, measurement: Measurement, lease: Lease, report: Report | None, folder: Path
) -> MeasurementRecord:
    on = accelerator() if measurement.accelerated else "cpu"
    start = time.perf_counter()
    result = measurement.compute(lease.renewing(report), **measurement.settings)
    record = MeasurementRecord(
        study=study.name,
        name=measurement.name,
        settings=measurement.settings,
        reduced=measurement.reduced,
        version=measurement.version,
        result=result,
        seconds=round(time.perf_counter() - start, 3),
        environment=describe(torch.device(on)),
    )
    path = _path(study, measurement, folder)
    lease.seal()
    records.write_json(path, asdict(record), "then measure again")
    lease.finish()
    return record


def _look_up(study: Study, measurement: Measurement, folder: Path) -> Measured:
    path = _path(study, measurement, folder)
    try:
        record = MeasurementRecord(**json.loads(path.read_text("utf-8")))
    except FileNotFoundError:
        return Measured(measurement, "missing")
    except (OSError, ValueError, TypeError) as error:
        return Measured(
            measurement,
            "damaged",
            problem=f"{path} is not the record of a measurement ({error}); restore it with 'git checkout', "
            "or move it away and measure again",
        )
    planned = json.loads(json.dumps(measurement.settings))  # as JSON gives it back: tuples are lists
    if (record.settings, record.version) != (planned, measurement.version):
        return Measured(measurement, "stale", record)
    return Measured(measurement, "reduced" if record.reduced else "done", record)


def _path(study: Study, measurement: Measurement, folder: Path) -> Path:
    return folder / study.name / f"{measurement.name}.json"
