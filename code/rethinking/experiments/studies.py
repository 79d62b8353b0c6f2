"""Studies: experiments whose results are not training runs but measurements, each a function of its settings.

One record per measurement, ``<results>/<study>/<measurement>.json``, written when it ends, wholly or not at all.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from types import NoneType

from rethinking.experiments import records


@dataclass(frozen=True)
class Measurement:
    """One result of a study.

    Attributes:
        name: also the record's file name.
        compute: called as ``compute(report, **settings)``; returns plain JSON values, accuracies and errors being
            fractions.
        settings: everything that decides the outcome, plain JSON values.
        reduced: whether it is smaller than what the paper did.
        version: of the computation; raise it when the same settings would give other numbers.
    """

    name: str
    compute: Callable[..., dict]
    settings: dict = field(default_factory=dict)
    reduced: bool = False
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

    def run_of(self, name: str) -> str:
        """``study/name``, which is also where that measurement's record lies, as a training run's ``model/slug``."""
        return f"{self.name}/{name}"

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
        """As ``Study.run_of``."""
        return f"{self.study}/{self.name}"


@dataclass(frozen=True)
class Measured:
    """A measurement and what there is of it.

    Attributes:
        run: its name, ``study/name``.
        state: one of ``results.STATES``, as for a planned run.
    """

    run: str
    measurement: Measurement
    state: str
    record: MeasurementRecord | None = None
    problem: str | None = None

    @property
    def current(self) -> MeasurementRecord | None:
        """The record, unless another version or other settings made it."""
        return None if self.state == "stale" else self.record


@dataclass(frozen=True)
class StudyResults:
    """A study and what there is of its measurements."""

    experiment: Study
    runs: tuple[Measured, ...]

    def record(self, name: str) -> MeasurementRecord | None:
        """The record of one measurement, None if there is no current one; ValueError for a name the study does not
        know."""
        self.experiment.measurement(name)
        return next(run.current for run in self.runs if run.measurement.name == name)

    def result(self, name: str) -> dict | None:
        """What one measurement computed, None if it has not."""
        record = self.record(name)
        return None if record is None else record.result

    @property
    def records(self) -> list[MeasurementRecord]:
        """The current records, in the order of the study."""
        return [run.current for run in self.runs if run.current is not None]

    def count(self, state: str) -> int:
        """How many measurements are in a state."""
        return sum(run.state == state for run in self.runs)


def load(study: Study, folder: Path | None = None) -> StudyResults:
    """A study with the records there are.

    Raises:
        RecordError: there is no results folder.
    """
    folder = folder or records.results_folder()
    return StudyResults(study, tuple(look_up(study, m, folder) for m in study.measurements))


def look_up(study: Study, measurement: Measurement, folder: Path) -> Measured:
    """A measurement of a study and what there is of it in the results folder; a damaged record becomes a problem."""
    path, run = path_of(study, measurement, folder), study.run_of(measurement.name)
    try:
        record = MeasurementRecord(**json.loads(path.read_text("utf-8")))
        if record.run != run:
            raise ValueError(f"it is that of {record.run}")
        for part in ("settings", "result", "environment"):
            if not isinstance(getattr(record, part), dict):
                raise ValueError(f"its {part} is not a table")
        if missing := {"device", "device_name"}.difference(record.environment):
            raise ValueError(f"its environment lacks {min(missing)}")
        if not isinstance(record.seconds, (int, float, NoneType)) or not isinstance(record.reduced, bool):
            raise ValueError("its seconds are no number, or 'reduced' is neither true nor false")
    except (FileNotFoundError, NotADirectoryError):
        return Measured(run, measurement, "missing")
    except (OSError, ValueError, TypeError) as error:
        return Measured(
            run,
            measurement,
            "damaged",
            problem=f"{path} is not the record of a measurement ({error}); restore it with 'git checkout', "
            "or move it away and measure again",
        )
    planned = json.loads(json.dumps(measurement.settings))  # as JSON gives it back: tuples are lists
    asked = planned, measurement.version, measurement.reduced
    if (record.settings, record.version, record.reduced) != asked:
        return Measured(run, measurement, "stale", record)
    return Measured(run, measurement, "reduced" if record.reduced else "done", record)


def path_of(study: Study, measurement: Measurement, folder: Path) -> Path:
    """Where the record of a measurement lies, or would."""
    return folder / f"{study.run_of(measurement.name)}.json"
