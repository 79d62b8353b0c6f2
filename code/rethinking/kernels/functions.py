"""Kernels: functions of two points that are inner products of features never written down."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor


class Kernel(Protocol):
    """A positive semidefinite function of two points, evaluated on blocks of them."""

    def __call__(self, X: Tensor, Z: Tensor) -> Tensor:
        """``k(X[i], Z[j])`` for X [n, d] and Z [m, d]: [n, m]."""
        ...


@dataclass(frozen=True)
class Gaussian:
    """``k(x, z) = exp(-bandwidth * |x - z|^2)``.

    The bandwidth is the factor before the squared distance, as the paper's authors count it: 0.02 for MNIST's pixels
    between 0 and 1. A larger one makes a narrower kernel. The squared distances come from one matrix product,
    ``|x|^2 + |z|^2 - 2 x.z``, so they carry an absolute error of about the rounding of ``|x|^2``.

    Raises:
        ValueError: the bandwidth is not a finite number above 0.
    """

    bandwidth: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.bandwidth) and self.bandwidth > 0):
            raise ValueError(f"the bandwidth must be a finite number above 0; got {self.bandwidth}")

    def __call__(self, X: Tensor, Z: Tensor) -> Tensor:
        of_x, of_z = (-self.bandwidth * (points * points).sum(dim=1) for points in (X, Z))
        exponents = torch.addmm(of_z[None, :], X, Z.T, alpha=2 * self.bandwidth)
        return exponents.add_(of_x[:, None]).clamp_(max=0).exp_()


@dataclass(frozen=True)
class Linear:
    """``k(x, z) = x.z``: the kernel machine is then the linear model of least norm, ``w = X^T alpha``."""

    def __call__(self, X: Tensor, Z: Tensor) -> Tensor:
        return torch.mm(X, Z.T)
