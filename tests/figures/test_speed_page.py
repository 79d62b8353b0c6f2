"""*How fast*: its table and numbers say what the records say, and that there are none yet."""

from __future__ import annotations

import pytest

from factory import record_of, study_results
from rethinking.experiments import load, paper_run, records, speed
from rethinking.figures import speed as pictures
from rethinking.figures.words import NOT_RUN

GPU = {"device": "cuda", "device_name": "a GPU"}


RESULT = {
    "operations": 10 * 1000 + (10 + 15) * 400,
    "operations_of_an_image_and_step": 1000,
    "rate": {"wall": 50.0, "processor": 100.0},
    "ours": {"wall": 900.0, "processor": 400.0},
    "plain": {"wall": 901.0, "processor": 1000.0},
    "train_images": 10, "test_images": 15, "threads": 1, "cores": 2, "load": 3.2,
}  # fmt: skip
"""1,000 operations an image and step, 400 to evaluate, at 100 operations a second: a floor of 200 s for ten."""


@pytest.fixture
def results():
    return study_results(speed.STUDY, lambda _: RESULT)


def test_the_numbers_are_the_records(results):
    [first, *_] = results.records
    assert (
        pictures.floor(first) == 200 and pictures.share_of_floor(first) == 0.5 and pictures.times_faster(first) == 2.5
    )
    assert pictures.full_floor(first) == (50_000 * 1000 + 60_000 * 400) / 100
    quotes = pictures.quotes(results)
    assert quotes["inception_float32_faster"] == "2.5" and quotes["alexnet_float32_share"] == "50"
    assert quotes["bfloat16_cost"] == "1.00" and quotes["machine"] == "a machine"


def test_whole_epochs_are_the_fastest_of_each_network_and_device(tmp_path):
    for seed, seconds, where in (
        (0, 1.0, GPU),
        (1, 0.3, GPU),
        (2, 70.0, {"device": "cpu", "device_name": "a processor", "threads": 1}),
        (3, 40.0, {"device": "cpu", "device_name": "a processor", "threads": 2}),
        (4, 0.1, {"device": "cpu", "device_name": "a processor", "threads": 1, "earlier": [GPU]}),
    ):
        record = record_of(paper_run("alexnet", seed=seed))
        record.history["seconds"] = [seconds] * len(record.history["epoch"])
        record.environment.update(where)
        records.write(record, tmp_path)
    plans = [load(name, seeds=range(5), folder=tmp_path) for name in ("table-1", "figure-1a")]
    assert pictures.whole_epochs(plans).rows == (
        ("AlexNet", "a processor, one thread", "70.0"),
        ("AlexNet", "a processor, 2 threads", "40.0"),
        ("AlexNet", "a GPU", "0.3"),
    )


def test_reduced_rows_say_so(results):
    rows = {row[0]: row for row in pictures.table(results).rows}
    assert "reduced" in rows["Inception"][2] and "reduced" not in rows["MLP 1×512"][2]
    assert pictures.picture(results).provenance.made.startswith("REDUCED")


def test_the_page_stands_before_anything_is_measured(results):
    empty = study_results(speed.STUDY, lambda _: None)
    assert set(pictures.quotes(empty)) == set(pictures.quotes(results))
    assert set(pictures.quotes(empty).values()) == {NOT_RUN}
    assert pictures.table(empty).rows == () and pictures.picture(empty).provenance.records == ()
