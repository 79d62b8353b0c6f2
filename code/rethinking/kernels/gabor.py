"""Gabor wavelets: how strongly an image swings at each place, in each direction, at each scale."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from skimage.filters import gabor_kernel
from torch import Tensor


@dataclass(frozen=True)
class GaborBank:
    """The moduli of complex Gabor wavelets' responses, averaged over small squares.

    The wavelets are scikit-image's (``gabor_kernel``, of one octave of bandwidth): a plane wave under a Gaussian window.
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
        wavelets = self.wavelets()
        parts = []
        for start in range(0, len(images), block):
            pixels = torch.as_tensor(images[start : start + block]).float() / 255
            parts.append(torch.cat([self._strength(pixels, wavelet) for wavelet in wavelets], dim=1))
        return torch.cat(parts).numpy()

    def _strength(self, pixels: Tensor, wavelet: np.ndarray) -> Tensor:
        real_and_imaginary = torch.as_tensor(np.stack([wavelet.real, wavelet.imag])[:, None], dtype=torch.float32)
        padding = (wavelet.shape[0] // 2, wavelet.shape[1] // 2)
        response = F.conv2d(pixels, real_and_imaginary, padding=padding)
        strength = response.square().sum(dim=1, keepdim=True).sqrt()
        return F.avg_pool2d(strength, self.pool, ceil_mode=True).flatten(1)
