"""The linear models of the paper's Section 5: which interpolant SGD finds, kernel machines, and their features.

- ``sgd``, ``sgd_limit``, ``minimum_norm_interpolant``, ``hessian``: a linear model in few dimensions, written out.
- ``stopping_factors``, ``ridge_factors``: what stopping early and weight decay do to a linear model.
- ``Gaussian``, ``Linear``: kernels. ``solve_interpolation``, ``predict``, ``minimum_norm``: the kernel machine.
- ``GaborBank``, ``random_convnet``: features. ``RidgeByPoints``, ``RidgeByFeatures``: fits to features in blocks.
"""

from rethinking.kernels.convnet import PER_FILTER, RandomConvNet, random_convnet
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
from rethinking.kernels.stopping import ridge_factors, shrunk, stopping_factors
from rethinking.kernels.streaming import RidgeByFeatures, RidgeByPoints
from rethinking.kernels.triangle import NotPositiveDefinite
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
    "PER_FILTER",
    "POISSON",
    "SQUARED",
    "GaborBank",
    "Gaussian",
    "Kernel",
    "KernelMachine",
    "Linear",
    "Loss",
    "Norms",
    "NotPositiveDefinite",
    "RandomConvNet",
    "RidgeByFeatures",
    "RidgeByPoints",
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
    "random_convnet",
    "ridge_factors",
    "sgd",
    "sgd_limit",
    "shrunk",
    "shuffled_batches",
    "solve_interpolation",
    "stopping_factors",
]
