"""Every experiment by name: the runs of the paper's figures and tables, and the studies."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from pathlib import Path

from rethinking.experiments import results, studies
from rethinking.experiments.plan import EXPERIMENTS, Experiment

STUDIES = ("theorem-1", "linear-models", "table-3", "stability", "norms", "rademacher-classes", "speed")
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
