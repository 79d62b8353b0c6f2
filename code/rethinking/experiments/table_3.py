"""Table 3: kernel machines and random features that fit MNIST and CIFAR-10 exactly."""

from __future__ import annotations

from dataclasses import asdict

from rethinking.experiments.kernel_machines import kernel_machine, norms, regularized_machine
from rethinking.experiments.random_convnet import curve_by_features, curve_by_points
from rethinking.experiments.studies import Measurement, Study
from rethinking.kernels import GaborBank

GABOR = asdict(GaborBank())
RIDGES = [1e-08, 1e-07, 1e-06, 1e-05, 1e-04]

STUDY = Study(
    name="table-3",
    title="Kernel machines that interpolate",
    place="Table 3 and Section 5",
    measurements=(
        Measurement(
            "mnist-pixels",
            kernel_machine,
            {"dataset": "mnist", "features": "pixels", "bandwidths": [0.02], "train_size": 60_000, "seed": 0},
        ),
        Measurement(
            "mnist-gabor",
            kernel_machine,
            {
                "dataset": "mnist",
                "features": "gabor",
                "gabor": GABOR,
                "bandwidths": [0.005, 0.01, 0.02, 0.04],
                "train_size": 60_000,
                "search_size": 10_000,
                "seed": 0,
            },
        ),
        Measurement(
            "cifar10-pixels",
            kernel_machine,
            {
                "dataset": "cifar10",
                "features": "pixels",
                "bandwidths": [0.004, 0.008, 0.016, 0.032, 0.064],
                "train_size": 50_000,
                "search_size": 10_000,
                "seed": 0,
            },
        ),
        Measurement(
            "mnist-pixels-ridge",
            regularized_machine,
            {
                "dataset": "mnist",
                "features": "pixels",
                "bandwidth": 0.02,
                "ridges": RIDGES,
                "train_size": 60_000,
                "seed": 0,
            },
        ),
        Measurement(
            "mnist-gabor-ridge",
            regularized_machine,
            {
                "dataset": "mnist",
                "features": "gabor",
                "gabor": GABOR,
                "bandwidth": 0.02,
                "ridges": RIDGES,
                "train_size": 60_000,
                "seed": 0,
            },
        ),
        Measurement(
            "mnist-norms",
            norms,
            {"bandwidths": [0.0025, 0.005, 0.01, 0.02, 0.04, 0.08], "train_size": 8_000, "gabor": GABOR},
            reduced=True,
        ),
        Measurement(
            "cifar10-random-convnet",
            curve_by_features,
            {
                "filters": [32_000],
                "train_size": 50_000,
                "validation_size": 5_000,
                "ridges": [0.001, 0.01, 0.1],
                "precision": "bfloat16",
                "seed": 0,
            },
        ),
        Measurement(
            "cifar10-random-convnet-fewer-filters",
            curve_by_points,
            {
                "filters": [125, 250, 500, 1000, 2000],
                "train_size": 50_000,
                "validation_size": 5_000,
                "ridges": [0.001, 0.01, 0.1, 1.0],
                "seed": 0,
            },
            reduced=True,
        ),
        Measurement(
            "cifar10-random-convnet-fewer-images",
            curve_by_features,
            {
                "filters": [125, 250, 375, 500, 625, 750, 1000, 2000, 4000, 8000, 16_000, 32_000],
                "train_size": 5_000,
                "validation_size": 1_000,
                "ridges": [0.001, 0.01, 0.1, 1.0],
                "seed": 0,
            },
            reduced=True,
        ),
    ),
)
