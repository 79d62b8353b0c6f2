"""The plan, the runs still missing from it, and the records of those done."""

from rethinking.experiments.paper import EXPERIMENTS, Experiment, experiment, paper_run
from rethinking.experiments.records import RecordError, find, results_folder

__all__ = ["EXPERIMENTS", "Experiment", "RecordError", "experiment", "find", "paper_run", "results_folder"]
