"""The constructions of the paper's Section 4 and Appendix C: any sample, fitted exactly, without training.

- ``interleaving_matrix``, ``interleaved_sample``, ``solve_interleaved``, ``inverse_norm``: Lemma 1 and its system.
- ``fit_two_layer``: Theorem 1. ``fit_deep``: Corollary 1.
- ``certify``: the same in exact rational arithmetic, with a bound on what floats make of it.
"""

from rethinking.expressivity.conditioning import Conditioning, conditioning
from rethinking.expressivity.deep import DeepReLU, fit_deep
from rethinking.expressivity.exact import Certificate, certify
from rethinking.expressivity.lemma import (
    interleaved_sample,
    interleaving_matrix,
    inverse_norm,
    place_thresholds,
    solve_interleaved,
)
from rethinking.expressivity.two_layer import TwoLayerReLU, fit_two_layer
from rethinking.expressivity.windows import Window, windows

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
