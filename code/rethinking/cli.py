"""``rethinking``: the package from the command line. Every command here only calls the floors below and prints."""

from __future__ import annotations

import json
import math
import sys
import time
from collections import Counter
from contextlib import closing
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from rethinking.data import DataError
from rethinking.experiments import (
    CATALOGUE,
    STUDIES,
    Experiment,
    RecordError,
    Results,
    StudyResults,
    find,
    load,
    records,
    studies,
    sweep,
)
from rethinking.experiments.plan import reduced as reduce
from rethinking.experiments.results import STATES
from rethinking.experiments.runner import expected_seconds, missing, run_missing
from rethinking.training import DeviceError, RunConfig, RunRecord, resolve

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Rerun, inspect and judge the paper's experiments; everything the book shows comes from here.",
)
console = Console()

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]


def main() -> None:
    """The entry point: errors that a user can mend are one line on standard error, and exit status 1."""
    try:
        app()
    except (DataError, DeviceError, RecordError, sweep.SweepError, ValueError, ArithmeticError, OSError) as error:
        _fail(str(error))
    except MemoryError as error:
        _fail(str(error) or "there is not enough memory; try a machine with more, or --reduced")


@app.command()
def data(name: Annotated[str, typer.Argument(help="cifar10, mnist, fashion-mnist, cifar10-mini or folder:PATH.")]):
    """Fetch a data set, or check the one that is there, and say where it is."""
    from rethinking.data import fetch
    from rethinking.data import load as load_images

    where = fetch(name)
    train, test = load_images(name, "train"), load_images(name, "test")
    size = "x".join(map(str, train.images.shape[1:]))
    console.print(
        f"{name}: {len(train):,} training and {len(test):,} test images of {size}, "
        f"{len(train.classes)} classes, in {where}",
        soft_wrap=True,
        highlight=False,
    )


@app.command()
def run(
    experiments: Annotated[list[str], typer.Argument(help=f"One or more of {', '.join(CATALOGUE)}.")],
    seeds: Annotated[str | None, typer.Option(help="Seeds, e.g. 0,1,2; the planned ones if left out.")] = None,
    model: Annotated[list[str] | None, typer.Option(help="Only runs of this model; may be repeated.")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")] = "auto",
    time_budget: Annotated[float | None, typer.Option(help="Stop in time to end within so many seconds.")] = None,
    reduced: Annotated[
        bool, typer.Option("--reduced", help="On 5,000 training images, until they are fitted; marked as reduced.")
    ] = False,
    only: Annotated[list[str] | None, typer.Option(help="Only this measurement of a study; may be repeated.")] = None,
    executor: Annotated[str | None, typer.Option(help="Hand the work to workers: local or slurm.")] = None,
    workers: Annotated[int | None, typer.Option(help="How many workers; one if left out.")] = None,
    partition: Annotated[str | None, typer.Option(help="Slurm: where the workers' jobs run.")] = None,
    gpus: Annotated[int | None, typer.Option(help="Slurm: GPUs of each worker.")] = None,
    minutes: Annotated[int | None, typer.Option("--time", help="Slurm: minutes each job may take.")] = None,
):
    """Do what is missing from these experiments; stop it and start it again at any time."""
    deadline = math.inf if time_budget is None else time.monotonic() + time_budget
    found = [find(name) for name in experiments]
    chosen = [one for one in found if isinstance(one, studies.Study)]
    configs = _configs([one for one in found if isinstance(one, Experiment)], _seeds(seeds), model, reduced)
    given = {"--seeds": seeds, "--model": model, "--reduced": reduced or None}
    _check_studies(chosen, only, {} if configs else {name: value for name, value in given.items() if value is not None})
    cluster = {"partition": partition, "gpus": gpus, "minutes": minutes}
    if executor is not None:
        named = None if only is None else tuple(only)
        wanted = sweep.Worker(tuple(configs), tuple(chosen), named, device, time_budget)
        _sweep(wanted, executor, 1 if workers is None else workers, cluster)
        return
    if workers is not None or any(value is not None for value in cluster.values()):
        raise ValueError("--workers, --partition, --gpus and --time need --executor local or --executor slurm")
    _run_studies(chosen, only, deadline)
    if configs:
        _announce(configs, device)
        _run(configs, device, deadline)


def _configs(
    plans: list[Experiment], seeds: list[int] | None, model: list[str] | None, reduced: bool
) -> list[RunConfig]:
    """The runs asked for, each once."""
    configs = [config for plan in plans for config in plan.runs(seeds) if not model or config.model in model]
    if plans and model and not configs:
        names = ", ".join(plan.name for plan in plans)
        raise ValueError(f"no run of {names} uses model {', '.join(model)}; see 'rethinking status'")
    return list(dict.fromkeys(reduce(config) if reduced else config for config in configs))


def _check_studies(chosen: list[studies.Study], only: list[str] | None, of_runs: dict[str, object]) -> None:
    """Refuse options that the chosen studies cannot follow; ``of_runs`` are those that choose among training runs."""
    names = [measurement.name for study in chosen for measurement in study.measurements]
    unknown = [name for name in only or () if name not in names]
    if unknown:
        known = f"choose from {', '.join(names)}" if names else "it is for studies, and no study is asked for"
        raise ValueError(f"--only {unknown[0]}: there is no such measurement; {known}")
    if of_runs:
        studies_named = ", ".join(study.name for study in chosen)
        raise ValueError(f"{', '.join(of_runs)} chooses among training runs, and {studies_named} has none; use --only")


def _announce(configs: list[RunConfig], device: str) -> None:
    on = resolve(device)
    todo = missing(configs, records.results_folder())
    seconds = expected_seconds(todo, records.results_folder(), on.type)
    console.print(
        f"{len(configs)} runs planned · {len(configs) - len(todo)} done · {len(todo)} to do · {on}"
        + (f" · about {seconds / 60:.0f} min" if todo and seconds is not None else ""),
        highlight=False,
    )


def _run(configs: list[RunConfig], device: str, deadline: float) -> None:
    epochs = sum(config.epochs for config in missing(configs, records.results_folder()))
    with _ProgressBars(console, epochs) as observer:
        left = None if math.isinf(deadline) else deadline - time.monotonic()
        outcome = run_missing(configs, device=device, time_budget=left, observer=observer)
    console.print(f"{len(outcome.written)} records written to {records.results_folder()}", soft_wrap=True)
    if outcome.elsewhere:
        console.print(f"{len(outcome.elsewhere)} runs left to other workers that are at them")
    if outcome.out_of_time:
        console.print("time budget used up; the same command goes on from here")


def _sweep(wanted: sweep.Worker, executor: str, workers: int, cluster: dict) -> None:
    """Start the workers; stay with those of this machine, and leave those of a cluster to it."""
    if not wanted.left():
        console.print("nothing to do: every record is there")
        return
    started = sweep.start(wanted, executor, workers, **cluster)
    words = f"{len(wanted.left())} to do · {workers} worker{'s' * (workers > 1)} · logs in {started.logs}"
    console.print(words, soft_wrap=True, highlight=False)
    if executor == "slurm":
        jobs = ", ".join(job.job_id for job in started.jobs)
        console.print(f"jobs {jobs}; 'rethinking status' shows how far they are", highlight=False)
        return
    with closing(started.follow()) as written:
        for record in written:
            console.print(f"{record.run}  {record.seconds:.0f} s", soft_wrap=True, highlight=False)
    failures, left = started.failures(), wanted.left()
    for failure in failures:
        console.print(failure, style="red", soft_wrap=True, highlight=False)
    if left and failures:
        _fail(f"{len(left)} of them are left; the same command goes on from here")
    if left:
        console.print(f"time budget used up with {len(left)} of them left; the same command goes on from here")


def _run_studies(chosen: list[studies.Study], only: list[str] | None, deadline: float) -> None:
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    for study in chosen:
        with Progress(*columns, console=console, transient=True) as bars:
            bar = bars.add_task(study.name, total=1.0)

            def report(what: str, fraction: float, name=study.name, bars=bars, bar=bar) -> None:
                bars.update(bar, description=f"{name} · {what}", completed=fraction)

            for record in studies.run_missing(study, only, report=report, deadline=deadline):
                console.print(f"{record.run}  {record.seconds:.0f} s", soft_wrap=True, highlight=False)
        state = studies.load(study)
        console.print(
            f"{study.name} · {len(study.measurements)} measurements planned · "
            + ", ".join(f"{state.count(name)} {name}" for name in STATES if state.count(name)),
            highlight=False,
        )


@app.command()
def status(
    as_json: Json = False,
    seeds: Annotated[str | None, typer.Option(help="Seeds, e.g. 0; the planned ones if left out.")] = None,
):
    """What there is of each experiment: runs planned, done, reduced, stale, missing, damaged."""
    loaded = [load(name, _seeds(seeds)) for name in CATALOGUE]
    if as_json:
        print(json.dumps({results.experiment.name: _status(results) for results in loaded}, indent=2))
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("experiment", "model", "planned", *STATES):
        table.add_column(heading, no_wrap=True)
    for results in loaded:
        for number, (name, counts) in enumerate(_by_model(results).items()):
            cells = [str(counts[state] or "·") for state in STATES]
            table.add_row(results.experiment.name if number == 0 else "", name, str(sum(counts.values())), *cells)
    console.print(table)
    for results in loaded:
        for planned in results.runs:
            if planned.problem:
                console.print(planned.problem, style="red", soft_wrap=True)


@app.command()
def show(
    run: Annotated[str, typer.Argument(help="A run's name, model/slug, as 'rethinking status --json' lists it.")],
    as_json: Json = False,
):
    """One run: its config, where it ran, and how it went."""
    path = records.results_folder() / f"{run.removesuffix('.json')}.json"
    if path.parent.name in STUDIES:
        raise ValueError(f"{run} is a measurement of a study, not a training run; read {path}")
    try:
        record = records.read(path)
    except records.RecordMissing as error:
        raise RecordError(f"{error}; 'rethinking status --json' lists the runs") from None
    if as_json:
        print(json.dumps(record.to_dict(), indent=2))
        return
    data = record.to_dict()
    console.print(f"[bold]{record.config.run}[/bold]", soft_wrap=True)
    for title in ("config", "environment", "final"):
        console.print(f"{title}: " + ", ".join(f"{k} {v}" for k, v in data[title].items()), highlight=False)
    console.print(f"{record.status}, {'reduced' if record.config.reduced else 'full size'}, recipe {record.recipe}")
    columns = [name for name in record.history if name != "seconds"]
    table = Table(*columns, box=None, pad_edge=False)
    shown = sorted({*range(0, record.epochs, max(1, record.epochs // 12)), record.epochs - 1})
    for i in shown:
        table.add_row(*(_cell(record.history[name][i]) for name in columns))
    console.print(table)


@app.command()
def weights(
    experiments: Annotated[list[str], typer.Argument(help="Experiments whose trained networks are wanted.")],
    seeds: Annotated[str | None, typer.Option(help="Seeds, e.g. 0,1,2; the planned ones if left out.")] = None,
    model: Annotated[list[str] | None, typer.Option(help="Only runs of this model; may be repeated.")] = None,
):
    """Where the trained networks of these experiments are kept; those that are not there are trained again."""
    from rethinking.experiments.weights import network, path_of
    from rethinking.training.checkpoint import sha256

    found = {name: find(name) for name in experiments}
    if without := [name for name, one in found.items() if isinstance(one, studies.Study)]:
        raise ValueError(f"{', '.join(without)} has no trained networks of its own; it is a study")
    for config in _configs([one for one in found.values() if isinstance(one, Experiment)], _seeds(seeds), model, False):
        weights_found, record = sha256(network(config)), records.find(config)
        recorded = None if record is None else record.weights
        agreement = (
            "no hash recorded"
            if recorded is None
            else "as recorded"
            if recorded == weights_found
            else "not as recorded"
        )
        console.print(f"{path_of(config)}  sha256 {weights_found[:16]}…  {agreement}", soft_wrap=True, highlight=False)


@app.command()
def scorecard(as_json: Json = False):
    """The paper's claims, the paper's value and ours, and the verdict on each."""
    from rethinking.scorecard import scorecard as judged

    verdicts = judged()
    if as_json:
        print(json.dumps([verdict.to_dict() for verdict in verdicts], indent=2))
        return
    table = Table("claim", "place", "paper", "ours", "judged", "verdict", box=None, pad_edge=False)
    for v in verdicts:
        ours = "" if v.mean is None else _cell(v.mean) + ("" if v.spread is None else f" ± {v.spread:.4f}")
        note = " (reduced)" if v.reduced else ""
        table.add_row(v.claim.text, v.claim.place, _cell(v.claim.paper), ours, v.claim.judged, v.verdict + note)
    console.print(table)
    counts = Counter(v.verdict for v in verdicts)
    console.print(", ".join(f"{count} {verdict}" for verdict, count in counts.items()), highlight=False)


@app.command()
def book(
    live: Annotated[bool, typer.Option("--live", help="Serve it here, and build again at every change.")] = False,
    pdf: Annotated[bool, typer.Option("--pdf", help="The whole book as one PDF file.")] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Warnings are errors, as in continuous integration.")
    ] = False,
    port: Annotated[int, typer.Option(help="Where --live serves.")] = 8000,
):
    """Build the book; only the pages whose cells, code or records have changed are executed."""
    from rethinking.book import make

    try:
        root = make.find_book()
        if live:
            make.live(root, port)
        else:
            console.print(str(make.pdf(root) if pdf else make.build(root, strict=strict)), soft_wrap=True)
    except make.BookError as error:
        _fail(str(error))


@app.command()
def doctor(as_json: Json = False):
    """What this machine has: versions, device, data, records, browser. Put it into a report of an error."""
    from rethinking.doctor import examine

    found = examine()
    if as_json:
        print(json.dumps(found, indent=2))
        return
    for name, finding in found.items():
        console.print(f"[bold]{name}[/bold]: {finding}", soft_wrap=True, highlight=False)


class _ProgressBars:
    """A bar for all runs' epochs, one for the run in training, and a line for each run that has ended."""

    def __init__(self, console: Console, epochs: int) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
        self._progress = Progress(*columns, console=console, transient=True)
        self._all = self._progress.add_task("all runs", total=epochs)

    def __enter__(self) -> _ProgressBars:
        self._progress.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._progress.stop()

    def begin(self, config: RunConfig, done: int, total: int) -> None:
        self._this = self._progress.add_task(f"{config.run} ({done + 1} of {total})", total=config.epochs)

    def epoch(self, config: RunConfig, row: dict[str, float | None]) -> None:
        scored = {split: row[f"{split}_accuracy"] for split in ("train", "test")}
        text = f"{config.model} {config.corruption} seed {config.seed}  epoch {row['epoch']}/{config.epochs}" + "".join(
            f"  {split} {accuracy:.3f}" for split, accuracy in scored.items() if accuracy is not None
        )
        self._progress.update(self._this, completed=row["epoch"], description=text)
        self._progress.advance(self._all)

    def end(self, config: RunConfig, record: RunRecord) -> None:
        self._progress.remove_task(self._this)
        self._progress.console.print(
            f"{config.run}  {record.status}  train {record.train_accuracy:.4f}  test {record.test_accuracy:.4f}  "
            f"{record.seconds:.0f} s",
            soft_wrap=True,
            highlight=False,
        )


def _seeds(text: str | None) -> list[int] | None:
    if text is None:
        return None
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdigit() for part in parts):
        raise ValueError(f"seeds must be whole numbers separated by commas, e.g. 0,1,2; got {text!r}")
    return list(dict.fromkeys(map(int, parts)))


def _by_model(results: Results | StudyResults) -> dict[str, Counter]:
    """How many runs there are in each state, model by model; a study's measurements have none."""
    counts: dict[str, Counter] = {}
    for planned in results.runs:
        model = "measurements" if isinstance(planned, studies.Measured) else planned.config.model
        counts.setdefault(model, Counter())[planned.state] += 1
    return counts


def _status(results: Results | StudyResults) -> dict:
    return {
        "title": results.experiment.title,
        "place": results.experiment.place,
        "planned": len(results.runs),
        **{state: results.count(state) for state in STATES},
        **(_measurements_status(results) if isinstance(results, StudyResults) else _runs_status(results)),
    }


def _measurements_status(results: StudyResults) -> dict:
    return {"measurements": [{"name": run.measurement.name, "state": run.state} for run in results.runs]}


def _runs_status(results: Results) -> dict:
    return {
        "models": {
            name: {"planned": sum(counts.values()), **{state: counts[state] for state in STATES}}
            for name, counts in _by_model(results).items()
        },
        "runs": [
            {
                "run": planned.config.run,
                "model": planned.config.model,
                "corruption": planned.config.corruption,
                "seed": planned.config.seed,
                "state": planned.state,
            }
            for planned in results.runs
        ],
    }


def _cell(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}" if isinstance(value, float) else str(value)


def _fail(message: str) -> NoReturn:
    Console(stderr=True).print(f"error: {message}", style="red", soft_wrap=True, highlight=False, markup=False)
    sys.exit(1)


if __name__ == "__main__":
    main()
