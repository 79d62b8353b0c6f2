"""The playground: place points, and see the function that Theorem 1 builds through them. Needs Bokeh.

Everything happens in the reader's browser.
"""

from __future__ import annotations

from importlib import resources

from bokeh.document import Document
from bokeh.layouts import column, row
from bokeh.models import (
    BasicTickFormatter,
    Button,
    Column,
    ColumnDataSource,
    CustomJS,
    Div,
    FactorRange,
    LinearColorMapper,
    PointDrawTool,
    Slider,
    Span,
    Spinner,
)
from bokeh.models.renderers import GlyphRenderer
from bokeh.palettes import interp_palette
from bokeh.plotting import figure

from rethinking.colors import BAR, BLACK, BLUE, GRID, ON_COLOR, SKY, VERMILION
from rethinking.interactive import WIDGETS, Interactive, css, dress, sheet

START = {"x": [1.0, 2.2, 3.0, 4.4, 5.2, 6.6, 7.4], "y": [0.5, 1.6, -0.8, 0.2, 1.2, -1.4, 0.4]}
MOST = 60  # points: the matrix has half the square of it in cells

REPORT = f"""
dl {{ margin: 0; }} dl div {{ display: flex; justify-content: space-between; gap: 1em; padding: .2em 0;
border-bottom: 1px solid {GRID}; }} dd {{ margin: 0; font-variant-numeric: tabular-nums; }}
b {{ color: var(--figure-vermilion, #b84600); }} /* darker than the book's, as letters are thin */
p {{ margin: 0; }} :host {{ font-size: 15px; color: {BLACK}; line-height: 1.35; }}
"""
LARGE = WIDGETS + ".bk-input, .bk-btn, label, .bk-slider-title { font-size: 15px; }"
WRAP = {"spacing": 3, "sizing_mode": "stretch_width", "styles": {"flex-wrap": "wrap"}}
HALF = {"flex": "1 1 300px", "min-width": "0"}


def playground() -> Interactive:
    """What a notebook shows: the playground with all it needs."""
    return Interactive("playground", _layout, without="The playground needs JavaScript.")


def _layout() -> Column:
    points = ColumnDataSource(START, name="points")
    sources = {name: ColumnDataSource(data, name=name) for name, data in _EMPTY.items()}
    margin = Slider(
        start=0.0, end=0.99, step=0.01, value=0.25, title="thresholds, as a fraction of their gaps", name="margin"
    )
    which = Spinner(title="point", low=1, high=7, step=1, value=1, name="which", width=70, stylesheets=[css(LARGE)])
    at_x = Spinner(title="its position", step=0.1, value=1.0, name="at_x", width=92, stylesheets=[css(LARGE)])
    at_y = Spinner(title="its target", step=0.1, value=0.5, name="at_y", width=92, stylesheets=[css(LARGE)])
    report = Div(name="report", stylesheets=[css(REPORT)], sizing_mode="stretch_width")
    margin.update(stylesheets=[css(LARGE)], sizing_mode="stretch_width")

    plot, renderer = _function_plot(points, sources)
    colors = LinearColorMapper(palette=interp_palette(["#ffffff", BLUE], 64), low=0, high=1)
    matrix_plot, weights_plot = _matrix_plot(sources["matrix"], colors), _weights_plot(sources["weights"])
    for each in (plot, matrix_plot, weights_plot):
        dress(each)
    scope = {
        **sources,
        "points": points,
        "margin": margin,
        "report": report,
        "plot": plot,
        "colors": colors,
        "which": which,
        "at_x": at_x,
        "at_y": at_y,
        "axes": [*matrix_plot.axis, *weights_plot.xaxis],
        "rows_range": matrix_plot.y_range,
        "columns_range": matrix_plot.x_range,
        "weights_range": weights_plot.x_range,
    }
    code = (resources.files("rethinking.figures") / "playground.js").read_text("utf-8")
    update = CustomJS(args=scope, code=code)
    points.js_on_change("change", update)  # while dragging, Bokeh reports nothing finer
    points.selected.js_on_change("indices", update)
    margin.js_on_change("value", update)
    _edit(points, which, at_x, at_y)

    tool = PointDrawTool(renderers=[renderer], num_objects=MOST, add=True)
    plot.add_tools(tool)
    plot.toolbar.active_drag = plot.toolbar.active_tap = tool
    panels = [column(p, sizing_mode="stretch_width", styles=HALF) for p in (matrix_plot, weights_plot)]
    layout = column(
        plot,
        margin,
        row(which, at_x, at_y, **WRAP),
        row(*_buttons(points, margin), **WRAP),
        report,
        row(*panels, **WRAP),
        spacing=12,
        sizing_mode="stretch_width",
        styles=sheet(),
    )
    document = Document()
    document.add_root(layout)
    document.js_on_event("document_ready", update)
    return layout


_EMPTY: dict[str, dict[str, list]] = {
    "curve": {"x": [], "y": []},
    "thresholds": {"x": []},
    "weights": {"x": [], "w": []},
    "matrix": {"i": [], "j": [], "value": [], "text": [], "diagonal": []},
}


def _function_plot(points: ColumnDataSource, sources: dict[str, ColumnDataSource]) -> tuple[figure, GlyphRenderer]:
    plot = _plot(
        "The function c",
        "The points, the thresholds and the function c through the points; the numbers are in the fields below.",
        name="plot",
        x_range=(-0.5, 9),
        y_range=(-3.2, 3.2),
        height=330,
    )
    plot.add_layout(Span(location=0, dimension="width", line_color=BAR))
    plot.vspan(x="x", source=sources["thresholds"], line_color=VERMILION, line_alpha=0.75, legend_label="thresholds")
    plot.line("x", "y", source=sources["curve"], line_color=BLACK, line_width=2, legend_label="c")
    renderer = plot.scatter(
        "x", "y", source=points, size=16, color=BLUE, nonselection_alpha=1, selection_line_color=BLACK, line_width=2
    )
    plot.legend.update(border_line_color=None, orientation="horizontal", padding=0)
    plot.add_layout(plot.legend[0], "above")
    plot.xaxis.axis_label, plot.yaxis.axis_label = "position on the line", "target"
    return plot, renderer


def _matrix_plot(cells: ColumnDataSource, colors: LinearColorMapper) -> figure:
    plot = _plot(
        "The matrix A",
        "The lower triangular matrix A, its diagonal framed.",
        x_range=FactorRange(),
        y_range=FactorRange(),
        height=300,
    )
    fill = {"field": "value", "transform": colors}
    plot.rect("j", "i", 1, 1, source=cells, fill_color=fill, line_color=VERMILION, line_width="diagonal")
    plot.text(
        "j", "i", "text", source=cells, text_align="center", text_baseline="middle", text_font_size="11px",
        text_color=ON_COLOR,
    )  # fmt: skip
    plot.xaxis.axis_label, plot.yaxis.axis_label = "threshold", "point"
    plot.grid.visible = False
    return plot


def _weights_plot(weights: ColumnDataSource) -> figure:
    plot = _plot("The weights w", "The weight of each hidden unit as a bar.", x_range=FactorRange(), height=300)
    plot.vbar("x", top="w", width=0.7, source=weights, color=SKY, line_color=BLUE)
    plot.xaxis.axis_label = "hidden unit"
    plot.yaxis.formatter = BasicTickFormatter(precision=2)
    return plot


def _plot(title: str, alt: str, **settings: object) -> figure:
    plot = figure(title=title, sizing_mode="stretch_width", tools="", toolbar_location=None, **settings)
    plot.html_attributes = {"role": "img", "aria-label": alt}
    plot.title.text_font_size = "15px"
    plot.axis.axis_label_text_font_size = plot.axis.major_label_text_font_size = "13px"
    plot.axis.axis_label_text_font_style = "normal"
    return plot


def _edit(points: ColumnDataSource, which: Spinner, at_x: Spinner, at_y: Spinner) -> None:
    """Let the spinners choose and move a point; each acts only on a difference, so they do not chase each other.

    Points are numbered from left to right, as in the matrix, wherever they lie in the source.
    """
    scope = {"points": points, "which": which, "at_x": at_x, "at_y": at_y}
    choose = """
    const x = points.data.x
    const i = Array.from(x.keys()).sort((p, q) => x[p] - x[q])[which.value - 1]
    if (i !== undefined && points.selected.indices[0] !== i) points.selected.indices = [i]
    """
    move = """
    const i = points.selected.indices[0], x = Array.from(points.data.x), y = Array.from(points.data.y)
    if (i === undefined || i >= x.length || at_x.value === null || at_y.value === null) return
    const far = (p, q) => Math.abs(p - q) > 0.0006
    if (!far(x[i], at_x.value) && !far(y[i], at_y.value)) return
    if (far(x[i], at_x.value)) x[i] = at_x.value
    if (far(y[i], at_y.value)) y[i] = at_y.value
    points.data = {x, y}
    """
    which.js_on_change("value", CustomJS(args=scope, code=choose))
    for spinner in (at_x, at_y):
        spinner.js_on_change("value", CustomJS(args=scope, code=move))


def _buttons(points: ColumnDataSource, margin: Slider) -> list[Button]:
    """Add, remove, many, start again; new points go into the widest gap."""
    add = f"""
    const x = Array.from(points.data.x), y = Array.from(points.data.y)
    if (x.length >= {MOST}) return
    const sorted = [-0.5, ...x, 9].sort((p, q) => p - q)
    let best = 0
    const gap = (i) => sorted[i + 1] - sorted[i]
    for (let i = 0; i + 1 < sorted.length; i++) if (gap(i) > gap(best)) best = i
    points.data = {{x: [...x, (sorted[best] + sorted[best + 1]) / 2], y: [...y, 1]}}
    points.selected.indices = [x.length]
    """
    remove = """
    const i = points.selected.indices.length ? points.selected.indices[0] : points.data.x.length - 1
    const keep = (values) => Array.from(values).filter((_, j) => j !== i)
    points.selected.indices = []
    points.data = {x: keep(points.data.x), y: keep(points.data.y)}
    """
    many = """
    const x = Array.from({length: 40}, (_, i) => 0.3 + i * 8.4 / 39)
    points.selected.indices = []
    points.data = {x, y: x.map((p, i) => 1.2 * Math.sin(p) + (i % 2 ? 0.4 : -0.4))}
    """
    again = f"""
    points.selected.indices = []
    margin.value = {margin.value}
    points.data = {{x: [...start.x], y: [...start.y]}}
    """
    start = ColumnDataSource(START)
    return [
        _button(name, CustomJS(args={"points": points, "start": start.data, "margin": margin}, code=code))
        for name, code in (("Add a point", add), ("Remove it", remove), ("40 points", many), ("Start again", again))
    ]


def _button(label: str, callback: CustomJS) -> Button:
    button = Button(label=label, name=label, width=120, stylesheets=[css(LARGE)])
    button.js_on_event("button_click", callback)
    return button
