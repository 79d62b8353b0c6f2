"""What several commands share: the console, and options that choose runs."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import NoReturn

from rich.console import Console

from rethinking.experiments import Experiment, Study
from rethinking.training import RunConfig

console = Console(markup=False, highlight=False)  # brackets in a path are part of it


def fail(message: str) -> NoReturn:
    Console(stderr=True).print(f"error: {message}", style="red", soft_wrap=True, highlight=False, markup=False)
    sys.exit(1)


def parse_seeds(text: str | None) -> list[int] | None:
    """``0,1,2`` as a list; None if the option is left out."""
    if text is None:
        return None
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdigit() for part in parts):
        raise ValueError(f"seeds must be whole numbers separated by commas, e.g. 0,1,2; got {text!r}")
    return list(dict.fromkeys(map(int, parts)))


def chosen_runs(
    found: Iterable[Experiment | Study], seeds: list[int] | None, model: list[str] | None, reduced: bool = False
) -> list[RunConfig]:
    """The training runs asked for, each once; studies have none."""
    plans = [one for one in found if isinstance(one, Experiment)]
    runs = [config for plan in plans for config in (plan.reduced_runs(seeds) if reduced else plan.runs(seeds))]
    configs = [config for config in runs if not model or config.model in model]
    if plans and model and not configs:
        names = ", ".join(plan.name for plan in plans)
        raise ValueError(f"no run of {names} uses model {', '.join(model)}; see 'rethinking status'")
    return list(dict.fromkeys(configs))
