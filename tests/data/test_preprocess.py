"""Appendix A's preprocessing against values worked out by hand, and the geometry of crops and augmentation."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from rethinking.data import ImageSet, centre_crop, load, randomize, standardize
from rethinking.data.preprocess import flip_and_rotate, random_crop


def image(values: list[int], side: int) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.uint8).view(1, 1, side, side)


def test_whitening_by_hand():
    white = standardize(image([255] * 4 + [0] * 12, 4))  # mean 1/4, variance 1/4 * 3/4
    assert white.dtype == torch.float32
    torch.testing.assert_close(white.flatten(), torch.tensor([math.sqrt(3)] * 4 + [-1 / math.sqrt(3)] * 12))


def test_whitening_a_constant_image_gives_zeros():
    white = standardize(torch.full((2, 3, 28, 28), 255, dtype=torch.uint8))
    torch.testing.assert_close(white, torch.zeros(2, 3, 28, 28))


def test_whitening_below_the_floor():
    # mean 0.3, deviation sqrt(0.05) = 0.22, below the floor of 1 / sqrt(4)
    torch.testing.assert_close(standardize(image([0, 51, 102, 153], 2)).flatten(), torch.tensor([-0.6, -0.2, 0.2, 0.6]))


def test_whitening_takes_each_image_by_itself_and_its_channels_together():
    white = torch.zeros(2, 3, 4, 4, dtype=torch.uint8)
    white[0, 0] = 255  # one channel of three: mean 1/3, variance 2/9
    standardized = standardize(white)
    torch.testing.assert_close(standardized[0, 0], torch.full((4, 4), math.sqrt(2)))
    torch.testing.assert_close(standardized[0, 1:], torch.full((2, 4, 4), -1 / math.sqrt(2)))
    assert not standardized[1].any()


def test_real_images_are_scaled_once():
    white = standardize(torch.from_numpy(centre_crop(load("cifar10-mini", "test").images))).flatten(1)
    torch.testing.assert_close(white.mean(dim=1), torch.zeros(1000), atol=1e-4, rtol=0)
    torch.testing.assert_close(white.std(dim=1, correction=0), torch.ones(1000), atol=1e-3, rtol=0)


def test_centre_crop_takes_the_middle(made_up):
    images = made_up(2).images
    np.testing.assert_array_equal(centre_crop(images), images[:, :, 2:30, 2:30])
    np.testing.assert_array_equal(centre_crop(torch.from_numpy(images)).numpy(), images[:, :, 2:30, 2:30])


def test_small_images_cannot_be_cropped():
    with pytest.raises(ValueError, match="28x28 .* 27x40"):
        centre_crop(np.zeros((1, 3, 27, 40), np.uint8))
    with pytest.raises(ValueError, match="28x28 .* 27x40"):
        random_crop(torch.zeros(1, 3, 27, 40), torch.Generator())


@pytest.fixture(scope="module")
def windows() -> torch.Tensor:
    """Random crops of images whose channels are each pixel's row, column and image: [5000, 3, 28, 28]."""
    n = 5000
    row, column = torch.arange(32, dtype=torch.int16).view(32, 1), torch.arange(32, dtype=torch.int16).view(1, 32)
    which = torch.arange(n, dtype=torch.int16).view(n, 1, 1)
    parts = [part.expand(n, 32, 32) for part in (row, column, which)]
    return random_crop(torch.stack(parts, dim=1), torch.Generator().manual_seed(0))


def test_random_crops_are_windows_of_their_own_image(windows):
    top, left = windows[:, 0, :1, :1], windows[:, 1, :1, :1]
    steps = torch.arange(28, dtype=torch.int16)
    assert windows.shape == (5000, 3, 28, 28)
    assert torch.equal(windows[:, 0], (top + steps.view(28, 1)).expand(-1, 28, 28))
    assert torch.equal(windows[:, 1], (left + steps.view(1, 28)).expand(-1, 28, 28))
    assert torch.equal(windows[:, 2], torch.arange(5000, dtype=torch.int16).view(-1, 1, 1).expand(-1, 28, 28))


def test_random_crops_fall_everywhere_alike_and_independently(windows):
    place = windows[:, 0, 0, 0].long() * 5 + windows[:, 1, 0, 0]
    counts = torch.bincount(place, minlength=25)
    assert len(counts) == 25
    assert 130 < counts.min() <= counts.max() < 270  # 200 each, five standard deviations
    assert (place[1:] == place[:-1]).float().mean() < 0.06  # 0.04 if neighbours know nothing of each other


@pytest.fixture(scope="module")
def turned() -> tuple[torch.Tensor, torch.Tensor]:
    """Matrices [400, 2, 2] and shifts [400, 2] of the map from an augmented image's pixels back to its source's.

    Read off images whose channels are the coordinates themselves, which bilinear sampling reproduces exactly.
    """
    n, line = 400, torch.arange(28.0) - 13.5
    y, x = torch.meshgrid(line, line, indexing="ij")
    sources = flip_and_rotate(torch.stack([x, y]).expand(n, 2, 28, 28).contiguous(), torch.Generator().manual_seed(0))
    inner = slice(8, 20)  # away from the border, which repeats
    points = torch.stack([x[inner, inner], y[inner, inner], torch.ones(12, 12)]).flatten(1).T
    fit = torch.linalg.lstsq(points.expand(n, -1, -1), sources[:, :, inner, inner].flatten(2).transpose(1, 2))
    return fit.solution[:, :2].transpose(1, 2), fit.solution[:, 2]


def test_augmentation_keeps_distances_and_the_centre(turned):
    matrices, shifts = turned
    torch.testing.assert_close(matrices.transpose(1, 2) @ matrices, torch.eye(2).expand(400, 2, 2), atol=1e-3, rtol=0)
    torch.testing.assert_close(shifts, torch.zeros(400, 2), atol=1e-3, rtol=0)


def test_what_turns_in_from_outside_repeats_the_border():
    rows = torch.arange(28.0).view(28, 1).expand(50, 3, 28, 28)
    out = flip_and_rotate(rows, torch.Generator().manual_seed(0))
    assert out.min() >= -1e-4 and out.max() <= 27 + 1e-4
    plain = flip_and_rotate(torch.full((50, 3, 28, 28), 7.0), torch.Generator().manual_seed(0))
    assert plain == pytest.approx(torch.full_like(plain, 7), rel=1e-5), "nothing dark comes in"


def test_augmentation_flips_half_of_the_images(turned):
    flipped = torch.linalg.det(turned[0]) < 0
    assert 160 < flipped.sum() < 240  # 200, four standard deviations


def test_augmentation_rotates_by_up_to_25_degrees_either_way(turned):
    angle = torch.rad2deg(torch.atan2(-turned[0][:, 0, 1], turned[0][:, 1, 1]))
    assert 24 < angle.max() <= 25.01
    assert -25.01 <= angle.min() < -24
    assert angle.mean().abs() < 3  # four standard deviations


def test_permuted_pixels_are_those_of_the_centre_crop(small_run):
    """Crop first: else border pixels would be carried into the crop."""
    from rethinking.training import image_sets

    for corruption in ("shuffled-pixels", "random-pixels"):
        train, test = image_sets(small_run(corruption=corruption))
        for split, name in ((train, "train"), (test, "test")):
            crop = centre_crop(load("cifar10-mini", name).images)[: len(split)]
            assert not np.array_equal(split.images, crop)
            np.testing.assert_array_equal(
                np.sort(split.images.reshape(*split.images.shape[:2], -1)), np.sort(crop.reshape(*crop.shape[:2], -1))
            )


def test_whitening_and_permuting_commute(made_up):
    """So that it does not matter that images are permuted as bytes and standardized after."""
    some: ImageSet = made_up(20, size=28)
    shuffled, _ = randomize(some, some, "shuffled-pixels", 0)
    before = standardize(torch.from_numpy(some.images)).flatten(1).sort().values
    after = standardize(torch.from_numpy(shuffled.images)).flatten(1).sort().values
    torch.testing.assert_close(before, after)
