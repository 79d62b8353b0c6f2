"""A table of the networks; apart from the other tables, since it builds them."""

from __future__ import annotations

from rethinking import paper
from rethinking.experiments.plan import PAPER_MODELS
from rethinking.figures.tables import Table
from rethinking.figures.words import MODEL_NAMES
from rethinking.models import build, parameter_count


def parameters() -> Table:
    """The five networks and their numbers of parameters, the paper's beside those of the networks we build."""
    return Table(
        ("model", ">parameters, paper", ">parameters, ours"),
        tuple(
            (MODEL_NAMES[model], f"{paper.parameters(model):,}", f"{parameter_count(build(model)):,}")
            for model in PAPER_MODELS
        ),
    )
