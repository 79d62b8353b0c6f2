"""Gabor features and the random convolutional net."""

import itertools

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from rethinking.kernels import PER_FILTER, GaborBank, random_convnet

pytestmark = pytest.mark.usefixtures("one_thread")


def stripes(direction: float, wavelength: float = 5.0) -> np.ndarray:
    """uint8 [1, 1, 28, 28]: a plane wave."""
    y, x = np.mgrid[:28, :28]
    wave = np.cos(2 * np.pi * (x * np.cos(direction) + y * np.sin(direction)) / wavelength)
    return (127.5 + 127.5 * wave).astype(np.uint8)[None, None]


@pytest.mark.parametrize("place", range(4))
def test_a_wavelet_answers_to_stripes_of_its_own_direction(place):
    bank = GaborBank(frequencies=(0.2,), directions=4, pool=4)
    strength = bank.features(stripes(np.pi * place / 4)).reshape(4, 7, 7)[:, 2:5, 2:5].mean(axis=(1, 2))
    assert strength.argmax() == place
    assert np.sort(strength)[-1] > 2 * np.sort(strength)[-2]


def test_an_even_image_has_no_gabor_features_inside():
    grey = np.full((1, 1, 28, 28), 200, np.uint8)
    features = GaborBank(frequencies=(0.4,), directions=8).features(grey).reshape(8, 7, 7)
    assert np.abs(features[:, 2:5, 2:5]).max() < 1e-5


def test_gabor_features_are_those_of_each_image_alone(made_up):
    images = made_up(5, channels=1, size=28).images
    bank = GaborBank()
    together = bank.features(images)
    assert together.shape == (5, 3 * 8 * 7 * 7) and together.dtype == np.float32
    np.testing.assert_allclose(bank.features(images, block=2), together, atol=1e-5)


def test_gabor_features_are_of_grey_images(made_up):
    with pytest.raises(ValueError, match=r"\[n, 1, h, w\]; got \[5, 3, 32, 32\]"):
        GaborBank().features(made_up(5).images)


@pytest.fixture(scope="module")
def net(made_up):
    return random_convnet(made_up(40).images, 10, seed=0, patches=2000)


def test_convnet_features_are_the_definition(net, made_up):
    images = made_up(3, seed=1).images
    patches = F.unfold(torch.as_tensor(images).double(), 6).transpose(1, 2)
    centred = patches - patches.mean(dim=2, keepdim=True)
    whitened = (centred / (centred.var(dim=2, correction=0, keepdim=True) + 10).sqrt() - net.mean) @ (
        net.whitening.double()
    )
    responses = (whitened @ net.filters.T.double()).reshape(3, 27, 27, 10)
    features = net.features(images).reshape(3, 10, 2, 4)
    for sign, place in ((1, 0), (-1, 1)):
        rectified = (sign * responses - net.threshold).clamp(min=0)
        for quadrant, (rows, columns) in enumerate(itertools.product((np.s_[:14], np.s_[13:]), repeat=2)):
            summed = rectified[:, rows, columns].sum((1, 2))
            torch.testing.assert_close(features[:, :, place, quadrant].double(), summed, rtol=1e-4, atol=1e-3)


def test_filters_of_bfloat16_answer_to_patches_rounded_to_it(net, made_up):
    rounded = random_convnet(made_up(40).images, 10, seed=0, patches=2000, dtype=torch.bfloat16)
    assert torch.equal(rounded.filters, net.filters.bfloat16())
    images = made_up(3, seed=1).images
    patches, side = net._patches(images)
    responses = (patches.bfloat16().double() @ rounded.filters.double().T).reshape(3, side, side, 10)
    positive = (responses[:, :14, :14] - net.threshold).clamp(min=0).sum((1, 2))
    features = rounded.features(images).reshape(3, 10, 2, 4)
    torch.testing.assert_close(features[:, :, 0, 0].double(), positive, rtol=1e-4, atol=1e-3)


def test_filters_have_length_one(net):
    torch.testing.assert_close(net.filters.norm(dim=1), torch.ones(10))


def test_filters_come_block_by_block(net, made_up):
    images = made_up(11, seed=1).images
    blocks = torch.cat([net.features(images, first, first + 3) for first in range(0, 10, 3)], dim=1)
    assert blocks.shape == (11, 10 * PER_FILTER)
    torch.testing.assert_close(blocks, net.features(images))


def test_a_small_net_is_the_first_part_of_a_large_one(net, made_up):
    small = random_convnet(made_up(40).images, 4, seed=0, patches=2000)
    torch.testing.assert_close(small.filters, net.filters[:4])
    assert not torch.equal(small.filters, random_convnet(made_up(40).images, 4, seed=1, patches=2000).filters)


def test_whitened_patches_are_white(made_up):
    """Of images whose neighbouring pixels are alike."""
    images = made_up(200, size=8).images.repeat(4, axis=2).repeat(4, axis=3)
    net = random_convnet(images, 1, seed=0, patches=20_000)
    patches, _ = net._patches(images[:50])
    covariance = torch.cov(patches.reshape(-1, 108).T)
    variances = covariance.diagonal()
    assert (covariance - covariance.diagonal().diag()).abs().max() < 0.3
    assert variances.max() < 1.3


def test_a_net_needs_filters_and_square_images(made_up):
    with pytest.raises(ValueError, match="at least one filter; got 0"):
        random_convnet(made_up(3).images, 0, seed=0)
    with pytest.raises(ValueError, match="square and at least 6 pixels wide; got 5x5"):
        random_convnet(made_up(3, size=5).images, 4, seed=0)
