"""The plan, the runs still missing from it, and the records of those done."""

from rethinking.experiments.paper import EXPERIMENTS, Experiment, experiment, paper_run
from rethinking.experiments.records import RecordError, results_folder
from rethinking.experiments.results import Results, load, mean_and_spread

__all__ = [
    "EXPERIMENTS",
    "Experiment",
    "RecordError",
    "Results",
    "experiment",
    "load",
    "mean_and_spread",
    "paper_run",
    "results_folder",
]
