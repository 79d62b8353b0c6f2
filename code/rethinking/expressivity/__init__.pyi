from .condition import Conditioning, conditioning
from .deep import DeepReLU, fit_deep
from .exact import Certificate, certify
from .lemma import (
    interleaved_sample,
    interleaving_matrix,
    inverse_norm,
    place_thresholds,
    solve_interleaved,
)
from .two_layer import TwoLayerReLU, fit_two_layer
from .window import Window, windows

__all__ = [
    "Certificate",
    "Conditioning",
    "DeepReLU",
    "TwoLayerReLU",
    "Window",
    "certify",
    "conditioning",
    "fit_deep",
    "fit_two_layer",
    "interleaved_sample",
    "interleaving_matrix",
    "inverse_norm",
    "place_thresholds",
    "solve_interleaved",
    "windows",
]
