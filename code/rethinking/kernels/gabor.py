"""Gabor wavelets: how strongly an image swings at each place, in each direction, at each scale."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor


@dataclass(frozen=True)
class GaborBank:
    """The moduli of complex Gabor wavelets' responses, averaged over small squares.

    The wavelets are scikit-image's (``gabor_kernel``, one octave of bandwidth): a plane wave under a Gaussian window.
    The modulus forgets the wave's phase, so a stroke that moves by a pixel changes it little.

    Attributes:
        frequencies: waves per pixel.
        directions: equally spaced over half a turn.
        pool: side of the squares, and the step between them, in pixels.
    """

    frequencies: tuple[float, ...] = (0.1, 0.2, 0.4)
    directions: int = 8
    pool: int = 4

    def wavelets(self) -> list[np.ndarray]:
        """complex [height, width] each, sizes odd, by frequency and then direction; the mean of each is removed."""
        from skimage.filters import gabor_kernel  # only here, since nothing else of the package needs it

        angles = np.pi * np.arange(self.directions) / self.directions
        kernels = [gabor_kernel(f, theta=angle) for f in self.frequencies for angle in angles]
        return [kernel - np.abs(kernel) * (kernel.sum() / np.abs(kernel).sum()) for kernel in kernels]

    def features(self, images: np.ndarray, block: int = 2000) -> np.ndarray:
        """float32 [n, frequencies * directions * squares] of images uint8 [n, 1, h, w], taken between 0 and 1.

        Raises:
            ValueError: the images have more than one channel.
        """
        if images.ndim != 4 or images.shape[1] != 1:
            raise ValueError(f"images must be [n, 1, h, w]; got {list(images.shape)}")
        wavelets, parts = self.wavelets(), []
        scales = [_stacked(wavelets[i : i + self.directions]) for i in range(0, len(wavelets), self.directions)]
        for start in range(0, len(images), block):
            pixels = torch.as_tensor(images[start : start + block]).float() / 255
            parts.append(torch.cat([self._strength(pixels, filters) for filters in scales], dim=1))
        return torch.cat(parts).numpy()

    def _strength(self, pixels: Tensor, filters: Tensor) -> Tensor:
        response = F.conv2d(pixels, filters, padding="same").unflatten(1, (self.directions, 2))
        strength = response.square().sum(dim=2).sqrt()
        return F.avg_pool2d(strength, self.pool, ceil_mode=True).flatten(1)


def _stacked(wavelets: list[np.ndarray]) -> Tensor:
    """float32 [2 * wavelets, 1, side, side]: real and imaginary part of each in turn, centred in equal squares."""
    side = max(max(wavelet.shape) for wavelet in wavelets)
    stacked = np.zeros((len(wavelets), 2, side, side), np.float32)
    for place, wavelet in enumerate(wavelets):
        top, left = (side - wavelet.shape[0]) // 2, (side - wavelet.shape[1]) // 2
        window = np.s_[top : top + wavelet.shape[0], left : left + wavelet.shape[1]]
        stacked[place, 0][window], stacked[place, 1][window] = wavelet.real, wavelet.imag
    return torch.as_tensor(stacked.reshape(-1, 1, side, side))
