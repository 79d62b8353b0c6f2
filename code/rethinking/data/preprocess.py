"""The paper's preprocessing (Appendix A): /255, a 28x28 crop, then each image standardized by itself.

Images come in as bytes (0 to 255). Cropping and dividing commute, so the crop is done first, on the bytes.
"""

from __future__ import annotations

import math
from typing import TypeVar

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

Images = TypeVar("Images", np.ndarray, Tensor)

CROP = 28
MAX_ROTATION = 25.0


def centre_crop(images: Images, size: int = CROP) -> Images:
    """The middle ``size`` x ``size`` pixels of each image, [n, c, h, w] -> [n, c, size, size], array or tensor.

    Raises:
        ValueError: the images are smaller than ``size``.
    """
    height, width = images.shape[-2:]
    if min(height, width) < size:
        raise ValueError(f"cannot crop {size}x{size} pixels from images of {height}x{width}")
    top, left = (height - size) // 2, (width - size) // 2
    return images[..., top : top + size, left : left + size]


def random_crop(images: Tensor, generator: torch.Generator, size: int = CROP) -> Tensor:
    """A window of ``size`` x ``size`` pixels of each image, its place uniform and independent, no padding.

    Args:
        images: [n, c, h, w], any dtype.
        generator: on the images' device.

    Returns:
        [n, c, size, size], same dtype.

    Raises:
        ValueError: the images are smaller than ``size``.
    """
    n, channels, height, width = images.shape
    if min(height, width) < size:
        raise ValueError(f"cannot crop {size}x{size} pixels from images of {height}x{width}")
    device = images.device
    top = torch.randint(height - size + 1, (n, 1, 1, 1), generator=generator, device=device)
    left = torch.randint(width - size + 1, (n, 1, 1, 1), generator=generator, device=device)
    rows = top + torch.arange(size, device=device).view(1, 1, size, 1)
    columns = left + torch.arange(size, device=device).view(1, 1, 1, size)
    index = torch.arange(n, device=device).view(n, 1, 1, 1)
    return images[index, torch.arange(channels, device=device).view(1, channels, 1, 1), rows, columns]


def flip_and_rotate(images: Tensor, generator: torch.Generator) -> Tensor:
    """Table 4's augmentation: a left-right flip with probability 1/2, a rotation uniform in [-25, 25] degrees.

    Args:
        images: float [n, c, h, w]. Bilinear; what turns in from outside repeats the border.

    Returns:
        float [n, c, h, w].
    """
    n, device = len(images), images.device
    angle = (2 * torch.rand(n, generator=generator, device=device) - 1) * math.radians(MAX_ROTATION)
    flip = 1.0 - 2.0 * torch.randint(2, (n,), generator=generator, device=device)
    cos, sin, zero = torch.cos(angle), torch.sin(angle), torch.zeros_like(angle)
    matrices = torch.stack([cos * flip, -sin, zero, sin * flip, cos, zero], dim=1).view(n, 2, 3)
    grid = F.affine_grid(matrices, list(images.shape), align_corners=False)
    border = 1 - 1 / torch.tensor(images.shape[:1:-1], device=device)  # the outermost pixels' centres, x and y
    grid = torch.minimum(torch.maximum(grid, -border), border)  # Apple's GPUs have no padding_mode="border"
    return F.grid_sample(images, grid, mode="bilinear", padding_mode="zeros", align_corners=False)


def standardize(images: Tensor) -> Tensor:
    """Each image minus its mean, over its standard deviation, all channels together.

    The deviation is floored at ``1 / sqrt(N)``, N the number of values of one image, so that a constant image
    becomes zero (``per_image_whitening`` in the TensorFlow of 2016).

    Args:
        images: uint8 or float [n, c, h, w], values 0 to 255.

    Returns:
        float32 [n, c, h, w].
    """
    values = images.float() / 255
    flat = values.flatten(1)
    floor = 1 / math.sqrt(flat.shape[1])
    deviation = flat.std(dim=1, correction=0).clamp_min(floor)
    return (values - flat.mean(dim=1).view(-1, 1, 1, 1)) / deviation.view(-1, 1, 1, 1)
