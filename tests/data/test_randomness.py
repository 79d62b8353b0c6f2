"""One seed, many streams that know nothing of each other."""

import numpy as np
import pytest
import torch

from rethinking.randomness import stream, torch_stream


def test_a_stream_is_its_seed_and_names():
    assert np.array_equal(stream(0, "a", 1).random(5), stream(0, "a", 1).random(5))
    assert torch.equal(
        torch.rand(5, generator=torch_stream(0, "a")),
        torch.rand(5, generator=torch_stream(0, "a")),
    )


def test_streams_differ_by_seed_and_by_name():
    keys = ((0, "a"), (1, "a"), (0, "b"), (0, "a", 1), (0, "a", 2), (0,), (0, "b", "a"))
    first = [stream(*key).random() for key in keys]
    assert len(set(first)) == len(first)


def test_a_seed_below_0_is_named():
    with pytest.raises(ValueError, match="a seed must be 0 or more; got -1"):
        stream(-1, "a")


def test_streams_are_the_same_on_every_machine():
    assert stream(0, "batch-order", 1).permutation(10).tolist() == [2, 1, 5, 6, 8, 0, 9, 4, 3, 7]
