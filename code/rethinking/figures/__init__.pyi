from . import near_doubles, quotes
from .curves import figure_1a, finding, memorization, met_and_evaluated
from .images import conditions_grid
from .networks import layers, parameters
from .quotes import glue_all
from .spreads import percent_over_seeds, ratio_by_seed
from .sweeps import copying, figure_1b, figure_1c, thresholds
from .tables import (
    distance_from_copying,
    distance_from_figure_1c,
    neither_nor,
    plan,
    table_1,
    table_2,
    table_4,
    times_to_overfit,
)
from .verdicts import scorecard, verdict_bar
from .words import percent, scale, span

__all__ = [
    "conditions_grid",
    "copying",
    "distance_from_copying",
    "distance_from_figure_1c",
    "figure_1a",
    "figure_1b",
    "figure_1c",
    "finding",
    "glue_all",
    "layers",
    "memorization",
    "met_and_evaluated",
    "near_doubles",
    "neither_nor",
    "parameters",
    "percent",
    "percent_over_seeds",
    "plan",
    "quotes",
    "ratio_by_seed",
    "scorecard",
    "scale",
    "span",
    "table_1",
    "table_2",
    "table_4",
    "thresholds",
    "times_to_overfit",
    "verdict_bar",
]
