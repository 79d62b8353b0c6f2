"""What several commands share: the console, and options that choose runs."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import PurePath
from typing import NoReturn

from rich.console import Console

from rethinking.experiments import Experiment, Study, find
from rethinking.experiments.catalogue import run_called
from rethinking.experiments.results import reduced_runs
from rethinking.training import RunConfig

console = Console(markup=False, highlight=False)  # brackets in a path are part of it


def fail(message: str) -> NoReturn:
    Console(stderr=True).print(f"error: {message}", style="red", soft_wrap=True, highlight=False, markup=False)
    sys.exit(1)


def parse_seeds(text: str | None) -> list[int] | None:
    """``0,1,2`` as a list; None if the option is left out.

    Raises:
        ValueError: anything else.
    """
    if text is None:
        return None
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdecimal() for part in parts):
        raise ValueError(f"seeds must be whole numbers separated by commas, e.g. 0,1,2; got {text!r}")
    return list(dict.fromkeys(map(int, parts)))


def deadline_in(time_budget: float | None) -> float:
    """When the option's seconds are over, of ``time.monotonic()``; never if it is left out.

    Raises:
        ValueError: not a number of seconds.
    """
    if time_budget is None:
        return math.inf
    if not 0 <= time_budget < math.inf:
        raise ValueError(f"--time-budget must be a number of seconds; got {time_budget:g}")
    return time.monotonic() + time_budget


def by_name(names: Iterable[str]) -> tuple[list[Experiment | Study], list[RunConfig]]:
    """Which experiments the names are, and which runs, each once: the name of a run, as its record's, has a slash.

    Raises:
        ValueError: one is neither.
    """
    names = dict.fromkeys(name.rstrip("/") for name in names)
    of_runs = [name for name in names if len(PurePath(name).parts) > 1]  # on Windows, also with its own slashes
    return [find(name) for name in names if name not in of_runs], list(map(run_called, of_runs))


@dataclass(frozen=True)
class Choice:
    """Which runs and measurements of the experiments asked for: a command's options, None where left out."""

    seeds: str | None = None
    model: list[str] | None = None
    reduced: bool = False
    precision: str | None = None
    only: list[str] | None = None


def chosen_runs(found: Iterable[Experiment | Study], choice: Choice) -> list[RunConfig]:
    """The training runs asked for, each once; studies have none.

    Raises:
        ValueError: no run uses one of the models; seeds that are none; a precision for runs that are not reduced, which
            have the plan's.
    """
    if choice.precision is not None and not choice.reduced:
        raise ValueError(f"--precision {choice.precision} is for --reduced runs only; the plan sets that of the others")
    plans, seeds = [one for one in found if isinstance(one, Experiment)], parse_seeds(choice.seeds)
    runs_of = partial(reduced_runs, precision=choice.precision or "float32") if choice.reduced else Experiment.runs
    runs = [config for plan in plans for config in runs_of(plan, seeds)]
    known = dict.fromkeys(config.model for config in runs)
    if plans and (unknown := [name for name in choice.model or () if name not in known]):
        names = ", ".join(plan.name for plan in plans)
        raise ValueError(f"no run of {names} uses model {unknown[0]}; choose from {', '.join(known)}")
    return list(dict.fromkeys(config for config in runs if not choice.model or config.model in choice.model))


def check_choice(choice: Choice, chosen: list[Study], *, of_runs: bool) -> None:
    """Refuse options that nothing follows: ``only`` where there is no such measurement, and those that choose among an
    experiment's training runs where none is asked for.

    Args:
        chosen: the studies asked for.
        of_runs: whether training runs of an experiment are.
    """
    names = [measurement.name for study in chosen for measurement in study.measurements]
    unknown = [name for name in choice.only or () if name not in names]
    if unknown:
        known = f"choose from {', '.join(names)}" if names else "it is for studies, and no study is asked for"
        raise ValueError(f"--only {unknown[0]}: there is no such measurement; {known}")
    given = [f"--{name}" for name in ("seeds", "model", "reduced", "precision") if getattr(choice, name)]
    if given and not of_runs:
        has_none = f", and {', '.join(study.name for study in chosen)} has none; use --only" if chosen else ""
        way_out = has_none or f"; a run that is named has its own, so leave {', '.join(given)} out"
        raise ValueError(f"{', '.join(given)} chooses among the training runs of an experiment{way_out}")
