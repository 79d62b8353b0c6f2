"""Make the missing measurements of a study, one record at a time, by any number of workers."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

import torch

from rethinking.experiments import records
from rethinking.experiments.lease import Lease, LeaseLost, share
from rethinking.experiments.machine import devices_given, measuring
from rethinking.experiments.records import RecordError
from rethinking.experiments.studies import Measurement, MeasurementRecord, Study, look_up, path_of
from rethinking.reports import Report, silent
from rethinking.training import OutOfTime
from rethinking.training.device import describe


def measure_missing(
    study: Study,
    only: Iterable[str] | None = None,
    *,
    device: str = "auto",
    report: Report = silent,
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
    states = [look_up(study, measurement, folder) for measurement in wanted]
    for state in states:
        if state.problem:
            raise RecordError(state.problem)
    written: list[MeasurementRecord] = []
    pieces = share(
        [state.measurement for state in states],
        records.checkpoint_folder(),
        name=lambda measurement: study.run_of(measurement.name),
        result=lambda measurement: path_of(study, measurement, folder),
        is_done=lambda measurement: look_up(study, measurement, folder).state not in ("missing", "stale"),
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


def _make(study: Study, measurement: Measurement, lease: Lease, report: Report, folder: Path) -> MeasurementRecord:
    start = time.perf_counter()
    with devices_given() as given:
        result = measurement.compute(lease.renewing(report), **measurement.settings)
    record = MeasurementRecord(
        study=study.name,
        name=measurement.name,
        settings=measurement.settings,
        reduced=measurement.reduced,
        version=measurement.version,
        result=result,
        seconds=round(time.perf_counter() - start, 3),
        environment=describe(torch.device(given[-1] if given else "cpu")),
    )
    path = path_of(study, measurement, folder)
    lease.seal()
    records.write_json(path, asdict(record), "then measure again")
    lease.finish()
    return record
