"""The tested package behind the book *Rethinking Generalization*.

The way through the house, from the ground up:

- ``rethinking.paper``: the numbers the paper reports, and the claims the book judges.
- ``rethinking.data``: image sets, the paper's corruptions, its preprocessing; ``rethinking.models``: its networks.
- ``rethinking.training``: one run, from a ``RunConfig`` to a ``RunRecord``;
  ``rethinking.expressivity``: the constructions of Section 4; ``rethinking.complexity``: the measures of Section 2.2;
  ``rethinking.kernels``: the linear models of Section 5.
- ``rethinking.experiments``: which runs make up each figure and table, doing the missing ones, keeping the records.
- ``rethinking.figures``, ``rethinking.scorecard``: records in, a figure or a verdict out.
- ``rethinking.book``: what the book needs beyond Jupyter Book; ``rethinking.doctor``: what a machine has.
- ``rethinking.cli``: all of it from the command line.

A module imports only from floors below its own.
"""

import os

__version__ = "0.1.0"

if _place := os.environ.get("RETHINKING_PAGE_INPUTS"):  # only while the book is built
    from rethinking import trace

    trace.begin(_place)
