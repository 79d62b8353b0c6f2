"""What least squares on pixels can and cannot fit."""

import numpy as np
import pytest

from factory import listen
from rethinking import data
from rethinking.experiments import linear_models

N_CLASSES = 3


@pytest.fixture
def images(monkeypatch):
    """A stand-in for a data set: of its nine pixels one is always zero and one repeats another."""

    def make(n, n_test=40):
        def load(name, split):
            rng = np.random.default_rng([n, split == "test"])
            pixels = rng.integers(256, size=(n if split == "train" else n_test, 1, 3, 3), dtype=np.uint8)
            pixels[:, 0, 0, 0], pixels[:, 0, 2, 2] = 0, pixels[:, 0, 1, 1]
            labels = rng.integers(N_CLASSES, size=len(pixels))
            return data.ImageSet(pixels, labels, tuple("abc"))

        monkeypatch.setattr(data, "load", load)

    return make


def test_more_images_than_pixels_are_not_interpolated(images):
    images(200)
    result = linear_models.least_squares(listen, "stand-in")
    assert (result["n"], result["d"], result["rank"]) == (200, 9, 7)
    train = data.load("stand-in", "train")
    X = np.hstack([train.images.reshape(200, 9) / 255, np.ones((200, 1))])
    targets = np.eye(N_CLASSES)[train.labels]
    outputs = X @ np.linalg.lstsq(X, targets)[0]
    true = result["true-labels"]
    assert true["train_error"] == pytest.approx(np.mean(outputs.argmax(1) != train.labels))
    assert true["unexplained"] == pytest.approx(1 - outputs.var(axis=0).sum() / targets.var(axis=0).sum())
    assert result["random-labels"]["unexplained"] > 0.8


def test_fewer_images_than_pixels_are(images):
    images(6)
    result = linear_models.least_squares(listen, "stand-in")
    assert result["rank"] == 6
    for labels in ("true-labels", "random-labels"):
        assert result[labels]["train_error"] == 0
        assert result[labels]["unexplained"] == pytest.approx(0, abs=1e-9)
