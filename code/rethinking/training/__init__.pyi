from .batches import image_sets
from .config import LEARNING_RATES, PAPER_EPOCHS, PRECISIONS, RunConfig
from .device import DeviceError, resolve
from .record import OVERFIT, RECIPE, RunRecord
from .sgd import OutOfTime, evaluate, initial_network, train

__all__ = [
    "LEARNING_RATES",
    "OVERFIT",
    "PAPER_EPOCHS",
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
