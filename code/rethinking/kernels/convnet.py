"""The random convolutional net of Coates and Ng (2012): one layer whose filters are patches of training images."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from rethinking.kernels.products import float32_products_of
from rethinking.randomness import stream

PER_FILTER = 8
"""Features of a filter: two signs times four quadrants."""

AT_ONCE = {"cpu": (4, 256), "cuda": (128, 1024)}
"""Images and filters whose responses are made in one product: on a processor few enough that what follows finds them in
its cache (4 images x 729 places x 256 filters are 3 MB), on a GPU enough to fill it."""


@dataclass(frozen=True)
class RandomConvNet:
    """Filters, and what is done to every patch before they see it.

    Each patch is normalized (its mean removed, divided by ``sqrt(variance + 10)``, pixels counting from 0 to 255), then
    whitened. A filter's response z at each place becomes ``max(0, z - threshold)`` and ``max(0, -z - threshold)``, and
    each of the two is summed over the four quadrants of the image.

    Attributes:
        filters: float32 [filters, c * patch * patch], of length 1; or bfloat16, to which whitened patches are then
            rounded too.
        mean, whitening: float32 [c * patch * patch] and its square: a patch p becomes ``(p - mean) @ whitening``.
        patch: side of a patch in pixels.
        threshold: of the rectifier.
    """

    filters: Tensor
    mean: Tensor
    whitening: Tensor
    patch: int
    threshold: float

    def features(self, images: np.ndarray, first: int = 0, last: int | None = None) -> Tensor:
        """float32 [n, 8 * (last - first)]: the features of some of the filters, eight by eight.

        The features of a net's first filters are those of the smaller net, so a large net grows block by block.

        Args:
            images: uint8 [n, c, h, w].
            first, last: which filters; all that follow ``first`` if ``last`` is None.
        """
        filters = self.filters[first:last]
        images_at_once, filters_at_once = AT_ONCE[filters.device.type]
        features = torch.empty(len(images), len(filters), PER_FILTER, device=filters.device)
        for start in range(0, len(images), images_at_once):
            patches, side = self._patches(images[start : start + images_at_once])
            patches = patches.to(filters.dtype).float()
            pool = _quadrants(side, filters.device).expand(len(patches), -1, -1)
            for begin in range(0, len(filters), filters_at_once):
                some = filters[begin : begin + filters_at_once].float()
                with float32_products_of(filters.dtype):
                    responses = patches @ some.T
                shrunk = F.softshrink(responses, self.threshold)
                difference = torch.bmm(pool, shrunk)  # of the two rectifiers' sums, and below their sum
                total = torch.bmm(pool, shrunk.abs_())
                both = torch.cat([total + difference, total - difference], dim=1) / 2
                features[start : start + images_at_once, begin : begin + filters_at_once] = both.transpose(1, 2)
        return features.flatten(1)

    def _patches(self, images: np.ndarray) -> tuple[Tensor, int]:
        """All patches of the images, whitened: float32 [n, places, c * patch * patch]; and the places along a side."""
        pixels = torch.as_tensor(images).to(self.filters.device).float()
        side = pixels.shape[-1] - self.patch + 1
        patches = F.unfold(pixels, self.patch).transpose(1, 2)
        return (_normalized(patches) - self.mean) @ self.whitening, side


def random_convnet(
    images: np.ndarray,
    filters: int,
    seed: int,
    *,
    patch: int = 6,
    threshold: float = 0.25,
    patches: int = 100_000,
    dtype: torch.dtype = torch.float32,
    device: str | torch.device = "cpu",
) -> RandomConvNet:
    """Draw a net: whitening and filters from random patches of the training images. Nothing is trained.

    Args:
        images: uint8 [n, c, h, w], square.
        filters: how many; under one seed, a smaller net's filters are the first of a larger one's.
        patches: how many the whitening is computed from.
        dtype: of the filters, float32 or bfloat16.

    Raises:
        ValueError: the images are not square or smaller than a patch, or there are no filters.

    Source: Coates and Ng (2012), Learning feature representations with K-means, with random patches in place of
    centroids, which they find nearly as good.
    """
    height, width = images.shape[-2:]
    if height != width or height < patch:
        raise ValueError(f"images must be square and at least {patch} pixels wide; got {height}x{width}")
    if filters < 1:
        raise ValueError(f"a net needs at least one filter; got {filters}")
    sample = _normalized(_random_patches(images, patches, patch, seed, "whitening"))
    mean = sample.mean(dim=0)
    values, vectors = torch.linalg.eigh(torch.cov(sample.T))
    whitening = (vectors / (values + 0.1).sqrt()) @ vectors.T  # ZCA; 0.1 keeps noise from being blown up
    drawn = (_normalized(_random_patches(images, filters, patch, seed, "filters")) - mean) @ whitening
    drawn = F.normalize(drawn).to(dtype)
    return RandomConvNet(drawn.to(device), mean.to(device), whitening.to(device), patch, threshold)


def _random_patches(images: np.ndarray, count: int, patch: int, seed: int, purpose: str) -> Tensor:
    """float32 [count, c * patch * patch]: patches at random places of random images, the first ones for any count."""
    draws = stream(seed, "convnet", purpose).random((count, 3))
    places = images.shape[-1] - patch + 1
    which, top, left = (draws * [len(images), places, places]).astype(np.int64).T
    steps = np.arange(patch)
    rows, columns = (top[:, None] + steps)[:, :, None], (left[:, None] + steps)[:, None, :]
    # The two index arrays around the slice put the channels last; bring them back before rows and columns.
    cut = images[which[:, None, None], :, rows, columns].transpose(0, 3, 1, 2)
    return torch.as_tensor(cut.reshape(count, -1).astype(np.float32))


def _normalized(patches: Tensor) -> Tensor:
    centred = patches - patches.mean(dim=-1, keepdim=True)
    return centred / (centred.square().mean(dim=-1, keepdim=True) + 10).sqrt()


def _quadrants(side: int, device: torch.device) -> Tensor:
    """float32 [4, side * side]: which places each quadrant sums; with an odd side the middle line belongs to both."""
    half = (side + 1) // 2
    pool = torch.zeros(4, side, side, device=device)
    for quadrant in range(4):
        top, left = (side - half) * (quadrant // 2), (side - half) * (quadrant % 2)
        pool[quadrant, top : top + half, left : left + half] = 1
    return pool.flatten(1)
