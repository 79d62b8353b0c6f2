"""The learning curves of Figure 1a to handle: values under the pointer, conditions on and off, either scale."""

from __future__ import annotations

import math

import numpy as np
from bokeh.layouts import column, row
from bokeh.models import (
    CheckboxGroup,
    Column,
    ColumnDataSource,
    CustomJS,
    Div,
    HoverTool,
    NumeralTickFormatter,
    RadioButtonGroup,
)
from bokeh.plotting import figure

from rethinking import paper
from rethinking.data import CONDITIONS
from rethinking.experiments.results import Results
from rethinking.figures.curves import (
    DASHED,
    LARGEST_LOSS,
    LAST_STEP,
    PAPER_STEPS,
    in_epochs,
    steps_of,
    steps_per_epoch,
)
from rethinking.figures.style import BLACK, CONDITION_COLORS
from rethinking.figures.words import CONDITION_NAMES, MODEL_NAMES, named
from rethinking.interactive import WIDGETS, Interactive, css, dress, sheet
from rethinking.training import RunRecord

ACCURACIES = ("train_accuracy", "test_accuracy")
KEY = ".bk-input-group { flex-wrap: wrap; gap: 4px 12px; }" + "".join(
    f"label:nth-of-type({place}) {{ border-bottom: 3px solid {CONDITION_COLORS[condition]}; }}"
    for place, condition in enumerate(CONDITIONS, start=1)
)
"""Each condition's box on a line of its colour."""

PLAIN = f":host {{ color: {BLACK}; }}"
TOOLTIPS = [
    ("", "@who"),
    ("step", "@step{0,0}"),
    ("training loss of the last hundred", "@loss{0.0000}"),
    ("epochs done", "@epochs"),
    ("training accuracy then", "@train_accuracy{0.0 %}"),
    ("test accuracy then", "@test_accuracy{0.0 %}"),
]


def learning_curves(results: Results, model: str = "inception") -> Interactive:
    """Figure 1a, one line for each run, with the paper's points.

    Args:
        results: of ``figure-1a``.
    """
    return Interactive(
        "learning-curves",
        lambda: _layout(results, model),
        without="The figure above has the same curves; with scripts they can be explored here.",
        invitation="Explore the curves",
    )


def _layout(results: Results, model: str) -> Column:
    alike, shown = results.alike(model), []
    drawn = [record for record in alike.records if record.config.corruption in CONDITIONS]
    by_epoch = in_epochs(drawn)
    plots = {scale: _plot(scale, model, by_epoch) for scale in ("linear", "log")}
    for condition in CONDITIONS:
        color, glyphs = CONDITION_COLORS[condition], []
        steps, losses = paper.figure_1a(condition)
        at = [step / PAPER_STEPS for step in steps] if by_epoch else list(steps)
        circles = ColumnDataSource({"at": at, "loss": list(losses)})
        runs = [ColumnDataSource(_points(record, by_epoch)) for record in alike.of(model=model, corruption=condition)]
        for plot in plots.values():
            dash = "dashed" if condition in DASHED else "solid"
            style = {"line_color": color, "line_width": 2, "line_dash": dash}
            lines = [plot.line("at", "loss", source=run, **style) for run in runs]
            points = plot.scatter("at", "loss", source=circles, size=4, line_color=color, fill_color=None)
            plot.select_one(HoverTool).renderers = [*plot.select_one(HoverTool).renderers, *lines]
            glyphs += [*lines, points]
        shown.append(glyphs)
    which = CheckboxGroup(
        labels=[CONDITION_NAMES[condition] for condition in CONDITIONS],
        active=list(range(len(CONDITIONS))),
        inline=True,
        name="conditions",
        stylesheets=[css(WIDGETS + KEY)],
    )
    toggle = "shown.forEach((glyphs, i) => glyphs.forEach((glyph) => { glyph.visible = which.active.includes(i) }))"
    which.js_on_change("active", CustomJS(args={"shown": shown, "which": which}, code=toggle))
    scales = ["linear scale", "logarithmic scale"]
    scale = RadioButtonGroup(labels=scales, active=0, name="scale", stylesheets=[css(WIDGETS)])
    plots["log"].visible = False
    switch = "linear.visible = scale.active === 0; log.visible = scale.active === 1"
    scale.js_on_change("active", CustomJS(args={**plots, "scale": scale}, code=switch))
    ours = named(model, drawn)
    words = Div(text=f"Lines: {ours}. Circles: the paper's Inception.", stylesheets=[css(PLAIN)])
    return column(
        words,
        row(which, scale, sizing_mode="stretch_width", styles={"flex-wrap": "wrap", "gap": "8px"}),
        *plots.values(),
        sizing_mode="stretch_width",
        styles=sheet(),
    )


def _points(record: RunRecord, by_epoch: bool) -> dict[str, list]:
    """What the plot needs at each point of the line: the loss of the hundred steps before it, and the accuracies after
    the last whole epoch; the seed is in the name."""
    steps = steps_of(record)
    done = np.minimum(steps // steps_per_epoch(record), record.epochs)
    return {
        "at": (steps / steps_per_epoch(record) if by_epoch else steps).tolist(),
        "step": steps.tolist(),
        "loss": [math.nan if loss is None else loss for loss in record.step_losses],
        "epochs": done.tolist(),
        "who": [f"{CONDITION_NAMES[record.config.corruption]}, seed {record.config.seed}"] * len(steps),
        **{name: [record.history[name][epoch - 1] if epoch else None for epoch in done] for name in ACCURACIES},
    }


def _plot(scale: str, model: str, by_epoch: bool) -> figure:
    bottom = {"linear": 0, "log": 1e-4}[scale]
    across, unit = (LAST_STEP / PAPER_STEPS, "epochs") if by_epoch else (LAST_STEP, "steps")
    plot = figure(
        height=340,
        sizing_mode="stretch_width",
        y_axis_type=scale,
        x_range=(0, across),
        y_range=(bottom, LARGEST_LOSS),
        tools="pan,wheel_zoom,box_zoom,reset",
        active_scroll=None,
        toolbar_location="below",
        name=scale,
    )
    plot.toolbar.logo = None
    plot.add_tools(HoverTool(tooltips=TOOLTIPS, mode="mouse", renderers=[]))
    plot.html_attributes = {"role": "img", "aria-label": f"Training loss of {MODEL_NAMES[model]} against {unit}."}
    plot.xaxis.axis_label, plot.yaxis.axis_label = f"training {unit}", "training loss (nats)"
    plot.xaxis.formatter = NumeralTickFormatter(format="0,0")
    plot.axis.axis_label_text_font_style = "normal"
    dress(plot)
    return plot
