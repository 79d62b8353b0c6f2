"""How fast interpolation is: ours beside SciPy's, on the same points, in one run, and beside the matrix product.

pytest -m benchmark -s tests/benchmarks/test_kernel_speed.py

Floor: ``n^3 / 3`` operations at the rate of the machine's matrix product, and ``2 n^2`` bytes. Every solver gets the
points and must form the kernel matrix; each runs in a process of its own, so that its memory is its own.
"""

import json
import subprocess
import sys

import pytest

pytestmark = pytest.mark.benchmark
N, D, OUTPUTS = 10_000, 784, 10

SOLVE = """
import json, resource, sys, time
import numpy as np, scipy.linalg, torch
from rethinking.kernels import Gaussian, solve_interpolation

solver, n, d, k = sys.argv[1], *map(int, sys.argv[2:])
rng = np.random.default_rng(0)
X = rng.random((n, d), dtype=np.float32)
X *= np.float32((100 / (d / 6)) ** 0.5)  # squared distances near 100, as between MNIST's digits
Y = np.eye(k, dtype=np.float32)[rng.integers(k, size=n)]
A = torch.randn(4096, 4096)

def rate():
    start = time.perf_counter()
    A @ A
    return 2 * 4096**3 / (time.perf_counter() - start)

def matrix(X):  # in place, as careful as NumPy allows
    squares = np.einsum("ij,ij->i", X, X)
    K = X @ X.T
    K *= 2
    K -= squares[:, None]
    K -= squares[None, :]
    np.minimum(K, 0, out=K)
    K *= X.dtype.type(0.02)
    return np.exp(K, out=K)

rates = [rate() for _ in range(4)]
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
start = time.perf_counter()
if solver == "ours":
    machine = solve_interpolation(Gaussian(0.02), X, Y)
    seconds, parts, alpha = time.perf_counter() - start, machine.seconds, machine.coefficients.numpy()
else:
    dtype = np.dtype(solver.removeprefix("scipy "))
    K = matrix(X.astype(dtype))
    formed = time.perf_counter()
    alpha = scipy.linalg.solve(K, Y.astype(dtype), assume_a="pos")
    seconds = time.perf_counter() - start
    parts = {"gram": formed - start, "factor": start + seconds - formed}
used = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
rates += [rate() for _ in range(3)]
some = X[::50].astype(float)
squared = (some**2).sum(1)[:, None] + (X.astype(float) ** 2).sum(1) - 2 * some @ X.T.astype(float)
residual = float(np.abs(np.exp(-0.02 * squared) @ alpha - Y[::50]).max())
print(json.dumps({"seconds": seconds, "parts": parts, "bytes": used, "rate": max(rates), "residual": residual}))
"""


@pytest.fixture(scope="module")
def measured():
    def once(solver: str) -> dict:
        command = [sys.executable, "-c", SOLVE, solver, str(N), str(D), str(OUTPUTS)]
        return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)

    solvers = ("ours", "scipy float32", "scipy float64")
    rounds = [{solver: once(solver) for solver in solvers} for _ in range(3)]  # in turn, so that noise hits all alike
    return {solver: min((each[solver] for each in rounds), key=lambda run: run["seconds"]) for solver in solvers}


def test_it_is_never_slower_than_scipy_and_takes_half_the_memory(measured):
    print(f"\nn = {N:,}, d = {D}, best of 3, from the points to the coefficients")
    print(f"{'':>14} {'seconds':>8} {'gram':>7} {'factor':>7} {'MB':>6} {'residual':>9}")
    for solver, run in measured.items():
        print(
            f"{solver:>14} {run['seconds']:>8.2f} {run['parts']['gram']:>7.2f} {run['parts']['factor']:>7.2f} "
            f"{run['bytes'] / 1e6:>6.0f} {run['residual']:>9.1e}"
        )
    ours, rate = measured["ours"], max(run["rate"] for run in measured.values())
    reached = N**3 / 3 / ours["parts"]["factor"] / rate
    print(f"matrix product {rate / 1e9:.0f} gigaflop/s; the factorization reaches {reached:.0%} of it")
    for scipys in (measured["scipy float32"], measured["scipy float64"]):
        assert ours["seconds"] <= scipys["seconds"]
        assert ours["bytes"] <= scipys["bytes"] / 2
        assert ours["residual"] < 2e-3
