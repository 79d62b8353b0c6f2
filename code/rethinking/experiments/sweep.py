"""Many workers at once: processes on this machine, or jobs of a Slurm cluster, both through ``submitit``.

A worker is given the whole list of what is wanted and does what nobody else is at; leases keep workers apart (see
``lease``), so any number may be started at any time, by any number of sweeps.
"""

from __future__ import annotations

import importlib.util
import math
import os
import re
import shutil
import sys
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from rethinking.experiments import records
from rethinking.experiments.measure import measure_missing
from rethinking.experiments.runner import Observer, run_missing
from rethinking.experiments.studies import MeasurementRecord
from rethinking.experiments.wanted import Wanted
from rethinking.training import RunConfig, RunRecord, resolve

if TYPE_CHECKING:
    import submitit

EXECUTORS = ("local", "slurm")
MARGIN = 120.0
"""Seconds before a job's time limit by which its worker has stopped of itself, its last epoch kept."""

NO_LIMIT = 60 * 24 * 365
"""Minutes; submitit wants a limit for local workers too."""


class SweepError(ValueError):
    """A sweep that cannot be started; the message says what to install or to set."""


@dataclass(frozen=True)
class Worker:
    """Does what is wanted and nobody else is at when it is called, in a process of its own.

    Attributes:
        wanted: by all workers together.
        device: as for ``train``.
        time_budget: seconds from the call; no epoch is begun that cannot be expected to end within them.
        wait: stay while other workers are at the last pieces, to take over from those that die. On a cluster a worker
            does not idle on a device that others could use.
        threads: for torch; None leaves them as they are.
        environment: variables set, or removed where the value is None, before any of it is done.
    """

    wanted: Wanted
    device: str = "auto"
    time_budget: float | None = None
    wait: bool = False
    threads: int | None = None
    environment: dict[str, str | None] = field(default_factory=dict)

    def __call__(self) -> None:
        """What a worker's process does."""
        for name, value in self.environment.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
        if self.threads is not None:
            torch.set_num_threads(self.threads)
        deadline = math.inf if self.time_budget is None else time.monotonic() + self.time_budget
        for wait in (False, True) if self.wait else (False,):
            # the runs first: studies may need their networks
            run_missing(self.wanted.configs, device=self.device, deadline=deadline, wait=wait, observer=_Log())
            for study in self.wanted.studies:
                chosen = study.chosen(self.wanted.only)
                for record in measure_missing(study, chosen, device=self.device, deadline=deadline, wait=wait):
                    print(f"written {record.run}", flush=True)

    def checkpoint(self) -> submitit.helpers.DelayedSubmission:
        """Called by submitit when the cluster wants the node back: the job is queued again and does the same."""
        import submitit

        return submitit.helpers.DelayedSubmission(self)


@dataclass(frozen=True)
class SlurmJob:
    """What is asked of Slurm for each worker's job.

    Attributes:
        partition: where it runs; Slurm's own choice if None.
        gpus: how many.
        minutes: the time limit, which must be given; the worker stops of itself ``MARGIN`` seconds before.
    """

    partition: str | None = None
    gpus: int | None = None
    minutes: int | None = None


@dataclass(frozen=True)
class Sweep:
    """Workers that have been started.

    Attributes:
        worker: what each of them does.
        jobs: submitit's, one for each.
        before: the names of the records that were there when they were started.
    """

    worker: Worker
    jobs: tuple[submitit.Job, ...]
    before: frozenset[str]

    @property
    def logs(self) -> Path:
        return self.jobs[0].paths.folder

    def follow(self) -> Generator[RunRecord | MeasurementRecord, None, None]:
        """Each record when it is written, by whomever, until these workers have ended; if interrupted, it ends them."""
        seen = set(self.before)
        try:
            over = False
            while not over:
                over = all(job.done() for job in self.jobs)
                for name, record in self.worker.wanted.done(but=seen).items():
                    if name not in seen:
                        seen.add(name)
                        yield record
                time.sleep(0 if over else 0.5)
        finally:
            for job in self.jobs:
                if not job.done():
                    job.cancel()

    def failures(self) -> list[str]:
        """Of each worker that has ended by an error or was killed: why, in a line, and where its log is."""
        said = []
        for job in self.jobs:
            killed = not job.paths.result_pickle.exists()  # submitit would wait for it
            error = "its process was killed" if killed else job.exception()
            if error is not None:
                said.append(f"worker {job.job_id} ended early: {_last_line(str(error))}; its log is {job.paths.stderr}")
        return said


def check(executor: str, workers: int) -> None:
    """Raises SweepError: there is no such executor, or no worker."""
    if executor not in EXECUTORS:
        raise SweepError(f"unknown executor {executor!r}; choose from {', '.join(EXECUTORS)}")
    if workers < 1:
        raise SweepError(f"a sweep needs at least one worker; got --workers {workers}")


def start(worker: Worker, executor: str, workers: int, job: SlurmJob = SlurmJob()) -> Sweep:
    """Start workers; their logs lie in ``workers`` beside the checkpoints.

    Local workers share this machine: its cores are divided among them; on several GPUs they take turns, on one they
    share it. Workers of a cluster must see the results, checkpoint and data folders under the same paths as this
    process.

    Args:
        worker: what each of them does.
        executor: ``local`` or ``slurm``.
        workers: how many.
        job: on Slurm.

    Raises:
        SweepError: submitit or Slurm is not there, or a setting is missing or makes no sense.
        DeviceError: as ``train``.
        RecordError: the logs' folder cannot be written.
    """
    check(executor, workers)
    if importlib.util.find_spec("submitit") is None:
        raise SweepError(f"--executor {executor} needs submitit; install it with 'pip install submitit'")
    if os.name != "posix":
        raise SweepError(
            "--executor needs POSIX signals; here, start the same command several times without it instead"
        )
    worker, before = replace(worker, environment=_folders()), frozenset(worker.wanted.done())
    logs = records.checkpoint_folder().absolute() / "workers"
    records.check_writable(logs)
    if executor == "local":
        if job != SlurmJob():
            raise SweepError("--partition, --gpus and --time are settings of --executor slurm; leave them out")
        return Sweep(worker, _start_here(worker, workers, logs), before)
    return Sweep(worker, _queue(worker, workers, logs, job), before)


def _start_here(worker: Worker, workers: int, logs: Path) -> tuple[submitit.Job, ...]:
    import submitit

    jobs = submitit.AutoExecutor(logs, cluster="local")
    jobs.update_parameters(timeout_min=NO_LIMIT)
    with _errors_to(logs / "submitit.err"):
        return tuple(jobs.submit(one) for one in _sharing_this_machine(worker, workers))


def _queue(worker: Worker, workers: int, logs: Path, job: SlurmJob) -> tuple[submitit.Job, ...]:
    """Jobs in Slurm's queue, each stopping before its limit."""
    import submitit
    from submitit.core.utils import FailedJobError

    if shutil.which("srun") is None:
        raise SweepError(
            "--executor slurm needs Slurm, and there is no srun here; start the sweep on a login node of the cluster, "
            "or use --executor local"
        )
    if job.minutes is None or 60 * job.minutes <= 2 * MARGIN:
        raise SweepError(
            f"--executor slurm needs --time, in minutes, more than {2 * MARGIN / 60:.0f}; got {job.minutes}: the "
            "worker stops before the limit of its job and keeps its last epoch"
        )
    budget = min(60 * job.minutes - MARGIN, math.inf if worker.time_budget is None else worker.time_budget)
    jobs = submitit.AutoExecutor(logs, cluster="slurm", slurm_max_num_timeout=0)
    jobs.update_parameters(
        name="rethinking",
        timeout_min=job.minutes,
        gpus_per_node=job.gpus,
        slurm_partition=job.partition,
        slurm_signal_delay_s=int(MARGIN // 2),
    )
    try:
        with jobs.batch():
            started = [jobs.submit(replace(worker, time_budget=budget)) for _ in range(workers)]
    except FailedJobError as error:
        raise SweepError(f"Slurm refuses the job: {_last_line(str(error))}") from error
    return tuple(started)


class _Log(Observer):
    """A runner's observer that writes to the worker's log."""

    def begin(self, config: RunConfig, done: int, total: int) -> None:
        print(f"began {config.run}", flush=True)

    def end(self, config: RunConfig, record: RunRecord) -> None:
        print(f"written {config.run}", flush=True)


def _sharing_this_machine(worker: Worker, workers: int) -> list[Worker]:
    """A share each: of the cores, and of the GPUs, which submitit hides from local jobs that do not ask for them."""
    on = resolve(worker.device)
    devices = [worker.device]
    if on.type == "cuda" and on.index is None:
        devices = [f"cuda:{index}" for index in range(torch.cuda.device_count())]
    environment = {**worker.environment, "CUDA_VISIBLE_DEVICES": os.environ.get("CUDA_VISIBLE_DEVICES")}
    threads = max(1, torch.get_num_threads() // workers)
    shared = replace(worker, wait=True, threads=threads, environment=environment)
    return [replace(shared, device=devices[number % len(devices)]) for number in range(workers)]


@contextmanager
def _errors_to(path: Path) -> Iterator[None]:
    """Processes started in this context write their errors to a file: those in which submitit wraps its local workers
    would each end a Ctrl-C with a traceback on the terminal."""
    sys.stderr.flush()
    terminal = os.dup(2)
    with path.open("a", encoding="utf-8") as file:
        os.dup2(file.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(terminal, 2)
        os.close(terminal)


def _folders() -> dict[str, str | None]:
    """The package's variables as this process has them, the folders spelled out."""
    found: dict[str, str | None] = {name: value for name, value in os.environ.items() if name.startswith("RETHINKING_")}
    folders = {"RESULTS": records.results_folder(to_write=True), "CHECKPOINTS": records.checkpoint_folder()}
    return found | {f"RETHINKING_{name}": str(Path(folder).absolute()) for name, folder in folders.items()}


def _last_line(text: str) -> str:
    """Of an error of submitit's: the last line of the trace between its dashes, which is the error itself."""
    trace = re.split(r"^-{10,}$", text, flags=re.MULTILINE)
    return (trace[1] if len(trace) > 1 else text).strip().splitlines()[-1].strip()
