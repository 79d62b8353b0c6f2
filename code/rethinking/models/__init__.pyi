from .modules import average_over
from .names import MODELS
from .networks import build, parameter_count

__all__ = ["MODELS", "average_over", "build", "parameter_count"]
