"""The paper's reported numbers, looked up by the names this package uses."""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources

_FEATURES = {"pixels": "none", "gabor": "gabor filters", "random-convnet": "random conv-net"}
_INPUTS = {"shuffled_pixels": "shuffled-pixels", "random_pixels": "random-pixels", "gaussian": "gaussian"}


@cache
def reported() -> tuple[dict[str, str], ...]:
    """The rows of ``tables.csv`` as text, under its column names; ``confirmed_at`` says where each stands."""
    with (resources.files("rethinking.paper") / "tables.csv").open(encoding="utf-8") as file:
        return tuple(csv.DictReader(file))


def table_1(model: str, corruption: str, *, random_crop: bool, weight_decay: bool) -> tuple[float, float]:
    """Training and test accuracy of a row of Table 1, as fractions.

    Raises:
        KeyError: the paper has no such row.
    """
    rows = {
        row["metric"]: _fraction(row)
        for row in _rows("table1", model)
        if row["labels"] == {"true-labels": "true", "random-labels": "random"}.get(corruption)
        and row["random_crop"] == ("yes" if random_crop else "no")
        and row["weight_decay"] == ("yes" if weight_decay else "no")
    }
    if not rows:
        raise KeyError(
            f"Table 1 has no row for {model}, {corruption}, crop {random_crop}, decay {weight_decay}; its models are "
            f"{_models('table1')}, its labels true-labels and random-labels, and not all are there with regularizers"
        )
    return rows["train_accuracy"], rows["test_accuracy"]


def table_3(dataset: str, features: str, *, ridge: bool = False) -> float:
    """Test error, a fraction, of the linear model on given features in Table 3; with a ridge, in Section 5's text.

    Args:
        dataset: ``mnist`` or ``cifar10``.
        features: ``pixels``, ``gabor`` or ``random-convnet``.

    Raises:
        KeyError: the paper has no such number.
    """
    what = _FEATURES.get(features)
    model, artifact = ("kernel-ridge", "section5") if ridge else ("kernel-interpolation", "table3")
    for row in _rows(artifact, model):
        if what and row["dataset"] == dataset and _details(row)["preprocessing"].startswith(what):
            return _fraction(row)
    known = "mnist with pixels or gabor, cifar10 with pixels or random-convnet"
    raise KeyError(
        f"the paper has no {'ridge ' if ridge else ''}error for {dataset} and {features}; choose from {known}"
    )


def minimum_norm(features: str) -> float:
    """The norm, about, of the solution on MNIST that Section 5 gives; it does not say of what or in which units.

    Args:
        features: ``pixels`` or ``gabor``, which the text calls wavelet preprocessing.

    Raises:
        KeyError: the paper has no such number.
    """
    name = {"pixels": "none", "gabor": "wavelet"}.get(features, features)
    norms = {
        _details(row)["preprocessing"]: float(row["value"])
        for row in _rows("section5", "kernel-interpolation")
        if row["metric"] == "min_norm_solution_l2_norm"
    }
    if name not in norms:
        raise KeyError(f"the paper has no norm for {features}; choose pixels or gabor")
    return norms[name]


def table_4(model: str, regularizer: str) -> float | None:
    """Training accuracy on random labels in Table 4; None where the paper says 'failed to converge'.

    Args:
        regularizer: ``weight decay``, ``random cropping`` or ``augmentation``.

    Raises:
        KeyError: the paper has no such row.
    """
    for row in _rows("table4", model):
        text = f"{row['other']} {'random cropping' if row['random_crop'] == 'yes' else ''}"
        if regularizer in ("weight decay", "random cropping", "augmentation") and regularizer in text:
            return _fraction(row) if row["value"].replace(".", "").isdigit() else None
    raise KeyError(
        f"Table 4 has no row for {model} with {regularizer}; choose from {_models('table4')} and from weight decay, "
        "random cropping, augmentation"
    )


def table_2(
    metric: str,
    labels: str = "true",
    *,
    augmentation: bool = False,
    dropout: bool = False,
    weight_decay: bool = False,
) -> float:
    """A fraction from Table 2, Inception V3 on ImageNet.

    Args:
        metric: ``top1_train``, ``top5_train``, ``top1_test`` or ``top5_test``; for the last two of some rows also
            ``…_best``, the best during training.
        labels: ``true`` or ``random``.

    Raises:
        KeyError: the paper has no such number.
    """
    return _imagenet("table2", metric, labels, augmentation, dropout, weight_decay)


def table_2_reference() -> float:
    """The top-5 test accuracy, a fraction, that Table 2 sets beside its own: AlexNet's, of Krizhevsky et al. (2012)."""
    (row,) = _rows("table2", "alexnet-krizhevsky2012")
    return _fraction(row)


def figure_2a(metric: str, *, augmentation: bool = False, dropout: bool = False, weight_decay: bool = False) -> float:
    """The last point, a fraction, of a curve of Figure 2a, ``top1_train`` or ``top1_test``; ``…_max`` is its largest.

    Raises:
        KeyError: the paper has no such curve.
    """
    return _imagenet("figure2a", metric, "true", augmentation, dropout, weight_decay)


def setup(metric: str, dataset: str = "cifar10") -> int:
    """A size that the paper gives: ``train_images``, ``test_images`` or ``crop_size``.

    Args:
        dataset: ``cifar10`` (Appendix A) or ``imagenet`` (no crop there).

    Raises:
        KeyError: the paper does not state it for that data set.
    """
    for row in reported():
        if (row["artifact"], row["dataset"], row["metric"]) == ("setup", dataset, metric):
            return int(row["value"])
    raise KeyError(f"the paper states no {metric} for {dataset}")


def parameters(model: str) -> int:
    """The number of parameters that Table 1 gives.

    Raises:
        KeyError: the paper has no such model.
    """
    for row in _rows("table1", model):
        if row["metric"] == "parameters":
            return int(row["value"])
    raise KeyError(f"Table 1 has no model {model}; choose from {_models('table1')}")


def figure_1a(condition: str) -> tuple[list[int], list[float]]:
    """Steps and average losses (nats) of Inception's curve under ``condition`` in Figure 1a.

    Raises:
        KeyError: it has no such curve.
    """
    steps, losses = [], []
    for row in _rows("figure1a", "inception"):
        place = _details(row)
        name = _INPUTS.get(place["input"]) or {"true": "true-labels", "random": "random-labels"}[row["labels"]]
        if name == condition:
            steps.append(int(place["step"]))
            losses.append(float(row["value"]))
    if not steps:
        known = ", ".join(("true-labels", "random-labels", *_INPUTS.values()))
        raise KeyError(f"Figure 1a has no curve for {condition}; choose from {known}")
    return steps, losses


def figure_1b(model: str) -> dict[float, int]:
    """Epochs to overfit at each corruption level of Figure 1b, as its ratios reveal them; ratios are to level 0.

    Raises:
        KeyError: it has no such model.
    """
    rows = _sweep("1b", model)
    return {float(_details(row)["p"]): int(row["value"]) for row in rows if row["metric"] == "epochs_to_overfit"}


def figure_1c(model: str) -> dict[float, float]:
    """Test error, a fraction, at each corruption level of Figure 1c.

    Raises:
        KeyError: it has no such model.
    """
    return {float(_details(row)["p"]): _fraction(row) for row in _sweep("1c", model)}


def figure_2b(model: str, metric: str) -> tuple[list[int], list[float]]:
    """Epochs and accuracies (fractions) of a curve of Figure 2b. Of ``inception-no-bn`` it has the test accuracy only;
    the training accuracy's lists are empty.

    Args:
        metric: ``train_accuracy`` or ``test_accuracy``.

    Raises:
        KeyError: it has no such model, or the metric is another.
    """
    of_model = _rows("figure2b", model)
    if not of_model or metric not in ("train_accuracy", "test_accuracy"):
        known = f"{_models('figure2b')}, train_accuracy and test_accuracy"
        raise KeyError(f"Figure 2b has no {metric} of {model}; choose from {known}")
    rows = [row for row in of_model if row["metric"] == metric]
    return [int(_details(row)["epoch"]) for row in rows], [_fraction(row) for row in rows]


def _imagenet(artifact: str, metric: str, labels: str, augmentation: bool, dropout: bool, weight_decay: bool) -> float:
    for row in _rows(artifact, "inception-v3"):
        switches = {**_details(row), "weight_decay": row["weight_decay"]}
        wanted = {"data_aug": augmentation, "dropout": dropout, "weight_decay": weight_decay}
        if (row["metric"], row["labels"]) == (metric, labels) and all(
            switches[name] == ("yes" if on else "no") for name, on in wanted.items()
        ):
            return _fraction(row)
    known = ", ".join(dict.fromkeys(row["metric"] for row in _rows(artifact, "inception-v3")))
    raise KeyError(f"{artifact} has no {metric} for {labels} labels with {wanted}; its metrics are {known}")


def _rows(artifact: str, model: str) -> list[dict[str, str]]:
    return [row for row in reported() if row["artifact"] == artifact and _model(row) == model]


def _sweep(figure: str, model: str) -> list[dict[str, str]]:
    rows = _rows(f"figure{figure}", model)
    if not rows:
        raise KeyError(f"Figure {figure} has no model {model}; choose from {_models(f'figure{figure}')}")
    return rows


def _models(artifact: str) -> str:
    return ", ".join(dict.fromkeys(_model(row) for row in reported() if row["artifact"] == artifact))


def _model(row: dict[str, str]) -> str:
    name = row["model"].removesuffix("_small").replace("_", "-")
    return f"{name}-no-bn" if row["batch_norm"] == "no" else name


def _fraction(row: dict[str, str]) -> float:
    """A percentage as a fraction, without the noise that dividing by 100 leaves in the last digits."""
    return round(float(row["value"]) / 100, 6)


def _details(row: dict[str, str]) -> dict[str, str]:
    """The ``other`` column's ``name=value`` pairs."""
    pairs = (part.split("=", 1) for part in row["other"].split(";") if "=" in part)
    return {name.strip(): value.strip() for name, value in pairs}
