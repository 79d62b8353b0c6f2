"""The norms of Section 5 on MNIST, about 220 for pixels and 390 for Gabor filters in the paper, beside ours."""

from __future__ import annotations

import math

from rethinking import paper
from rethinking.data import TRAIN_IMAGES
from rethinking.experiments import StudyResults
from rethinking.figures.tables import Table
from rethinking.figures.words import NOT_RUN

FEATURES = ("pixels", "gabor")
COEFFICIENTS = "one-hot targets, coefficients alpha"


def table(study: StudyResults) -> Table:
    """What "the norm of the solution" may mean, for the two MNIST machines of Table 3; the paper's figures first."""
    lines = [{"definition": "the paper's, undefined", **_of_the_paper()}, *_of_the_machines(study)]
    rows = tuple(
        (line["definition"], _norm(line["pixels"]), _norm(line["gabor"]), _ratio(line["pixels"], line["gabor"], "–"))
        for line in lines
    )
    return Table(("norm", ">pixels", ">Gabor filters", ">ratio"), rows)


def quotes(study: StudyResults) -> dict[str, str]:
    """MNIST's two machines against each other, ours and the paper's: ``norm_ratio``, ``error_ratio`` and whether Gabor
    filters have the larger norm and error; ``coefficients_ratio``, of the norms of alpha; and which of the
    ``norms_tried`` is closest to the paper's."""
    theirs = _of_the_paper()
    texts = {f"paper_{features}_norm": _norm(norm) for features, norm in theirs.items()}
    texts |= {
        f"paper_{name}_complexity": f"{norm / math.sqrt(TRAIN_IMAGES['mnist']):.2f}" for name, norm in theirs.items()
    }
    texts["paper_norm_ratio"] = _ratio(theirs["pixels"], theirs["gabor"])
    texts["paper_error_ratio"] = _ratio(paper.table_3("mnist", "pixels"), paper.table_3("mnist", "gabor"))
    machines = [study.result(f"mnist-{features}") for features in FEATURES]
    for key, name in (("norm", "norm"), ("test_error", "error")):
        pixels, gabor = (None if result is None else result[key] for result in machines)
        texts[f"{name}_ratio"] = _ratio(pixels, gabor)
        texts[f"{name}_direction"] = (
            NOT_RUN if pixels is None or gabor is None else "larger" if gabor > pixels else "smaller"
        )
    solved = _of_the_machines(study)
    coefficients = next((row for row in solved if row["definition"] == COEFFICIENTS), dict.fromkeys(FEATURES))
    texts["coefficients_ratio"] = _ratio(coefficients["pixels"], coefficients["gabor"])
    reduced = study.result("mnist-norms") or {"tried": [], "n": 0}
    others = [row | {"on": f", on {reduced['n']:,} images (reduced)"} for row in reduced["tried"]]
    return texts | _closest([*solved, *others])


def _closest(tried: list[dict]) -> dict[str, str]:
    """Of all norms that were computed for both kinds of features, the pair closest to the paper's."""
    complete = [row for row in tried if row["pixels"] and row["gabor"]]
    if not complete:
        return dict.fromkeys(("norms_tried", *(f"closest_{name}" for name in ("definition", *FEATURES))), NOT_RUN)
    theirs = _of_the_paper()
    closest = min(complete, key=lambda row: sum(abs(math.log(row[name] / theirs[name])) for name in FEATURES))
    return {
        "norms_tried": str(len(complete)),
        "closest_definition": f"{closest['definition']}, at bandwidth {closest['bandwidth']}{closest.get('on', '')}",
        **{f"closest_{name}": _norm(closest[name]) for name in FEATURES},
    }


def _of_the_paper() -> dict[str, float]:
    return {features: paper.minimum_norm(features) for features in FEATURES}


def _of_the_machines(study: StudyResults) -> list[dict]:
    """One row for each definition, at full size; None where a machine has not been solved for."""
    found = {features: study.result(f"mnist-{features}") for features in FEATURES}
    solved = [result for result in found.values() if result]
    if not solved:
        return []
    bandwidth = " and ".join(dict.fromkeys(f"{result['bandwidth']:g}" for result in solved))
    return [
        {"definition": name, "bandwidth": bandwidth}
        | {features: result and result["definitions"][name] for features, result in found.items()}
        for name in solved[0]["definitions"]
    ]


def _norm(value: float | None) -> str:
    return "–" if value is None else f"{value:,.0f}"


def _ratio(pixels: float | None, gabor: float | None, missing: str = NOT_RUN) -> str:
    return f"{gabor / pixels:.2f}" if pixels and gabor else missing


__all__ = ["quotes", "table"]
