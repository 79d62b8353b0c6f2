"""Every experiment by name: the runs of the paper's figures and tables, and the studies."""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path

from rethinking.experiments import results, studies
from rethinking.experiments.plan import EXPERIMENTS, Experiment, reduced
from rethinking.training import PRECISIONS, RunConfig

STUDIES = (
    "theorem-1",
    "linear-models",
    "table-3",
    "near-doubles",
    "stability",
    "norms",
    "rademacher-classes",
    "speed",
)
"""Each is the ``STUDY`` of a module of this folder, imported when it is asked for: what shows one study depends on no
other, and a page of the book is executed again only when something it uses has changed."""

CATALOGUE = (*EXPERIMENTS, *STUDIES)


def find(name: str) -> Experiment | studies.Study:
    """The experiment called ``name``.

    Raises:
        ValueError: unknown; lists the known ones.
    """
    if name in STUDIES:
        return import_module(f"rethinking.experiments.{name.replace('-', '_')}").STUDY
    if name not in EXPERIMENTS:
        raise ValueError(f"unknown experiment {name!r}; choose from {', '.join(CATALOGUE)}")
    return EXPERIMENTS[name]


def record_name(text: str) -> str:
    """``model/slug``, or ``study/measurement``, of a name or of the path of a record's file."""
    return "/".join(Path(text.removesuffix(".json")).parts[-2:])


def run_called(name: str) -> RunConfig:
    """The run, whole or reduced, of some experiment's plan whose record has this name.

    Args:
        name: ``model/slug``, or the path of the record's file. The seed may be any.

    Raises:
        ValueError: no experiment plans it.
    """
    wanted = record_name(name)
    seed = re.search(r"\.seed-(\d+)$", wanted)
    whole = [] if seed is None else [run for plan in EXPERIMENTS.values() for run in plan.runs([int(seed[1])])]
    for run in (*whole, *(reduced(run, precision) for run in whole for precision in PRECISIONS)):
        if run.run == wanted:
            return run
    study, _, measurement = wanted.partition("/")
    if study in STUDIES:
        raise ValueError(
            f"{name!r} is not a run, but {study} is a study; 'rethinking run {study} --only {measurement}'"
        )
    raise ValueError(
        f"no experiment plans a run called {name!r}, whole or reduced; 'rethinking status --json' lists the whole ones"
    )


def load(
    name: str, seeds: Iterable[int] | None = None, folder: Path | None = None
) -> results.Results | studies.StudyResults:
    """The experiment called ``name`` with the records there are.

    Args:
        seeds: of its runs, the planned ones if None; a study has none of its own.

    Raises:
        ValueError: unknown experiment.
        RecordError: there is no results folder.
    """
    found = find(name)
    return studies.load(found, folder) if isinstance(found, studies.Study) else results.load(found, seeds, folder)
