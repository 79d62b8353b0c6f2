"""Linear models that fit everything: which interpolant SGD finds (Section 5)."""

from rethinking.kernels.underdetermined import (
    POISSON,
    SQUARED,
    Loss,
    best_step,
    coefficients,
    contraction,
    hessian,
    minimum_norm_interpolant,
    null_space_part,
    sgd,
    sgd_limit,
    shuffled_batches,
)

__all__ = [
    "POISSON",
    "SQUARED",
    "Loss",
    "best_step",
    "coefficients",
    "contraction",
    "hessian",
    "minimum_norm_interpolant",
    "null_space_part",
    "sgd",
    "sgd_limit",
    "shuffled_batches",
]
