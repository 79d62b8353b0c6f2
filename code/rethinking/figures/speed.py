"""The table, the picture and the numbers of *How fast*: an epoch, its floor, and the loop that most would write."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from matplotlib.figure import Figure

from rethinking import paper
from rethinking.experiments import MeasurementRecord, StudyResults
from rethinking.experiments.results import Results
from rethinking.figures.style import BLUE, GREY, ORANGE, sign, subplots
from rethinking.figures.tables import Table
from rethinking.figures.words import MODEL_NAMES, NOT_RUN, counted, device, measured, places

TRAIN_IMAGES, TEST_IMAGES = paper.setup("train_images"), paper.setup("test_images")


def floor(record: MeasurementRecord) -> float:
    """Processor seconds below which no program can take the epoch's steps on that machine."""
    return record.result["operations"] / record.result["rate"]["processor"]


def full_floor(record: MeasurementRecord) -> float:
    """The floor of an epoch on all of CIFAR-10, whatever number of images was measured."""
    result = record.result
    trained = result["train_images"] * result["operations_of_an_image_and_step"]
    evaluated = (result["operations"] - trained) / (result["train_images"] + result["test_images"])
    operations = TRAIN_IMAGES * result["operations_of_an_image_and_step"] + (TRAIN_IMAGES + TEST_IMAGES) * evaluated
    return operations / result["rate"]["processor"]


def times_faster(record: MeasurementRecord) -> float:
    """Processor seconds of the plain loop's epoch over ours."""
    return record.result["plain"]["processor"] / record.result["ours"]["processor"]


def share_of_floor(record: MeasurementRecord) -> float:
    """The part of our epoch's processor seconds that the floor makes up."""
    return floor(record) / record.result["ours"]["processor"]


def table(results: StudyResults) -> Table:
    """Each measurement: what an epoch needs, takes, and would take."""
    rows = [
        (
            MODEL_NAMES[record.settings["model"]],
            record.settings["precision"],
            f"{record.result['train_images']:,} + {record.result['test_images']:,}"
            + (" (reduced)" if record.reduced else ""),
            f"{floor(record):.2f}",
            f"{record.result['ours']['processor']:.2f}",
            f"{share_of_floor(record):.0%}".replace("%", "\N{NO-BREAK SPACE}%"),
            f"{record.result['plain']['processor']:.2f}",
            f"{times_faster(record):.1f}×",
        )
        for record in results.records
    ]
    columns = (
        "network",
        "products",
        ">images, training + test",
        ">floor (s)",
        ">ours (s)",
        ">floor/ours",
        ">plain loop (s)",
        ">faster",
    )
    return Table(columns, tuple(rows))


def whole_epochs(plans: Iterable[Results]) -> Table:
    """Of each network the fastest epoch on all of CIFAR-10 that a record has from each device, slowest device first."""
    found: dict[tuple[str, str], float] = {}
    for record in (record for plan in plans for record in plan.whole().records):
        where, *others = {_with_threads(place) for place in places(record)}
        if not others:  # else nobody knows which of its epochs was trained where
            at = record.config.model, where
            found[at] = min(found.get(at, math.inf), *record.history["seconds"])
    ordered = sorted(found.items(), key=lambda item: (list(MODEL_NAMES).index(item[0][0]), -item[1]))
    rows = tuple((MODEL_NAMES[model], where, f"{seconds:.1f}") for (model, where), seconds in ordered)
    return Table(("network", "device", ">fastest epoch (s)"), rows)


def _with_threads(place: dict[str, Any]) -> str:
    """``AMD EPYC, 2 threads``, or a GPU's name."""
    threads = f", {counted(place['threads'], 'thread')}" if place["device"] == "cpu" else ""
    return device(place) + threads


def picture(results: StudyResults) -> Figure:
    """Microseconds of one thread for each training image: the floor, ours, the plain loop."""
    found = results.records
    figure, axes = subplots(height=1.1 + 0.42 * max(1, len(found)))
    for row, record in enumerate(found):
        scale = 1e6 / record.result["train_images"]
        ours, plain = (scale * record.result[what]["processor"] for what in ("ours", "plain"))
        label = row == 0
        axes.plot([scale * floor(record), plain], [row, row], color=GREY, linewidth=1)
        axes.plot([scale * floor(record)], [row], "|", color=GREY, markersize=14, label="floor" if label else None)
        axes.plot([ours], [row], "o", color=BLUE, markersize=8, label="ours" if label else None)
        axes.plot([plain], [row], "s", color=ORANGE, markersize=7, label="plain loop" if label else None)
    names = [f"{MODEL_NAMES[record.settings['model']]}, {record.settings['precision']}" for record in found]
    axes.set_yticks(range(len(found)), names)
    axes.set(xscale="log", ylim=(max(1, len(found)) - 0.5, -0.5), xlabel="processor microseconds per training image")
    axes.grid(axis="y", visible=False)
    if found:
        figure.legend(*axes.get_legend_handles_labels(), loc="outside upper left", ncols=3)
    images = [f"{n:,}" for n in sorted({record.settings["images"] for record in results.records})]
    libraries = ", ".join(sorted({f"torch {record.environment['torch']}" for record in results.records}))
    what = f"An epoch of {', '.join(images)} training images and both evaluations, {libraries}, one thread"
    return sign(figure, measured(results.records, what, f"rethinking run {results.experiment.name}"))


def quotes(results: StudyResults) -> dict[str, str]:
    """For each network ``…_step`` (GFLOP), ``…_epoch`` (TFLOP) and ``…_minutes`` (floor) of
    50,000 images, ``…_faster``, ``…_share`` (percent); and the machine."""
    texts: dict[str, str] = {}
    for measurement in results.experiment.measurements:
        record = results.record(measurement.name)
        name = measurement.name.replace("-", "_").replace(".", "_")
        if record is None:
            texts |= {f"{name}_{what}": NOT_RUN for what in ("step", "epoch", "minutes", "faster", "share")}
            continue
        step = record.result["operations_of_an_image_and_step"]
        texts |= {
            f"{name}_step": f"{step / 1e9:.3f}" if step < 1e8 else f"{step / 1e9:.2f}",
            f"{name}_epoch": f"{step * TRAIN_IMAGES / 1e12:.2f}" if step < 1e8 else f"{step * TRAIN_IMAGES / 1e12:.0f}",
            f"{name}_minutes": f"{full_floor(record) / 60:.0f}",
            f"{name}_faster": f"{times_faster(record):.1f}",
            f"{name}_share": f"{100 * share_of_floor(record):.0f}",
        }
    half, single = results.record("mlp-1x512.bfloat16"), results.record("mlp-1x512.float32")
    ratio = None
    if half is not None and single is not None:
        ratio = half.result["ours"]["processor"] / single.result["ours"]["processor"]
    first = next(iter(results.records), None)
    return texts | {
        "bfloat16_cost": NOT_RUN if ratio is None else f"{ratio:.2f}",
        "machine": NOT_RUN if first is None else first.environment["device_name"],
        "rate": NOT_RUN if first is None else f"{first.result['rate']['processor'] / 1e9:.0f}",
        "load": NOT_RUN if first is None else f"{max(record.result['load'] for record in results.records):.0f}",
        "cores": NOT_RUN if first is None else str(first.result["cores"]),
    }
