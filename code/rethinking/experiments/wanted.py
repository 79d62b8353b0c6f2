"""What is wanted: some runs and measurements, and which of them are there."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from rethinking.experiments import records, studies
from rethinking.experiments.studies import MeasurementRecord, Study
from rethinking.training import RunConfig, RunRecord


@dataclass(frozen=True)
class Wanted:
    """Runs and measurements that somebody asked for.

    Attributes:
        configs: the runs.
        studies: the studies; of each, the measurements that ``only`` names, all if None.
    """

    configs: tuple[RunConfig, ...] = ()
    studies: tuple[Study, ...] = ()
    only: tuple[str, ...] | None = None

    def done(self, but: Collection[str] = ()) -> dict[str, RunRecord | MeasurementRecord]:
        """Their current records, by name, ``but`` for those with these names."""
        folder = records.results_folder(to_write=True)
        found: dict[str, RunRecord | MeasurementRecord] = {}
        for config in self.configs:
            if config.run not in but and (record := records.find_current(config, folder)) is not None:
                found[config.run] = record
        for study in self.studies:
            chosen = study.chosen(self.only)
            for run in studies.load(study, folder).runs:
                if run.measurement.name in chosen and run.current is not None:
                    found[run.run] = run.current
        return found

    def left(self) -> list[str]:
        """The names of those without a current record."""
        names = [config.run for config in self.configs]
        names += [study.run_of(name) for study in self.studies for name in study.chosen(self.only)]
        done = self.done()
        return [name for name in names if name not in done]
