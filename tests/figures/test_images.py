"""The pictures of the images are the images, each above the label it is trained with."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from matplotlib.colors import same_color

from rethinking import figures
from rethinking.figures.style import BLACK, VERMILION


def test_each_condition_has_its_images_and_labels_and_wrong_ones_are_red(made_up):
    truth = made_up(5, seed=1)
    truth.labels[:] = [3, 1, 4, 1, 5]
    noise = np.full(truth.images.shape, 100, np.float32)
    noise[:, 0], noise[:, 1] = -20, 300  # beyond what a byte holds
    sets = {
        "true-labels": truth,
        "random-labels": replace(truth, labels=np.array([3, 2, 4, 0, 5])),
        "gaussian": replace(truth, images=noise),
    }
    figure = figures.conditions_grid(sets, truth, columns=4)
    grid = np.array(figure.axes).reshape(3, 4)
    for row, images in zip(grid, sets.values(), strict=True):
        for i, axes in enumerate(row):
            label = images.labels[i]
            assert axes.get_title() == f"class {label}"
            assert same_color(axes.title.get_color(), BLACK if label == truth.labels[i] else VERMILION)
    assert [same_color(axes.title.get_color(), VERMILION) for axes in grid[1]] == [False, True, False, True]
    for row in grid[:2]:
        for i, axes in enumerate(row):
            np.testing.assert_array_equal(axes.get_images()[0].get_array(), truth.images[i].transpose(1, 2, 0))
    assert set(map(tuple, grid[2, 0].get_images()[0].get_array().reshape(-1, 3))) == {(0, 255, 100)}
    names = [row[0].texts[0].get_text().replace("\n", " ") for row in grid]
    assert names == ["true labels", "random labels", "Gaussian noise"]


def test_images_of_one_channel_are_grey(made_up):
    digits = made_up(2, channels=1, size=28)
    (image,) = figures.conditions_grid({"true-labels": digits}, digits, columns=1).axes[0].get_images()
    np.testing.assert_array_equal(image.get_array(), digits.images[0, 0])
    assert image.get_cmap().name == "gray"
