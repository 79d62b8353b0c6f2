"""``rethinking``: the package from the command line. Every command here only calls the floors below and prints."""

from __future__ import annotations

import io
import json
import signal
import sys
import traceback
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from rethinking.cli.common import Choice, by_name, check_choice, chosen_runs, console, deadline_in, fail, parse_seeds
from rethinking.cli.run import run
from rethinking.data import DataError
from rethinking.experiments import (
    CATALOGUE,
    STUDIES,
    RecordError,
    Results,
    StudyResults,
    load,
    records,
    studies,
)
from rethinking.experiments.catalogue import record_name
from rethinking.experiments.results import STATES
from rethinking.experiments.status import count_by_model, status_of

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Rerun, inspect and judge the paper's experiments; everything the book shows comes from here.",
)
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]


app.command()(run)


def main() -> None:
    """The entry point: errors that a user can mend are one line on standard error, and exit status 1."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that cannot show × shows ?
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))  # so that what was begun is cleared up
    try:
        app()
    except (DataError, RecordError, OSError) as error:
        fail(str(error))
    except (ValueError, ArithmeticError) as error:
        if not _is_ours(error):  # then it is a mistake in the code, and whoever mends it wants to see where
            raise
        fail(str(error))
    except MemoryError as error:
        fail(str(error) or "there is not enough memory; try a machine with more, or --reduced")


def _is_ours(error: BaseException) -> bool:
    """Whether a ``raise`` of this package raised the error: not a library, nor an operation like ``a @ b``."""
    *_, last = traceback.extract_tb(error.__traceback__)
    return Path(last.filename).is_relative_to(Path(__file__).parents[1]) and (last.line or "").startswith("raise ")


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
    )


@app.command()
def status(
    as_json: Json = False,
    seeds: Annotated[str | None, typer.Option(help="Seeds, e.g. 0; the planned ones if left out.")] = None,
):
    """What there is of each experiment: runs planned, done, reduced, stale, missing, damaged."""
    loaded = [load(name, parse_seeds(seeds)) for name in CATALOGUE]
    if as_json:
        print(json.dumps({results.experiment.name: status_of(results) for results in loaded}, indent=2))
        return
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))  # to fit into 80 columns
    for heading in ("experiment", "model", "planned", *STATES):
        table.add_column(heading, no_wrap=True)
    for results in loaded:
        for number, (name, counts) in enumerate(count_by_model(results).items()):
            cells = [str(counts[state] or "·") for state in STATES]
            table.add_row(results.experiment.name if number == 0 else "", name, str(sum(counts.values())), *cells)
    console.print(table)
    _print_problems(loaded)


def _print_problems(loaded: Iterable[Results | StudyResults]) -> None:
    """What is wrong with damaged records, each once: many experiments share a run."""
    for problem in dict.fromkeys(one.problem for results in loaded for one in results.runs if one.problem):
        console.print(problem, style="red", soft_wrap=True)


@app.command()
def show(
    run: Annotated[str, typer.Argument(help="A run's name, model/slug, as 'rethinking status --json' lists it.")],
    as_json: Json = False,
):
    """One run: its config, where it ran, and how it went."""
    name = record_name(run)
    path = records.results_folder() / f"{name}.json"
    if path.parent.name in STUDIES:
        where = f"read {path}" if path.is_file() else f"and there is no {path}"
        raise ValueError(f"{name} would be a measurement of a study, not a training run; {where}")
    try:
        record = records.read(path)
    except records.RecordMissing as error:
        raise RecordError(f"{error}; 'rethinking status --json' lists the runs") from None
    if as_json:
        print(json.dumps(record.to_dict(), indent=2))
        return
    data = record.to_dict()
    console.print(record.config.run, style="bold", soft_wrap=True)
    for title in ("config", "environment", "final"):
        console.print(f"{title}: " + ", ".join(f"{k} {v}" for k, v in data[title].items()))
    console.print(f"{record.status}, {'reduced' if record.config.reduced else 'full size'}, recipe {record.recipe}")
    columns = [name for name in record.history if name != "seconds"]
    table = Table(*columns, box=None, pad_edge=False)
    shown = sorted({*range(0, record.epochs, max(1, record.epochs // 12)), record.epochs - 1})
    for i in shown:
        table.add_row(*(_cell(record.history[name][i]) for name in columns))
    console.print(table)


@app.command()
def weights(
    experiments: Annotated[list[str], typer.Argument(help="Experiments or runs whose trained networks are wanted.")],
    seeds: Annotated[str | None, typer.Option(help="Seeds, e.g. 0,1,2; the planned ones if left out.")] = None,
    model: Annotated[list[str] | None, typer.Option(help="Only runs of this model; may be repeated.")] = None,
    device: Annotated[str, typer.Option(help="Where to train: auto, cpu or cuda.")] = "auto",
    time_budget: Annotated[float | None, typer.Option(help="Stop after so many seconds; what is done is kept.")] = None,
):
    """Where the trained networks of these experiments are kept; those that are not there are trained again."""
    from rethinking.cli.running import trained_networks
    from rethinking.experiments.weights import path_of
    from rethinking.training.checkpoint import sha256

    found, called = by_name(experiments)
    if without := [one.name for one in found if isinstance(one, studies.Study)]:
        raise ValueError(f"{', '.join(without)} has no trained networks of its own; it is a study")
    choice = Choice(seeds=seeds, model=model)
    planned = chosen_runs(found, choice)
    check_choice(choice, [], of_runs=bool(planned))
    configs = list(dict.fromkeys([*called, *planned]))
    recorded = {config: record.weights for config in configs if (record := records.find(config)) is not None}
    for config, network in trained_networks(configs, device, deadline_in(time_budget)):
        found_hash = sha256(network)
        agreement = _agreement(found_hash, recorded.get(config))
        console.print(f"{path_of(config)}  sha256 {found_hash[:16]}…  {agreement}", soft_wrap=True)


def _agreement(found: str, recorded: str | None) -> str:
    if recorded is None:
        return "no hash recorded"
    return "as recorded" if found == recorded else "not as recorded"


@app.command()
def scorecard(as_json: Json = False):
    """The paper's claims, the paper's value and ours, and the verdict on each."""
    from rethinking.scorecard import scorecard as judged

    verdicts = judged()
    if as_json:
        print(json.dumps([verdict.to_dict() for verdict in verdicts], indent=2))
        return
    for place in dict.fromkeys(v.claim.place for v in verdicts):
        console.print(place, style="bold")
        for v in (v for v in verdicts if v.claim.place == place):
            ours = _cell(v.mean) + ("" if v.spread is None else f" ± {v.spread:.4f}")
            values = f"ours {ours or '-':<16} paper {_cell(v.claim.paper) or '-':<7} {v.claim.judged}"
            console.print(Padding(v.claim.text, (0, 0, 0, 2), expand=False))
            console.print(f"    {v.verdict + (' (reduced)' if v.reduced else ''):<23}{values}", soft_wrap=True)
    counts = Counter(v.verdict for v in verdicts)
    console.print(", ".join(f"{count} {verdict}" for verdict, count in counts.items()))
    _print_problems(load(name) for name in dict.fromkeys(v.claim.experiment for v in verdicts))


@app.command()
def book(
    live: Annotated[bool, typer.Option("--live", help="Serve it here, and build again at every change.")] = False,
    pdf: Annotated[bool, typer.Option("--pdf", help="The whole book as one PDF file.")] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Warnings are errors, as in continuous integration.")
    ] = False,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Where --live serves; 8000 if left out.")] = None,
):
    """Build the book; only the pages whose cells, code or records have changed are executed."""
    if live + pdf + strict > 1:
        raise ValueError("--live, --pdf and --strict are three ways to build; choose one")
    if port is not None and not live:
        raise ValueError(f"--port {port} is where --live serves; add --live")
    try:
        from rethinking.book import make
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("rethinking"):
            raise
        fail(f"{error.name} is not installed, which building the book takes; run 'pip install -r requirements.txt'")

    try:
        root = make.find_book()
        if live:
            make.live(root, 8000 if port is None else port)
        else:
            console.print(str(make.pdf(root) if pdf else make.build(root, strict=strict)), soft_wrap=True)
    except make.BookError as error:
        fail(str(error))


@app.command()
def doctor(as_json: Json = False):
    """What this machine has: versions, device, data, records, browser. Put it into a report of an error."""
    from rethinking.doctor import examine

    found = examine()
    if as_json:
        print(json.dumps(found, indent=2))
        return
    for name, finding in found.items():
        console.print(Text.assemble((name, "bold"), f": {finding}"), soft_wrap=True)


def _cell(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}" if isinstance(value, float) else str(value)
