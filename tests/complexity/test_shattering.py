"""A network of few units has any signs at points in general position."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from rethinking import complexity


def test_every_sign_pattern_of_a_small_sample():
    X = np.random.default_rng(0).standard_normal((8, 3))
    for signs in itertools.product((-1, 1), repeat=8):
        network = complexity.fit_signs(X, np.array(signs))
        np.testing.assert_array_equal(np.sign(network.evaluate(X)), signs)
        assert network.hidden_units <= 3 * -(-8 // (2 * 3))


def test_the_number_of_units_is_the_propositions():
    n, d = 2000, 50
    X = np.random.default_rng(1).standard_normal((n, d))
    signs = complexity.draw_signs(n, 1, np.random.default_rng(2))[0]
    network = complexity.fit_signs(X, signs)
    assert (np.sign(network.evaluate(X)) == signs).all()
    assert network.hidden_units <= 3 * -(-n // (2 * d)) == 60


def test_points_that_are_not_in_general_position_are_refused():
    X = np.array([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [3.0, 0.0], [0.0, 1.0]])
    with pytest.raises(ValueError, match="general position"):
        complexity.fit_signs(X, np.array([1, 1, -1, -1, -1]))


def test_a_class_with_all_signs_is_estimated_at_one_from_its_networks():
    X = np.random.default_rng(3).standard_normal((100, 5))
    draws = complexity.draw_signs(100, 20, np.random.default_rng(4))
    reached = [complexity.correlation(s, np.sign(complexity.fit_signs(X, s).evaluate(X))) for s in draws]
    assert complexity.estimate(reached).mean == 1


def test_what_is_no_sign_is_refused():
    X = np.random.default_rng(0).normal(size=(6, 3))
    for signs in (np.array([0, 1, 1, 1, 1, 0]), np.ones(5)):
        with pytest.raises(ValueError, match="-1 or 1, one for each of the 6 points"):
            complexity.fit_signs(X, signs)
