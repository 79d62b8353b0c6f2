"""Pictures, tables and quotes of the linear models show what was measured, also where nothing was."""

import numpy as np
import pytest

from factory import drawn_text, study_results
from rethinking import kernels
from rethinking.experiments import Measurement, Study, find
from rethinking.figures import linear, minimum_norm, table_3
from rethinking.figures.words import NOT_RUN


def machine(error, norm, random_norm, n=60_000):
    return {
        "test_error": error,
        "train_error": 0.0,
        "norm": norm,
        "norm_per_output": [norm / 10**0.5] * 10,
        "bandwidth": 0.02,
        "n": n,
        "d": 784,
        "residual": 1e-5,
        "definitions": {"all outputs": norm, "coefficients": 1.5 * norm},
        "seconds": {"gram": 60.0, "factor": 300.0, "predict": 60.0},
        "peak_bytes": 9 * 10**9,
        "random_labels": {"train_error": 0.0, "test_error": 0.9, "norm": random_norm, "norm_per_output": [1.0] * 10},
    }


RESULTS = {
    "mnist-pixels": machine(0.0122, 150, 450),
    "mnist-gabor": machine(0.007, 180, 300),
    "cifar10-pixels": machine(0.465, 200, 240, n=50_000),
    **{
        f"mnist-{name}-ridge": {"test_error": error, "train_error": 0.0, "ridge": 1e-6, "n": 60_000}
        for name, error in (("pixels", 0.0124), ("gabor", 0.0071))
    },
    "mnist-norms": {
        "n": 8000,
        "tried": [
            {"definition": "coefficients", "bandwidth": 0.05, "pixels": 230.0, "gabor": 400.0},
            {"definition": "coefficients", "bandwidth": 0.5, "pixels": 220.0, "gabor": None},
        ],
    },
    **{
        name: {
            "n": 50_000,
            "seconds": {"all": 3000.0},
            "peak_bytes": None,
            "curve": [
                {
                    "filters": count,
                    "least_ridge": 1e-04,
                    "features": 4 * count,
                    "test_error": error,
                    "train_error": error / 2,
                    "ridge_train_error": error / 3,
                    "ridge_test_error": error - 0.03,
                    "ridge": 0.1,
                }
                for count, error in ((400, 0.4), (4000, 0.27))
            ],
        }
        for name in (table_3.CONVNET, table_3.FEWER_FILTERS, table_3.FEWER_IMAGES)
    },
}


def results(filled):
    measurements = (Measurement(name, dict, reduced=name.startswith(f"{table_3.CONVNET}-")) for name in RESULTS)
    study = Study("table-3", "Table 3", "Table 3", tuple(measurements))
    return study_results(study, lambda measurement: RESULTS[measurement.name] if filled else None)


def test_table_3_has_the_papers_errors_beside_ours():
    rows = table_3.table(results(filled=True)).rows
    assert [row[2] for row in rows] == ["1.2", "0.6", "46", "17", "15"]
    assert [row[3] for row in rows] == ["1.22", "0.70", "46.50", "27.00", "24.00"]
    assert [row[4] for row in rows[3:]] == ["13.50", "9.00"]
    assert "32,000 filters" in rows[3][1] and rows[3][6] == "50,000" and rows[0][5:] == ("150", "60,000", "0.02")


def test_quotes_are_the_records_numbers():
    quotes = table_3.quotes(results(filled=True))
    assert quotes["mnist_pixels_error"] == "1.22" and quotes["mnist_pixels_growth"] == "3.0"
    assert quotes["mnist_pixels_complexity"] == f"{150 / 60_000**0.5:.2f}" and quotes["mnist_pixels_minutes"] == "7.0"
    assert (quotes["mnist_pixels_ridge_error"], quotes["mnist_gabor_ridge_error"]) == ("1.24", "0.71")
    assert (quotes["fewer_filters_filters"], quotes["fewer_filters_fewest_error"]) == ("4,000", "40.00")
    assert (quotes["convnet_minutes"], quotes["convnet_peak"], quotes["convnet_error"]) == ("50.0", "400", "27.00")


def test_the_norms_are_compared_and_the_papers_come_first():
    study = results(filled=True)
    rows = minimum_norm.table(study).rows
    assert rows[0][1:] == ("220", "390", "1.77") and rows[1] == ("all outputs", "150", "180", "1.20")
    quotes = minimum_norm.quotes(study)
    assert (quotes["norm_ratio"], quotes["norm_direction"], quotes["error_direction"]) == ("1.20", "larger", "smaller")
    assert quotes["paper_pixels_complexity"] == "0.90" and quotes["paper_error_ratio"] == "0.50"
    assert quotes["norms_tried"] == "3" and quotes["closest_gabor"] == "400"
    assert quotes["closest_definition"] == "coefficients, at bandwidth 0.05, on 8,000 images (reduced)"


def test_the_curve_is_that_of_the_record_and_says_that_it_is_reduced():
    figure = table_3.filters(results(filled=True))
    lines = {line.get_label(): line for line in figure.axes[0].get_lines()}
    assert lines["no ridge"].get_ydata() == pytest.approx([40, 27])
    assert sum(list(line.get_ydata()) == pytest.approx([40, 27]) for line in figure.axes[0].get_lines()) == 2
    assert lines["ridge, the paper"].get_ydata() == pytest.approx([15])
    assert "REDUCED" in drawn_text(figure) and "a machine" in drawn_text(figure)


def test_without_records_everything_stands_and_has_the_same_names():
    empty, full = results(filled=False), results(filled=True)
    assert table_3.quotes(empty).keys() == table_3.quotes(full).keys()
    assert table_3.quotes(empty)["mnist_pixels_error"] == NOT_RUN
    assert minimum_norm.quotes(empty).keys() == minimum_norm.quotes(full).keys()
    assert table_3.table(empty).rows[0][3] == NOT_RUN and len(minimum_norm.table(empty).rows) == 1
    assert "rethinking run table-3" in drawn_text(table_3.filters(empty))


def test_least_squares_is_quoted_with_and_without_its_record():
    study = find("linear-models")
    part = {"train_error": 0.142, "test_error": 0.14, "unexplained": 0.42}
    result = {"rank": 712, "true-labels": part, "random-labels": part}
    full = linear.quotes(study_results(study, lambda _: result))
    empty = linear.quotes(study_results(study, lambda _: None))
    assert full.keys() == empty.keys() and set(empty.values()) == {NOT_RUN}
    assert full["linear_rank"] == "712" and full["linear_true_train"] == "14.2"


def test_every_path_in_the_valley_ends_on_the_line_of_interpolants():
    X, y = np.array([[1.0, 0.6]]), np.array([1.5])
    figure = linear.valley(X, y, [(0, 0), (-1.4, 0.9)], step=0.5)
    paths = [line for line in figure.axes[0].get_lines() if str(line.get_label()).startswith("SGD")]
    ends = [np.array([line.get_xdata()[-1], line.get_ydata()[-1]]) for line in paths]
    assert len(ends) == 2 and all(X[0] @ end == pytest.approx(y[0], abs=1e-3) for end in ends)
    assert ends[0] == pytest.approx(kernels.minimum_norm_interpolant(X, y), abs=1e-3)


def test_bandwidths_are_quoted_at_the_ends_and_at_the_best():
    rows = [{"bandwidth": g, "error": e, "norm": n} for g, e, n in ((0.1, 0.8, 30), (0.01, 0.6, 50), (0.001, 0.7, 90))]
    quotes = linear.bandwidth_quotes(rows)
    assert (quotes["best_error"], quotes["wide_norm"], quotes["narrow_norm"]) == ("60.0", "90.0", "30.0")
    assert quotes["wide_over_narrow"] == "3.0"
