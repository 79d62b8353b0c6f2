"""The picture and the numbers of near-doubles are the record's."""

import pytest

from factory import drawn_text, study_results
from rethinking.experiments import find, load
from rethinking.figures import near_doubles
from rethinking.figures.words import NOT_RUN

NEAR = {"images": 100, "distance": 0.25, "same_class": 90, "wrong": 50, "given": 30, "true": 4}
EMPTY = {"images": 900, "distance": 0.5, "same_class": 0, "wrong": 0, "given": 0, "true": 0}
FAR = {"images": 1_000, "distance": 0.75, "same_class": 400, "wrong": 200, "given": 40, "true": 80}


def test_shares_are_of_the_images_with_a_wrong_label_near():
    result = {"groups": [NEAR, EMPTY, FAR], "test_accuracy": 0.2}
    results = study_results(find("near-doubles"), lambda measurement: result)
    for axes, level in zip(near_doubles.answers(results).axes, ("0.4", "0.6", "0.8"), strict=True):
        assert axes.get_title("left") == f"p = {level}"
        given, true, other = axes.get_lines()
        assert list(given.get_xdata()) == [0.25, 0.75], "nothing is known of a group without a wrong label"
        assert list(given.get_ydata()) == pytest.approx([60, 20])
        assert list(true.get_ydata()) == pytest.approx([8, 40])
        assert list(other.get_ydata()) == pytest.approx([4, 5]), "16 of 50 and 80 of 200, over eight classes"
    texts = near_doubles.quotes(results)
    assert (texts["near_wrong"], texts["near_given"], texts["near_true"], texts["near_other"]) == ("50", "60", "8", "4")
    assert (texts["far_images"], texts["far_same_class"], texts["far_given"]) == ("1,000", "400", "20")
    assert (texts["next_given"], texts["least_accuracy"], texts["least_near_given"]) == ("nan", "20", "60")


def test_without_records_picture_and_numbers_say_so(tmp_path):
    results = load("near-doubles", folder=tmp_path)
    text = drawn_text(near_doubles.answers(results))
    assert "Not measured yet." in text and "rethinking run near-doubles" in text
    assert set(near_doubles.quotes(results).values()) == {NOT_RUN}
