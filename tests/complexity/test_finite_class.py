"""The arithmetic of the bounds, by hand."""

import math

import pytest

from rethinking import complexity


def test_deviation_by_hand():
    assert complexity.deviation(10_000) == pytest.approx(math.sqrt(math.log(40) / 20_000))
    assert complexity.deviation(200, math.log(7), delta=0.1) == pytest.approx(
        math.sqrt((math.log(7) + math.log(20)) / 400)
    )


def test_networks_are_counted_by_their_bits():
    assert complexity.log_networks("mlp-1x512") == pytest.approx(32 * 1_209_866 * math.log(2))
    assert complexity.log_networks("mlp-1x512", bits=1) == pytest.approx(1_209_866 * math.log(2))
