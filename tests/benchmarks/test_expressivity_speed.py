"""How fast the theorem is: ours beside NumPy and SciPy, on the same systems, in one run.

pytest -m benchmark -s tests/benchmarks/test_expressivity_speed.py
"""

import numpy as np
import pytest

from rethinking import expressivity
from rethinking.experiments import theorem_1

pytestmark = pytest.mark.benchmark


@pytest.fixture(scope="module")
def measured():
    return theorem_1.speed(lambda what, fraction: None)


def test_the_solve_grows_linearly_and_leaves_the_others_behind(measured):
    print(f"\n{'n':>12} {'numpy solve':>14} {'solve_triangular':>17} {'ours':>12} {'peak MB':>10}")
    for row in measured["solves"]:
        others = "".join(f"{row[name]:>16.6f}" if name in row else f"{'–':>16}" for name in ("numpy", "scipy"))
        memory = f"{row['ours_bytes'] / 1e6:.1f}" if "ours_bytes" in row else "–"
        print(f"{row['n']:>12,}{others} {row['ours']:>12.6f} {memory:>10}")
    both = [row for row in measured["solves"] if "scipy" in row]
    assert both[-1]["ours"] < both[-1]["scipy"] < both[-1]["numpy"]
    large = [row for row in measured["solves"] if "ours_bytes" in row]
    for row, next_row in zip(large[:-1], large[1:], strict=True):
        assert next_row["ours_bytes"] < 11 * row["ours_bytes"]
    # Past the caches; a growth of n log n would be 11.7 here, of n squared 100.
    assert large[-1]["ours"] / large[-2]["ours"] < 20


def test_the_fit_costs_little_more_than_the_projection_and_the_sort(measured):
    print(f"\n{'n':>12} {'d':>6} {'projection':>12} {'and sort':>12} {'whole fit':>12}")
    for row in measured["fits"]:
        times = "".join(f"{row[name]:>13.4f}" for name in ("projection", "projection_and_sort", "fit"))
        print(f"{row['n']:>12,} {row['d']:>6}{times}")
    images, million = measured["fits"]
    assert images["fit"] < 3 * images["projection_and_sort"]
    assert million["fit"] < 2


def test_the_solve_is_right_at_every_size():
    for n in (10**4, 10**6):
        x = np.sort(np.random.default_rng(0).random(n))
        y = np.random.default_rng(1).standard_normal(n)
        b = expressivity.place_thresholds(x, 0.05)
        w = expressivity.solve_interleaved(x, b, y)
        s, t = np.cumsum(w), np.cumsum(w * b)
        assert np.abs(x * s - t - y).max() < 1e-2
