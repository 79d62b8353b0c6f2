"""One training run, from a ``RunConfig`` to a ``RunRecord``."""

from rethinking.training.batches import image_sets
from rethinking.training.config import LEARNING_RATES, PAPER_EPOCHS, RunConfig
from rethinking.training.device import DeviceError
from rethinking.training.record import RECIPE, RunRecord
from rethinking.training.sgd import OutOfTime, evaluate, train

__all__ = [
    "LEARNING_RATES",
    "PAPER_EPOCHS",
    "RECIPE",
    "DeviceError",
    "OutOfTime",
    "RunConfig",
    "RunRecord",
    "evaluate",
    "image_sets",
    "train",
]
