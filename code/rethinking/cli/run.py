"""``rethinking run``: do what is missing, here or through workers."""

from __future__ import annotations

from typing import Annotated

import typer

from rethinking.cli.common import Choice, deadline_in
from rethinking.experiments import CATALOGUE


def run(
    experiments: Annotated[
        list[str],
        typer.Argument(help=f"One or more of {', '.join(CATALOGUE)}; or of runs, each called as its record is."),
    ],
    seeds: Annotated[str | None, typer.Option(help="Seeds, e.g. 0,1,2; the planned ones if left out.")] = None,
    model: Annotated[list[str] | None, typer.Option(help="Only runs of this model; may be repeated.")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")] = "auto",
    time_budget: Annotated[float | None, typer.Option(help="Stop in time to end within so many seconds.")] = None,
    reduced: Annotated[
        bool, typer.Option("--reduced", help="On 5,000 training images, until they are fitted; marked as reduced.")
    ] = False,
    precision: Annotated[
        str | None, typer.Option(help="Of reduced runs: float32, or bfloat16 if 'doctor' finds it faster here.")
    ] = None,
    only: Annotated[list[str] | None, typer.Option(help="Only this measurement of a study; may be repeated.")] = None,
    in_order: Annotated[
        bool, typer.Option("--in-order", help="Runs as they are named and planned, not small networks first.")
    ] = False,
    executor: Annotated[str | None, typer.Option(help="Hand the work to workers: local or slurm.")] = None,
    workers: Annotated[int | None, typer.Option(help="How many workers; one if left out.")] = None,
    partition: Annotated[str | None, typer.Option(help="Slurm: where the workers' jobs run.")] = None,
    gpus: Annotated[int | None, typer.Option(help="Slurm: GPUs of each worker.")] = None,
    minutes: Annotated[int | None, typer.Option("--time", help="Slurm: minutes each job may take.")] = None,
):
    """Do what is missing from these experiments; stop it and start it again at any time."""
    from rethinking.cli import running  # with torch, which --help and others do without

    deadline = deadline_in(time_budget)
    choice = Choice(seeds=seeds, model=model, reduced=reduced, precision=precision, only=only)
    wanted = running.wanted(experiments, choice, in_order=in_order)
    job = running.SlurmJob(partition, gpus, minutes)
    if executor is not None:
        worker = running.Worker(wanted, device, time_budget)
        running.by_workers(worker, executor, 1 if workers is None else workers, job)
    elif workers is not None or job != running.SlurmJob():
        raise ValueError("--workers, --partition, --gpus and --time need --executor local or --executor slurm")
    else:
        running.here(wanted, device, deadline)
