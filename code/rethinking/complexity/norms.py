"""Norms of a network's weights and margins of its outputs, and the capacities made of them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from torch import Tensor, nn

from rethinking.complexity.checks import scores_and_labels


@dataclass(frozen=True)
class Layers:
    """The weight matrices of a network, input side first, biases left out.

    Attributes:
        weights: float64 [out, in] each; a convolution's kernel is flattened to [out, in * h * w].
    """

    weights: tuple[np.ndarray, ...]

    @property
    def spectral(self) -> tuple[float, ...]:
        """The largest singular value of each."""
        return tuple(float(np.linalg.norm(weight, 2)) for weight in self.weights)

    @property
    def frobenius(self) -> tuple[float, ...]:
        """The root of the sum of squares of each."""
        return tuple(float(np.linalg.norm(weight)) for weight in self.weights)

    def distances(self, start: Layers) -> tuple[float, ...]:
        """The Frobenius norm of each layer's change since ``start``."""
        return tuple(
            float(np.linalg.norm(weight - other)) for weight, other in zip(self.weights, start.weights, strict=True)
        )


def layers_of(model: nn.Module) -> Layers:
    """The weights of all linear and convolutional layers, in the order in which the model lists them."""
    kinds = (nn.Linear, nn.Conv2d)
    weights = [
        module.weight.detach().cpu().double().flatten(1) for module in model.modules() if isinstance(module, kinds)
    ]
    return Layers(tuple(weight.numpy() for weight in weights))


def margins(scores: np.ndarray | Tensor, labels: np.ndarray | Tensor) -> np.ndarray:
    """The score of each example's label minus the largest other score: float64 [n], positive where it is right.

    Args:
        scores: [n, k]; labels: int64 [n].

    Raises:
        ValueError: other shapes, or a label that is no class.
    """
    scores, labels = scores_and_labels(scores, labels)
    rows = np.arange(len(scores))
    own = scores[rows, labels].copy()
    scores[rows, labels] = -np.inf
    return own - scores.max(axis=1)


def spectral_complexity(layers: Layers, start: Layers | None = None) -> float:
    """``prod_i |A_i|_2 * (sum_i (|A_i^T - M_i^T|_{2,1} / |A_i|_2)^(2/3))^(3/2)``.

    ``|.|_2`` is the largest singular value and ``|.|_{2,1}`` sums the Euclidean norms of the columns of its argument,
    here the rows of A - M: one number for each unit of the layer.

    Args:
        start: the reference matrices M, e.g. the initialization; zero if None.

    Source: Bartlett, Foster and Telgarsky (2017), Equation (1.2), for 1-Lipschitz activations.
    """
    spectral = layers.spectral
    references = start.weights if start is not None else [np.zeros_like(weight) for weight in layers.weights]
    ratios = [
        np.linalg.norm(weight - reference, axis=1).sum() / norm
        for weight, reference, norm in zip(layers.weights, references, spectral, strict=True)
    ]
    return math.prod(spectral) * sum(ratio ** (2 / 3) for ratio in ratios) ** 1.5


def frobenius_complexity(layers: Layers) -> float:
    """The product of the layers' Frobenius norms, as in Neyshabur, Tomioka and Srebro (2015)."""
    return math.prod(layers.frobenius)
