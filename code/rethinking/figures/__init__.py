"""Records and measurements in, a figure, a table or a phrase out; a chapter's cell only names what it shows."""

from rethinking.figures import quotes
from rethinking.figures.curves import figure_1a, figure_1b, figure_1c, finding, memorization, thresholds
from rethinking.figures.images import conditions_grid
from rethinking.figures.quotes import glue_all
from rethinking.figures.tables import neither_nor, parameters, plan, scorecard, table_1, table_2, table_4
from rethinking.figures.words import percent, percent_over_seeds, span

__all__ = [
    "conditions_grid",
    "figure_1a",
    "figure_1b",
    "figure_1c",
    "finding",
    "glue_all",
    "memorization",
    "neither_nor",
    "parameters",
    "percent",
    "percent_over_seeds",
    "plan",
    "quotes",
    "scorecard",
    "span",
    "table_1",
    "table_2",
    "table_4",
    "thresholds",
]
