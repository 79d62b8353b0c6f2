"""The plan, the runs and measurements still missing from it, and the records of those done."""

from rethinking.experiments.catalogue import CATALOGUE, STUDIES, find, load
from rethinking.experiments.plan import EXPERIMENTS, Experiment, paper_run
from rethinking.experiments.records import RecordError, results_folder
from rethinking.experiments.results import Results, mean_and_spread
from rethinking.experiments.studies import Measurement, MeasurementRecord, Study, StudyResults

__all__ = [
    "CATALOGUE",
    "EXPERIMENTS",
    "STUDIES",
    "Experiment",
    "Measurement",
    "MeasurementRecord",
    "RecordError",
    "Results",
    "Study",
    "StudyResults",
    "find",
    "load",
    "mean_and_spread",
    "paper_run",
    "results_folder",
]
