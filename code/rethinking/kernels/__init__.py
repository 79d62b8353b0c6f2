"""The linear models of the paper's Section 5: interpolation by a kernel, and the features it is tried on.

- ``Gaussian``, ``Linear``: kernels. ``solve_interpolation``, ``predict``, ``minimum_norm``: the kernel machine.
- ``GaborBank``: wavelet features.
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

__all__ = [
    "GaborBank",
    "Gaussian",
    "Kernel",
    "KernelMachine",
    "Linear",
    "Norms",
    "SingularKernel",
    "inner_products",
    "minimum_norm",
    "one_hot",
    "predict",
    "solve_interpolation",
]
