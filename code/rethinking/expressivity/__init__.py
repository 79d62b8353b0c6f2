"""The constructions of the paper's Section 4 and Appendix C: any sample, fitted exactly, without training.

- ``interleaving_matrix``, ``interleaved_sample``, ``solve_interleaved``, ``inverse_norm``: Lemma 1 and its system.
- ``fit_two_layer``: Theorem 1. ``fit_deep``: Corollary 1.
- ``certify``: the same in exact rational arithmetic, with a bound on what floats make of it.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
