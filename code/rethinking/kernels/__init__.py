"""The linear models of the paper's Section 5: interpolation by a kernel, the features it is tried on, and SGD.

- ``Gaussian``, ``Linear``: kernels. ``solve_interpolation``, ``predict``, ``minimum_norm``: the kernel machine.
- ``GaborBank``: wavelet features.
- ``sgd``, ``sgd_limit``, ``minimum_norm_interpolant``, ``hessian``: a linear model in few dimensions, written out.
"""

from rethinking.kernels.functions import Gaussian, Kernel, Linear
from rethinking.kernels.gabor import GaborBank
from rethinking.kernels.interpolation import (
    KernelMachine,
    Norms,
    SingularKernel,
    inner_products,
    minimum_norm,
    one_hot,
    predict,
    solve_interpolation,
)
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
    "GaborBank",
    "Gaussian",
    "Kernel",
    "KernelMachine",
    "Linear",
    "Loss",
    "Norms",
    "SingularKernel",
    "best_step",
    "coefficients",
    "contraction",
    "hessian",
    "inner_products",
    "minimum_norm",
    "minimum_norm_interpolant",
    "null_space_part",
    "one_hot",
    "predict",
    "sgd",
    "sgd_limit",
    "shuffled_batches",
    "solve_interpolation",
]
