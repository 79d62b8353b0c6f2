"""Numbers and names as a reader sees them: percent, the models' and conditions' names, what a record is of."""

from __future__ import annotations

from collections.abc import Iterable, Sized
from dataclasses import replace
from typing import Any

from rethinking.data import TITLES
from rethinking.experiments import MeasurementRecord
from rethinking.experiments.plan import Experiment
from rethinking.experiments.records import is_stale
from rethinking.experiments.results import Results
from rethinking.figures.style import Provenance
from rethinking.training import PRECISIONS, RunConfig, RunRecord

MODEL_NAMES = {
    "inception": "Inception",
    "inception-no-bn": "Inception without BatchNorm",
    "alexnet": "AlexNet",
    "mlp-3x512": "MLP 3×512",
    "mlp-1x512": "MLP 1×512",
}
CONDITION_NAMES = {
    "true-labels": "true labels",
    "random-labels": "random labels",
    "shuffled-pixels": "shuffled pixels",
    "random-pixels": "random pixels",
    "gaussian": "Gaussian noise",
    "permuted-classes": "renamed classes",
}


NBSP = "\N{NO-BREAK SPACE}"
NOT_RUN = f"(not{NBSP}run{NBSP}yet)"
"""What stands where a number would, while its runs are missing."""


def percent(value: float, digits: int = 2) -> str:
    """A fraction as percent without the sign: 0.9934 -> ``99.34``. What is not all is not rounded up to it: 0.99998 ->
    ``99.998``."""
    text = f"{100 * value:.{digits}f}"
    return percent(value, digits + 1) if digits < 4 and float(text) == 100 > 100 * value else text


def power_of_ten(value: float) -> str:
    """A small or large number as a reader sees it: 1.58e-06 -> ``1.6·10⁻⁶``, 1e-06 -> ``10⁻⁶``."""
    if value == 0 or 0.01 <= abs(value) < 1e4:
        return f"{value:.3g}"
    digits, exponent = f"{value:.1e}".split("e")
    raised = str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{digits}·10{raised}".removeprefix("1.0·")


def seeds(found: Sized) -> str:
    """How many seeds: ``one seed``, ``3 seeds``."""
    return counted(len(found), "seed")


def counted(count: int, thing: str) -> str:
    """``one thread``, ``2 threads``."""
    return f"one {thing}" if count == 1 else f"{count} {thing}s"


def named(model: str, found: Iterable[RunRecord]) -> str:
    """The model's name, and what must be said of its runs."""
    return MODEL_NAMES[model] + remarks(found)


def scale(found: Iterable[RunRecord]) -> str:
    """What runs of one size were trained on: ``5,000 images (reduced)`` or ``all 50,000 images``."""
    found = list(found)
    if not found:
        return NOT_RUN
    config = found[0].config
    size = f"{config.train_images:,} " if config.train_images else ""
    return f"{size}images (reduced)" if config.reduced else f"all {size}images"


def remarks(found: Iterable[RunRecord]) -> str:
    """What must be said of runs wherever they are shown: `` (reduced)``, `` (diverged)``, `` (stale)``, or nothing."""
    return "".join(f" ({word})" for word in _marks(found))


def _marks(found: Iterable[RunRecord]) -> list[str]:
    found = list(found)
    marks = {
        "reduced": any(record.reduced for record in found),
        "diverged": any(record.status == "diverged" for record in found),
        "stale": any(is_stale(record) for record in found),
    }
    return [word for word, applies in marks.items() if applies]


def devices(found: Iterable[RunRecord | MeasurementRecord]) -> str:
    """The processors or accelerators that records were made on, each once."""
    return ", ".join(sorted({device(place) for record in found for place in places(record)}))


def device(place: dict[str, Any]) -> str:
    """The name of an environment's processor or accelerator."""
    return place["device_name"].replace("(R)", "")


def places(record: RunRecord | MeasurementRecord) -> list[dict[str, Any]]:
    """The environments in which a record was made, in turn: more than one where a run was resumed elsewhere."""
    return [*record.environment.get("earlier", []), record.environment]


def provenance(results: Results, found: Iterable[RunRecord]) -> Provenance:
    """What a figure was trained on and where, its records, and how to run it again."""
    found = list(found)
    command = commands(results, found)
    if not found:
        return Provenance("No run yet.", command)

    def each(values: Iterable[float | str]) -> str:
        return ", ".join(map(str, sorted(set(values))))

    marks = "".join(f"{word.upper()}. " for word in _marks(found))
    made = (
        f"{marks}{_trained_on(found)}, "
        f"{span(record.epochs for record in found)} epochs, "
        f"seeds {each(record.config.seed for record in found)}, {each(record.config.precision for record in found)} on "
        f"{devices(found)}"
    )
    return Provenance(made, command, tuple(sorted({f"{record.config.run}.json" for record in found})))


def commands(results: Results, found: Iterable[RunRecord]) -> str:
    """What does these runs of an experiment again once their records are deleted: of their models all that is planned,
    with their seeds. Reduced runs of both precisions come back in the one that most of them have."""
    plan = results.experiment
    configs = [record.config for record in found]
    small = [config for config in configs if config.reduced and replace(config, seed=0) not in plan.rows]
    whole = [config for config in configs if config not in small]
    precision = max(PRECISIONS, key=[config.precision for config in small].count)
    reduced = " --reduced" + ("" if precision == PRECISIONS[0] else f" --precision {precision}")
    chosen = [*_choices(plan, whole), *(choice + reduced for choice in _choices(plan, small))]
    return " && ".join(f"rethinking run {plan.name}{choice}" for choice in chosen or [""])


def _choices(plan: Experiment, configs: list[RunConfig]) -> list[str]:
    """The options that choose these runs' models and seeds, once for all models with the same seeds; what is all that
    is planned is left out."""
    planned = dict.fromkeys(row.model for row in plan.rows)
    seeds = {model: tuple(sorted({c.seed for c in configs if c.model == model})) for model in planned}
    choices = []
    for group in dict.fromkeys(filter(None, seeds.values())):
        models = [model for model in planned if seeds[model] == group]
        named = "" if len(models) == len(planned) else "".join(f" --model {model}" for model in models)
        every = set(group).issuperset(plan.seeds)
        choices.append(named + ("" if every else f" --seeds {','.join(map(str, group))}"))
    return choices


def _trained_on(found: list[RunRecord]) -> str:
    """The data sets, each with its numbers of training images: ``CIFAR-10, 5,000 or 50,000 training images``."""
    sizes: dict[str, set[int | None]] = {}
    for record in found:
        sizes.setdefault(record.config.dataset, set()).add(record.config.train_images)

    return " and ".join(
        f"{TITLES.get(dataset, dataset)}, "
        + alternatives("all" if size is None else f"{size:,}" for size in sorted(counts, key=lambda size: size or 0))
        + " training images"
        for dataset, counts in sorted(sizes.items())
    )


def alternatives(words: Iterable[str]) -> str:
    """``500, 1,000 or 2,000``."""
    *others, last = list(words) or [NOT_RUN]
    return " or ".join([", ".join(others), last]) if others else last


def span(counts: Iterable[int]) -> str:
    """``100``, or ``14 to 100``."""
    known = sorted(set(counts))
    if not known:
        return NOT_RUN
    return str(known[0]) if len(known) == 1 else f"{known[0]} to {known[-1]}"


def measured(found: Iterable[MeasurementRecord], what: str, command: str) -> Provenance:
    """What a figure shows of a study, on which machine, its records, and how to measure again."""
    found = list(found)
    if not found:
        return Provenance("Not measured yet.", command)
    reduced = "REDUCED. " if any(record.reduced for record in found) else ""
    return Provenance(
        f"{reduced}{what} on {devices(found)}", command, tuple(sorted(f"{record.run}.json" for record in found))
    )
