"""The study of speed: operations counted right, clocks that agree with what they time."""

from __future__ import annotations

import time

import pytest
import torch

from rethinking.experiments import speed
from rethinking.experiments.plan import PAPER_MODELS


def test_operations_of_an_mlp_are_its_matrix_products():
    first, last = 2 * 2352 * 512, 2 * 512 * 10
    evaluated, trained = speed.operations("mlp-1x512")
    assert evaluated == first + last
    assert trained == 2 * first + 3 * last, "the first layer's inputs need no gradient"


@pytest.mark.parametrize(("model", "billions"), [("inception", 1.23), ("inception-no-bn", 1.23), ("alexnet", 0.15)])
def test_operations_of_a_convolutional_step(model, billions):
    assert speed.operations(model)[1] == pytest.approx(billions * 1e9, rel=0.03)


def test_a_measurement_is_complete_and_leaves_the_threads_alone():
    before, said = torch.get_num_threads(), []
    result = speed.epoch_speed(lambda *words: said.append(words), "mlp-1x512", "cifar10-mini", 200, threads=1)
    assert torch.get_num_threads() == before and said
    assert result["threads"] == 1 and result["train_images"] == 200 and result["test_images"] == 1000
    evaluated, trained = speed.operations("mlp-1x512")
    assert result["operations"] == 200 * trained + 1200 * evaluated
    for what in ("ours", "plain"):
        assert result[what]["processor"] > 0 and result[what]["wall"] > 0
    floor = result["operations"] / result["rate"]["processor"]
    assert floor < result["ours"]["processor"], "nothing is faster than its floor"


def test_sleeping_takes_wall_time_and_no_processor_time():
    taken = speed.timed(lambda: time.sleep(0.2))
    assert taken.wall >= 0.2 and taken.processor < 0.1


def test_every_network_is_measured():
    assert {measurement.settings["model"] for measurement in speed.STUDY.measurements} >= set(PAPER_MODELS)
    assert all(m.reduced == (m.settings["images"] < 50_000) for m in speed.STUDY.measurements)
