"""How far the plan is, and what there is of an experiment's records."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from rethinking.experiments import records
from rethinking.experiments.plan import Experiment, reduced
from rethinking.training import PRECISIONS, RunConfig, RunRecord

STATES = ("done", "reduced", "stale", "missing", "damaged")


@dataclass(frozen=True)
class PlannedRun:
    """A run of the plan and what there is of it.

    Attributes:
        config: as planned.
        state: ``done``; ``reduced``, where only a smaller run stands in; ``stale``, made by older training numerics;
            ``missing``; ``damaged``.
        record: the run's own, or the reduced stand-in's.
        stand_in: the reduced run's, where there is one, beside the run's own as well.
        problem: what is wrong with a damaged record, the run's own or the stand-in's.
    """

    config: RunConfig
    state: str
    record: RunRecord | None = None
    stand_in: RunRecord | None = None
    problem: str | None = None

    @property
    def run(self) -> str:
        """The planned run's name, ``model/slug``."""
        return self.config.run


def look_up(config: RunConfig, folder: Path | None = None) -> PlannedRun:
    """What there is of a planned run; a reduced run stands in until the planned one is there, best in its precision."""
    small, stand_in, problem = reduced(config, config.precision), None, None
    try:
        own = records.find(config, folder)
    except records.RecordError as error:
        return PlannedRun(config, "damaged", problem=str(error))
    try:
        stand_in = None if config == small else _in_either_precision(small, folder)
    except records.RecordError as error:
        problem = str(error)
    record = own or stand_in
    if record is None:
        return PlannedRun(config, "damaged" if problem else "missing", problem=problem)
    state = "stale" if records.is_stale(record) else "done" if own else "reduced"
    return PlannedRun(config, state, record, stand_in, problem)


def _without_stale(run: PlannedRun) -> PlannedRun:
    stand_in = None if run.stand_in is None or records.is_stale(run.stand_in) else run.stand_in
    if run.state == "stale":
        state = "missing" if stand_in is None else "reduced"
        return replace(run, state=state, record=stand_in, stand_in=stand_in)
    return replace(run, stand_in=stand_in)


def comparable(one: RunRecord, other: RunRecord) -> bool:
    """Whether two runs trained on equally many images, for as long or until the same accuracy."""
    sizes = ((r.config.train_size, r.config.epochs, r.config.stop_at_accuracy) for r in (one, other))
    return len(set(sizes)) == 1


def reduced_runs(
    plan: Experiment, seeds: Iterable[int] | None = None, precision: str = "float32", folder: Path | None = None
) -> list[RunConfig]:
    """What a machine that cannot do an experiment's runs does instead: each ``reduced``, in the other precision if it
    has a record in that alone."""
    folder = folder or records.results_folder(to_write=True)
    wanted = [reduced(config, precision) for config in plan.runs(seeds)]
    found = [(config, _in_either_precision(config, folder)) for config in wanted]
    return [config if record is None or records.is_stale(record) else record.config for config, record in found]


def _in_either_precision(config: RunConfig, folder: Path | None) -> RunRecord | None:
    """The record of a run in its own precision, else in the other; one that is stale only if there is no other."""
    own_first = sorted(PRECISIONS, key=lambda precision: precision != config.precision)
    both = (records.find(replace(config, precision=precision), folder) for precision in own_first)
    found = [record for record in both if record is not None]
    return min(found, key=records.is_stale, default=None)


@dataclass(frozen=True)
class Results:
    """An experiment and what there is of its runs.

    Attributes:
        experiment: the plan.
        runs: each planned run with its state and record.
    """

    experiment: Experiment
    runs: tuple[PlannedRun, ...]

    @property
    def records(self) -> list[RunRecord]:
        """Every record there is, the reduced stand-ins among them, in the order of the plan."""
        return [run.record for run in self.runs if run.record is not None]

    def of(self, **description: object) -> list[RunRecord]:
        """The records of one row of the experiment, by seed; [] if none has been run.

        Args:
            description: as ``row_of`` takes it.
        """
        return self.of_row(row_of(self.experiment, **description))

    def of_row(self, row: RunConfig) -> list[RunRecord]:
        """The records of one row, by seed; reduced ones only while there is no other."""
        same = [run for run in self.runs if run.record is not None and replace(run.config, seed=row.seed) == row]
        whole = [run for run in same if run.record is not run.stand_in]
        return [run.record for run in whole or same if run.record is not None]

    def whole(self) -> Results:
        """The same with the runs that were done as planned alone, no reduced stand-ins."""
        own = (run for run in self.runs if run.record is not run.stand_in)
        return replace(self, runs=tuple(replace(run, stand_in=None) for run in own))

    def current(self) -> Results:
        """The same as if what is stale were not there: a reduced stand-in that is not stale steps in."""
        return replace(self, runs=tuple(map(_without_stale, self.runs)))

    def small(self) -> Results:
        """The same with the reduced stand-ins alone, also of runs that have since been done as planned."""
        found = [run for run in self.runs if run.stand_in is not None]
        return replace(self, runs=tuple(replace(run, state="reduced", record=run.stand_in) for run in found))

    def of_model(self, model: str) -> Results:
        """The same with the runs of one model alone."""
        return replace(self, runs=tuple(run for run in self.runs if run.config.model == model))

    def with_the_same_seeds(self, *descriptions: Mapping[str, object]) -> list[list[RunRecord]]:
        """The records of several rows, by seed, of the seeds that have them all; empty lists where none has.

        Args:
            descriptions: each as ``row_of`` takes it.
        """
        rows = [self.of(**description) for description in descriptions]
        seeds = set.intersection(*({record.config.seed for record in found} for found in rows))
        return [[record for record in found if record.config.seed in seeds] for found in rows]

    def in_one_size(self, *descriptions: Mapping[str, object]) -> list[list[RunRecord]]:
        """As ``with_the_same_seeds``, for comparisons: all as planned where some seed has them all, else reduced."""
        sizes = (size.with_the_same_seeds(*descriptions) for size in (self.whole(), self.small()))
        return next(filter(any, sizes), [[] for _ in descriptions])

    def alike(self, model: str, *corruptions: str) -> Results:
        """The same with runs of one model and one size, for comparisons: as planned, or reduced where more of its rows
        are there in that size. Runs as planned without regularization on each of ``corruptions`` are preferred, however
        few."""
        whole, small = self.whole().of_model(model), self.small().of_model(model)
        plain = {record.config.corruption for record in whole.records if not record.config.regularized}
        if corruptions and plain.issuperset(corruptions):
            return whole
        return small if small.rows_done > whole.rows_done else whole

    @property
    def rows_done(self) -> int:
        """How many rows of the experiment have a record, with whatever seed."""
        return len({replace(run.config, seed=0) for run in self.runs if run.record is not None})

    def count(self, state: str) -> int:
        """How many planned runs are in a state, one of ``STATES``."""
        return sum(run.state == state for run in self.runs)


def load(plan: Experiment, seeds: Iterable[int] | None = None, folder: Path | None = None) -> Results:
    """An experiment with the records there are.

    Raises:
        RecordError: there is no results folder.
    """
    folder = folder or records.results_folder()
    return Results(plan, tuple(look_up(config, folder) for config in plan.runs(seeds)))


def row_of(plan: Experiment, **description: object) -> RunConfig:
    """The row of an experiment that fits a description: ``model``, ``corruption``, ``random_crop``, ``augmentation``
    and ``weight_decay`` (whether there is any); what is left out is off, and the labels are true.

    Raises:
        KeyError: not exactly one row fits.
    """
    wanted = {
        "corruption": "true-labels",
        "random_crop": False,
        "augmentation": False,
        "weight_decay": False,
        **description,
    }
    fitting = [
        row
        for row in plan.rows
        if all((bool(row.weight_decay) if k == "weight_decay" else getattr(row, k)) == v for k, v in wanted.items())
    ]
    if len(fitting) != 1:
        models = ", ".join(dict.fromkeys(row.model for row in plan.rows))
        raise KeyError(f"{len(fitting)} rows of {plan.name} fit {wanted}, and one has to; its models are {models}")
    return fitting[0]


def mean_and_spread(values: Iterable[float]) -> tuple[float, float | None]:
    """Mean and sample standard deviation over seeds; no deviation for a single value."""
    values = list(values)
    return statistics.fmean(values), statistics.stdev(values) if len(values) > 1 else None
