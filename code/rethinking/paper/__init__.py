"""What the paper reports: its numbers as CSV with the page each comes from, and the claims the book judges.

``tables.csv`` holds every number of the paper's tables and, read from the PDF's own drawing commands, every point of
its figures. Percentages become fractions here.
"""

from rethinking.paper.claims import Claim, claims
from rethinking.paper.reported import (
    figure_1a,
    figure_1b,
    figure_1c,
    figure_2a,
    figure_2b,
    minimum_norm,
    parameters,
    reported,
    setup,
    table_1,
    table_2,
    table_2_reference,
    table_3,
    table_4,
)

__all__ = [
    "Claim",
    "claims",
    "figure_1a",
    "figure_1b",
    "figure_1c",
    "figure_2a",
    "figure_2b",
    "minimum_norm",
    "parameters",
    "reported",
    "setup",
    "table_1",
    "table_2",
    "table_2_reference",
    "table_3",
    "table_4",
]
