"""Every experiment by name: the runs of the paper's figures and tables, and the studies."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from rethinking.experiments import results, studies, theorem_1
from rethinking.experiments.paper import EXPERIMENTS, Experiment

STUDIES = {study.name: study for study in (theorem_1.STUDY,)}
CATALOGUE: dict[str, Experiment | studies.Study] = {**EXPERIMENTS, **STUDIES}


def find(name: str) -> Experiment | studies.Study:
    """The experiment called ``name``.

    Raises:
        ValueError: unknown; lists the known ones.
    """
    if name not in CATALOGUE:
        raise ValueError(f"unknown experiment {name!r}; choose from {', '.join(CATALOGUE)}")
    return CATALOGUE[name]


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
    return studies.load(found, folder) if isinstance(found, studies.Study) else results.load(name, seeds, folder)
