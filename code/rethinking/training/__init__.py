"""One training run, from a ``RunConfig`` to a ``RunRecord``."""

from rethinking.training.batches import image_sets
from rethinking.training.config import LEARNING_RATES, PAPER_EPOCHS, PAPER_TRAIN_SIZE, PRECISIONS, RunConfig
from rethinking.training.device import DeviceError, resolve
from rethinking.training.record import RECIPE, RunRecord
from rethinking.training.sgd import OutOfTime, evaluate, initial_network, train

__all__ = [
    "LEARNING_RATES",
    "PAPER_EPOCHS",
    "PAPER_TRAIN_SIZE",
    "PRECISIONS",
    "RECIPE",
    "DeviceError",
    "OutOfTime",
    "RunConfig",
    "RunRecord",
    "evaluate",
    "image_sets",
    "initial_network",
    "resolve",
    "train",
]
