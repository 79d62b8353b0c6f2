"""Each corruption has the distribution the paper gives it, once and for all."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from rethinking.data import (
    CORRUPTIONS,
    ImageSet,
    class_renaming,
    copier_error,
    error_on_corrupted_labels,
    error_on_true_labels,
    load,
    randomize,
)

LABEL_CORRUPTIONS = ("random-labels", "partially-corrupted-labels(0.3)", "permuted-classes")
PIXEL_CORRUPTIONS = ("shuffled-pixels", "random-pixels", "random-values", "gaussian")


@pytest.fixture(scope="module")
def many() -> ImageSet:
    """20,000 labels on images of one pixel."""
    labels = np.random.default_rng(1).integers(10, size=20_000)
    return ImageSet(np.zeros((20_000, 1, 1, 1), np.uint8), labels, tuple("0123456789"))


@pytest.fixture(scope="module")
def sets(made_up) -> tuple[ImageSet, ImageSet]:
    """Images in which every pixel of an image is another one: its place in the first channels."""
    train, test = made_up(60, 1, size=16), made_up(40, 2, size=16)
    place = np.arange(256, dtype=np.uint8).reshape(16, 16)
    for split in (train, test):
        split.images[:, 0] = place
        split.images[:, 1] = 255 - place
    return train, test


def fingerprint(train: ImageSet, test: ImageSet) -> str:
    parts = (train.images, train.labels, test.images, test.labels)
    return hashlib.sha256(b"".join(part.tobytes() for part in parts)).hexdigest()


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9, 1.0])
def test_nine_tenths_of_p_labels_change(many, p):
    corrupted, _ = randomize(many, many, f"partially-corrupted-labels({p})", 0)
    changed, rate = (corrupted.labels != many.labels).sum(), 0.9 * p
    assert abs(changed - rate * len(many)) < 5 * np.sqrt(len(many) * rate * (1 - rate))


def test_random_labels_are_uniform_and_know_nothing_of_the_truth(many):
    corrupted, _ = randomize(many, many, "random-labels", 0)
    table = np.zeros((10, 10))
    np.add.at(table, (many.labels, corrupted.labels), 1)
    expected = table.sum(axis=1, keepdims=True) / 10
    assert ((table - expected) ** 2 / expected).sum() < 90 + 5 * np.sqrt(2 * 90)  # chi-squared, 90 degrees of freedom


def test_a_larger_p_corrupts_the_same_labels_and_more(many):
    levels = [randomize(many, many, f"partially-corrupted-labels({k / 10})", 3)[0].labels for k in range(11)]
    for fewer, more in zip(levels, levels[1:], strict=False):
        touched = fewer != many.labels
        np.testing.assert_array_equal(fewer[touched], more[touched])
        assert (more != many.labels).sum() > touched.sum()


def test_the_ends_of_partial_corruption(many):
    none, _ = randomize(many, many, "partially-corrupted-labels(0)", 0)
    whole, _ = randomize(many, many, "partially-corrupted-labels(1)", 0)
    np.testing.assert_array_equal(none.labels, many.labels)
    np.testing.assert_array_equal(whole.labels, randomize(many, many, "random-labels", 0)[0].labels)


@pytest.mark.parametrize("corruption", ["true-labels", *LABEL_CORRUPTIONS, *PIXEL_CORRUPTIONS])
def test_test_labels_stay_true(sets, corruption):
    before = [part.copy() for split in sets for part in (split.images, split.labels)]
    _, test = randomize(*sets, corruption, 0)
    np.testing.assert_array_equal(test.labels, sets[1].labels)
    for part, original in zip((part for split in sets for part in (split.images, split.labels)), before, strict=True):
        np.testing.assert_array_equal(part, original)  # nothing is changed in place either


@pytest.mark.parametrize("corruption", LABEL_CORRUPTIONS)
def test_label_corruptions_leave_the_images(sets, corruption):
    for split, original in zip(randomize(*sets, corruption, 0), sets, strict=True):
        np.testing.assert_array_equal(split.images, original.images)


@pytest.mark.parametrize("corruption", PIXEL_CORRUPTIONS)
def test_pixel_corruptions_leave_the_labels(sets, corruption):
    np.testing.assert_array_equal(randomize(*sets, corruption, 0)[0].labels, sets[0].labels)


def test_shuffled_pixels_is_one_permutation_in_both_splits(sets):
    train, test = randomize(*sets, "shuffled-pixels", 0)
    order = train.images[0, 0].ravel()
    assert sorted(order) == list(range(256))
    assert (order != np.arange(256)).mean() > 0.9
    for split, original in zip((train, test), sets, strict=True):
        permuted = original.images.reshape(len(original), 3, -1)[:, :, order]
        np.testing.assert_array_equal(split.images.reshape(len(original), 3, -1), permuted)


def test_random_pixels_is_another_permutation_for_each_image(sets):
    orders = set()
    for split, original in zip(randomize(*sets, "random-pixels", 0), sets, strict=True):
        for image, before in zip(split.images, original.images, strict=True):
            order = image[0].ravel()
            assert sorted(order) == list(range(256))
            np.testing.assert_array_equal(image.reshape(3, -1), before.reshape(3, -1)[:, order])  # channels together
            orders.add(order.tobytes())
    assert len(orders) == 100


def test_random_values_keeps_an_images_values_and_neither_places_nor_colours(made_up):
    train, test = made_up(60, 1, size=16), made_up(40, 2, size=16)
    for split in (train, test):
        split.images[:] = np.arange(3)[:, None, None]  # a value for each channel
    arrangements = set()
    for split, original in zip(randomize(train, test, "random-values", 0), (train, test), strict=True):
        for image, before in zip(split.images, original.images, strict=True):
            np.testing.assert_array_equal(np.sort(image, axis=None), np.sort(before, axis=None))
            for channel in image:
                assert abs(channel.mean() - 1) < 5 * np.sqrt(2 / 3 / 256), "each has its share of all three"
            arrangements.add(image.tobytes())
    assert len(arrangements) == 100


def test_gaussian_matches_mean_and_variance_of_each_channel(made_up):
    train, test = made_up(100, 1, size=28), made_up(80, 2, size=28)
    train.images[:, 1] //= 4
    train.images[:, 2] = 200 + train.images[:, 2] // 32
    mean = train.images.mean(axis=(0, 2, 3))
    deviation = train.images.std(axis=(0, 2, 3))
    for noise in randomize(train, test, "gaussian", 0):
        assert noise.images.dtype == np.float32
        error = deviation / np.sqrt(noise.images[:, 0].size)
        assert (abs(noise.images.mean(axis=(0, 2, 3), dtype=np.float64) - mean) < 5 * error).all()
        assert (abs(noise.images.std(axis=(0, 2, 3), dtype=np.float64) - deviation) < 5 * error).all()
        scaled = (noise.images - mean[:, None, None]) / deviation[:, None, None]
        assert abs((abs(scaled) < 1).mean() - 0.6827) < 0.005  # the shape too, not clipped to bytes
        assert len(np.unique(noise.images[:, 0, 0, 0])) == len(noise)
    # train and test are drawn apart
    one, other = randomize(train, train, "gaussian", 0)
    assert not np.array_equal(one.images, other.images)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("classes", [2, 3, 10])
def test_permuted_classes_leaves_no_class_its_name(seed, classes):
    renaming = class_renaming(classes, seed)
    assert sorted(renaming) == list(range(classes))
    assert (renaming != np.arange(classes)).all()


def test_permuted_classes_renames_the_training_labels(sets):
    train, _ = randomize(*sets, "permuted-classes", 5)
    np.testing.assert_array_equal(train.labels, class_renaming(10, 5)[sets[0].labels])


@pytest.mark.parametrize("corruption", [*LABEL_CORRUPTIONS, *PIXEL_CORRUPTIONS])
def test_the_seed_decides(sets, corruption):
    assert fingerprint(*randomize(*sets, corruption, 0)) == fingerprint(*randomize(*sets, corruption, 0))
    assert fingerprint(*randomize(*sets, corruption, 0)) != fingerprint(*randomize(*sets, corruption, 1))


DRAWN = {
    "random-labels": "df9bc3f8adc26651",
    "partially-corrupted-labels(0.3)": "0e2a6b15fdcb1de1",
    "permuted-classes": "8fcd4e68173cd400",
    "random-signs": "a0edd5ed2cffd7bf",
    "shuffled-pixels": "ea458935d7bdac54",
    "random-pixels": "4fd776ed3e136dfe",
    "random-values": "3b19105c2329af58",
}
REDRAWN = (
    "A corruption is drawn otherwise than before, so the same config gives another record. If that is meant, raise "
    "rethinking.training.record.RECIPE by one, so that older records count as stale, and put the new draw here."
)


@pytest.fixture(scope="module")
def mini() -> tuple[ImageSet, ImageSet]:
    return load("cifar10-mini", "train").first(100), load("cifar10-mini", "test").first(50)


@pytest.mark.parametrize("corruption", DRAWN)
def test_what_is_drawn_is_what_older_records_were_made_of(mini, corruption):
    """To change one of these digests means to raise RECIPE."""
    assert fingerprint(*randomize(*mini, corruption, 0))[:16] == DRAWN[corruption], REDRAWN


def test_the_noise_is_what_older_records_were_made_of(mini):
    """To change these values means to raise RECIPE; no digest, since the last digits may differ between machines."""
    train, test = randomize(*mini, "gaussian", 0)
    assert train.images[1, :, 0, 0] == pytest.approx([98.4607, 44.9385, 266.6523], abs=1e-2), REDRAWN
    assert test.images[1, :, 0, 0] == pytest.approx([132.4481, 89.4041, 50.9177], abs=1e-2), REDRAWN


def test_every_process_draws_the_same(run_python, capsys):
    script = """
import hashlib
from rethinking.data import load, randomize
train, test = load("cifar10-mini", "train").first(50), load("cifar10-mini", "test").first(50)
digest = hashlib.sha256()
for c in ("random-labels", "partially-corrupted-labels(0.3)", "permuted-classes", "shuffled-pixels", "random-pixels",
          "random-values", "gaussian"):
    for split in randomize(train, test, c, 7):
        digest.update(split.images.tobytes() + split.labels.tobytes())
print(digest.hexdigest())
"""
    exec(script, {})
    assert run_python(script, PYTHONHASHSEED="1") == capsys.readouterr().out


@pytest.mark.parametrize(
    "corruption",
    ["partially-corrupted-labels(1.01)", "partially-corrupted-labels(-0.1)", "partially-corrupted-labels(nan)"]
    + ["partially-corrupted-labels(half)", "partially-corrupted-labels()", "partially-corrupted-labels(inf)"],
)
def test_p_must_be_a_number_between_0_and_1(sets, corruption):
    with pytest.raises(ValueError, match=r"probability must be a number in \[0, 1\]"):
        randomize(*sets, corruption, 0)


@pytest.mark.parametrize("corruption", ["noise", "", "Random-Labels", "partially-corrupted-labels(p", "random-labels "])
def test_unknown_corruptions_list_the_known(sets, corruption):
    with pytest.raises(ValueError, match="unknown corruption") as caught:
        randomize(*sets, corruption, 0)
    assert all(known in str(caught.value) for known in CORRUPTIONS)


def test_partial_corruption_needs_its_p(sets):
    for corruption in ("partially-corrupted-labels", "partially-corrupted-labels(p)"):
        with pytest.raises(ValueError):
            randomize(*sets, corruption, 0)


@pytest.mark.parametrize("p", [0.0, 0.3, 0.7])
def test_errors_on_corrupted_labels_are_as_the_formulas_say(many, p):
    rng = np.random.default_rng(0)
    copied = rng.integers(len(many), size=100_000)
    answers = many.labels[copied]
    truth = np.where(rng.random(answers.size) < 0.3, (answers + rng.integers(1, 10, answers.size)) % 10, answers)
    first = (answers != truth).mean()
    scored = np.where(rng.random(truth.size) < p, rng.integers(10, size=truth.size), truth)
    assert (answers != scored).mean() == pytest.approx(error_on_corrupted_labels(first, p), abs=0.005)
    assert error_on_true_labels(error_on_corrupted_labels(first, p), p) == pytest.approx(first)
    corrupted = randomize(many, many, f"partially-corrupted-labels({p})", seed=3)[0].labels
    error = (corrupted[copied] != truth).mean()
    assert error == pytest.approx(copier_error(first, p), abs=0.01)
    twice = np.where(rng.random(truth.size) < p, rng.integers(10, size=truth.size), truth)
    assert (corrupted[copied] != twice).mean() == pytest.approx(error_on_corrupted_labels(error, p), abs=0.005)
