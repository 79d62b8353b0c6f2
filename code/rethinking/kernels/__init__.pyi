from .convnet import PER_FILTER, RandomConvNet, random_convnet
from .functions import Gaussian, Kernel, Linear
from .gabor import GaborBank
from .interpolation import (
    KernelMachine,
    Norms,
    SingularKernel,
    inner_products,
    minimum_norm,
    one_hot,
    predict,
    solve_interpolation,
)
from .stopping import ridge_factors, shrunk, stopping_factors
from .streaming import RidgeByFeatures, RidgeByPoints
from .triangle import NotPositiveDefinite
from .underdetermined import (
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
