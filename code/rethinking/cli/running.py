"""What ``rethinking run`` does: the runs and measurements that are missing, one after the other or by workers."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING

from rich.progress import Progress

from rethinking.cli.common import Choice, by_name, check_choice, chosen_runs, console, fail
from rethinking.cli.progress import COLUMNS, ProgressBars
from rethinking.experiments import records, studies, sweep, weights
from rethinking.experiments.machine import accelerator, measuring
from rethinking.experiments.measure import measure_missing
from rethinking.experiments.results import STATES
from rethinking.experiments.runner import cheap_first, expected_seconds, missing, run_missing
from rethinking.experiments.sweep import SlurmJob, Worker
from rethinking.experiments.wanted import Wanted
from rethinking.training import OutOfTime, RunConfig, resolve

if TYPE_CHECKING:
    from torch import nn


def wanted(experiments: list[str], choice: Choice, *, in_order: bool) -> Wanted:
    """What is to be there in the end: small networks first, unless it is to be done in the order named and planned.

    Raises:
        ValueError: a name or an option stands for nothing.
    """
    found, called = by_name(experiments)
    chosen = [one for one in found if isinstance(one, studies.Study)]
    planned = chosen_runs(found, choice)
    configs = list(dict.fromkeys([*called, *planned]))
    check_choice(choice, chosen, of_runs=bool(planned))
    only = None if choice.only is None else tuple(choice.only)
    return Wanted(tuple(configs if in_order else cheap_first(configs)), tuple(chosen), only)


def here(wanted: Wanted, device: str, deadline: float) -> None:
    """Do it in this process, one after the other."""
    if wanted.configs:  # before the studies, which may need their networks
        _announce(wanted.configs, device)
        _run(wanted.configs, device, deadline)
    for study in wanted.studies:
        if names := study.chosen(wanted.only):
            _measure(study, names, device, deadline)


def by_workers(worker: Worker, executor: str, workers: int, job: SlurmJob) -> None:
    """Start workers that do it; stay with those of this machine, and leave those of a cluster to it."""
    sweep.check(executor, workers)
    wanted = worker.wanted
    if not wanted.left():
        console.print("nothing to do: every record is there")
        return
    started = sweep.start(worker, executor, workers, job)
    words = f"{len(wanted.left())} to do · {workers} worker{'s' * (workers > 1)} · logs in {started.logs}"
    console.print(words, soft_wrap=True)
    if executor == "slurm":
        jobs = ", ".join(job.job_id for job in started.jobs)
        console.print(f"jobs {jobs}; 'rethinking status' shows how far they are")
        return
    with closing(started.follow()) as written:
        for record in written:
            console.print(f"{record.run}  {record.seconds:.0f} s", soft_wrap=True)
    failures, left = started.failures(), wanted.left()
    for failure in failures:
        console.print(failure, style="red", soft_wrap=True)
    if left and failures:
        fail(f"{len(left)} of them are left; the same command goes on from here")
    if left:
        console.print(f"time budget used up with {len(left)} of them left; the same command goes on from here")


def trained_networks(configs: list[RunConfig], device: str, deadline: float) -> Iterator[tuple[RunConfig, nn.Module]]:
    """Each run with its trained network, as far as the time goes; says beforehand how many have to be trained."""
    todo = [config for config in configs if not weights.is_kept(config)]
    with ProgressBars(console, sum(config.epochs for config in configs)) as bars, measuring(device, deadline):
        if todo:
            kept = len(configs) - len(todo)
            console.print(f"{len(configs)} networks · {kept} kept · {_to_do(todo, accelerator())}")
        for number, config in enumerate(configs):
            bars.begin(config, number, len(configs))
            try:
                network = weights.network(config, progress=partial(bars.epoch, config))
            except OutOfTime:
                console.print("time budget used up, or another worker is at it; the same command goes on from here")
                return
            bars.end(config)
            yield config, network


def _announce(configs: Sequence[RunConfig], device: str) -> None:
    todo = missing(configs, records.results_folder(to_write=True))
    console.print(f"{len(configs)} runs planned · {len(configs) - len(todo)} done · {_to_do(todo, device)}")


def _to_do(todo: list[RunConfig], device: str) -> str:
    """``2 to do · cpu · about 5 min``."""
    on = resolve(device)
    seconds = expected_seconds(todo, records.results_folder(to_write=True), on.type)
    about = "at most" if any(config.stop_at_accuracy for config in todo) else "about"
    minutes = f" · {about} {seconds / 60:.0f} min" if todo and seconds is not None else ""
    return f"{len(todo)} to do · {on}{minutes}"


def _run(configs: Sequence[RunConfig], device: str, deadline: float) -> None:
    folder = records.results_folder(to_write=True)
    epochs = sum(config.epochs for config in missing(configs, folder))
    with ProgressBars(console, epochs) as observer:
        outcome = run_missing(configs, device=device, deadline=deadline, observer=observer)
    console.print(f"{len(outcome.written)} records written to {folder}", soft_wrap=True)
    if outcome.elsewhere:
        console.print(f"{len(outcome.elsewhere)} runs left to other workers that are at them")
    if outcome.out_of_time:
        console.print("time budget used up; the same command goes on from here")


def _measure(study: studies.Study, names: Collection[str], device: str, deadline: float) -> None:
    with Progress(*COLUMNS, console=console, transient=True) as bars:
        bar = bars.add_task(study.name, total=1.0)

        def report(what: str, fraction: float) -> None:
            bars.update(bar, description=f"{study.name} · {what}", completed=fraction)

        for record in measure_missing(study, names, device=device, report=report, deadline=deadline):
            console.print(f"{record.run}  {record.seconds:.0f} s", soft_wrap=True)
    state = studies.load(study, records.results_folder(to_write=True))
    console.print(
        f"{study.name} · {len(study.measurements)} measurements planned · "
        + ", ".join(f"{state.count(name)} {name}" for name in STATES if state.count(name)),
    )
    if any(run.measurement.name in names and run.state in ("missing", "stale") for run in state.runs):
        reason = "other workers are at them" if math.isinf(deadline) else "the time is up, or other workers are at them"
        console.print(f"some are left: {reason}; the same command goes on from here")
