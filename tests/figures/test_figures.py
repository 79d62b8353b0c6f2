"""Figures, tables and quoted numbers show what the records say, also where runs are missing."""

import math
from dataclasses import replace

import numpy as np
import pytest

from factory import diverged, drawn_text, record_of
from rethinking import figures, paper
from rethinking.data import CONDITIONS, copier_error, error_on_true_labels
from rethinking.experiments import find, load, paper_run, records
from rethinking.experiments.plan import CORRUPTION_LEVELS, PAPER_MODELS, corruption_at, reduced
from rethinking.figures import explore, quotes
from rethinking.figures.words import NOT_RUN, commands, provenance, scale


@pytest.fixture
def folder(tmp_path):
    for seed in (0, 1):
        for condition in CONDITIONS:
            test = 0.5 if condition == "true-labels" else 0.1
            record = record_of(paper_run("mlp-1x512", corruption=condition, seed=seed), test=test, overfit=20 + seed)
            records.write(record, tmp_path)
    return tmp_path


def test_learning_curves_show_every_condition_and_say_where_they_come_from(folder):
    text = drawn_text(figures.figure_1a(load("figure-1a", folder=folder), model="mlp-1x512"))
    assert all(
        name in text for name in ("true labels", "random labels", "shuffled pixels", "random pixels", "Gaussian")
    )
    assert "50,000 training images" in text and "seeds 0, 1" in text and "rethinking run figure-1a" in text
    assert "a machine" in text and "REDUCED" not in text


def test_a_reduced_run_is_marked_in_figure_and_table(tmp_path):
    records.write(record_of(reduced(paper_run("inception"))), tmp_path)
    results = load("figure-1a", folder=tmp_path)
    assert "REDUCED" in drawn_text(figures.figure_1a(results, model="inception"))
    assert "(reduced)" in str(figures.table_1(load("table-1", folder=tmp_path)))


def test_the_command_behind_a_figure_plans_the_runs_it_shows(tmp_path):
    mlp, inception = paper_run("mlp-1x512"), paper_run("inception", corruption="gaussian")
    for config in (mlp, replace(mlp, seed=1), replace(mlp, seed=2), reduced(inception, "bfloat16")):
        records.write(record_of(config), tmp_path)
    results = load("figure-1a", folder=tmp_path)
    assert commands(results, results.records).split(" && ") == [
        "rethinking run figure-1a --model mlp-1x512",
        "rethinking run figure-1a --model inception --seeds 0 --reduced --precision bfloat16",
    ]
    records.write(record_of(paper_run("alexnet")), tmp_path)
    results = load("figure-1a", folder=tmp_path)
    assert commands(results, results.records).split(" && ")[:2] == [
        "rethinking run figure-1a --model alexnet --seeds 0",
        "rethinking run figure-1a --model mlp-1x512",
    ]
    records.write(record_of(reduced(inception)), tmp_path / "float32")
    results = load("figure-1a", folder=tmp_path / "float32")
    assert commands(results, results.records) == "rethinking run figure-1a --model inception --seeds 0 --reduced"
    assert commands(results, []) == "rethinking run figure-1a"


def test_runs_that_are_planned_small_are_counted_as_reduced(tmp_path):
    plan = find("precision-check")
    for config in plan.runs():
        records.write(record_of(config), tmp_path)
    (row,) = figures.plan([load("precision-check", folder=tmp_path)]).rows
    assert row[2:4] == ("6", "4 and 2 reduced")
    results = load("precision-check", folder=tmp_path)
    assert commands(results, results.records) == "rethinking run precision-check"


def test_table_2_has_the_papers_rows_with_the_best_in_training_where_it_is_given():
    rows = figures.table_2().rows
    assert len(rows) == 7 and rows[0] == ("true", "yes", "yes", "yes", "92.18", "99.21", "77.84", "93.92")
    assert rows[3][-2:] == ("59.80\N{NO-BREAK SPACE}(63.16)", "80.38\N{NO-BREAK SPACE}(84.49)")
    assert rows[-1][:4] == ("random", "no", "no", "no") and rows[-1][-2:] == ("0.11", "0.56")


def test_what_is_said_of_imagenet_is_the_papers():
    texts = figures.quotes.imagenet()
    assert [texts[f"imagenet_{name}"] for name in ("off", "augmentation", "decay")] == ["18.04", "72.95", "67.18"]
    assert (texts["imagenet_nothing_top_5"], texts["imagenet_reference"]) == ("80.38", "83.6")
    random = [texts[f"imagenet_{name}"] for name in ("random", "random_decayed", "random_dropped")]
    assert random == ["95.20", "87.81", "91.18"]


def test_table_4_has_a_row_for_each_regularizer_and_says_where_the_paper_failed(tmp_path):
    decayed = next(row for row in find("table-4").rows if row.model == "mlp-1x512")
    records.write(record_of(decayed, train=0.993), tmp_path)
    rows = figures.table_4(load("table-4", folder=tmp_path)).rows
    assert len(rows) == 6
    assert ("MLP 1×512", "weight decay", "0.0001", "99.21", "99.30", "1") in rows
    assert [row[3] for row in rows if row[0] == "AlexNet"] == ["failed to converge"]
    assert {row[1] for row in rows} == {"weight decay", "random cropping", "augmentation"}


def test_a_level_whose_threshold_some_seed_never_reaches_is_left_out(tmp_path):
    for seed, train in ((0, 1.0), (1, 0.96)):
        records.write(record_of(paper_run("mlp-1x512", seed=seed), overfit=10), tmp_path)
        random = paper_run("mlp-1x512", corruption="random-labels", seed=seed)
        records.write(record_of(random, train=train, overfit=30), tmp_path)
    axes = figures.thresholds(load("figure-1bc", folder=tmp_path)).axes[0]
    lines = {line.get_label(): line for line in axes.get_lines()}
    assert lines["training accuracy 95 %"].get_ydata() == pytest.approx([1, 3])
    assert lines["training accuracy 99 %"].get_ydata() == pytest.approx([1])


@pytest.mark.parametrize(
    ("value", "text"), [(0.9934, "99.34"), (1.0, "100.00"), (0.99998, "99.998"), (0.999999, "99.9999"), (0.0, "0.00")]
)
def test_what_is_not_all_is_not_rounded_up_to_it(value, text):
    assert figures.percent(value) == text


def test_reduced_curves_are_drawn_by_epoch_and_so_are_the_papers_points(tmp_path):
    records.write(record_of(reduced(paper_run("inception")), overfit=12), tmp_path)
    axes = figures.figure_1a(load("figure-1a", folder=tmp_path), model="inception").axes[0]
    ours = next(line for line in axes.get_lines() if line.get_label() == "true labels")
    assert list(ours.get_xdata()) == [2.5, 5.0] and axes.get_xlabel().startswith("epoch"), "a hundred steps of forty"
    theirs = next(line for line in axes.get_lines() if line.get_marker() == "o")
    assert theirs.get_xdata()[-1] == paper.figure_1a("true-labels")[0][-1] / 391


def test_a_seed_that_diverged_leaves_the_others_their_curve(tmp_path):
    for seed, losses in ((0, [2.3, 1.0, 0.5]), (1, []), (2, [2.1, None])):
        record = replace(record_of(paper_run("inception", seed=seed)), step_losses=losses)
        records.write(record if seed == 0 else diverged(record), tmp_path)
    axes = figures.figure_1a(load("figure-1a", folder=tmp_path)).axes[0]
    ours = next(line for line in axes.get_lines() if line.get_label() == "true labels")
    assert list(ours.get_xdata()) == [100, 200, 300]
    assert ours.get_ydata() == pytest.approx([2.2, 1.0, 0.5])


def test_one_run_has_the_loss_its_steps_met_and_the_evaluated_one(tmp_path):
    assert not figures.met_and_evaluated(load("figure-1a", folder=tmp_path)).axes[0].get_lines()
    record = record_of(paper_run("inception", corruption="random-labels"))
    records.write(record, tmp_path)
    met, evaluated = figures.met_and_evaluated(load("figure-1a", folder=tmp_path)).axes[0].get_lines()
    assert (list(met.get_xdata()), list(met.get_ydata())) == ([100, 200], record.step_losses)
    assert list(evaluated.get_xdata()[:2]) == [391, 782]
    assert list(evaluated.get_ydata()) == record.history["train_loss"]


def test_runs_on_all_images_stand_beside_a_reduced_line(tmp_path):
    def drawn():
        figure = figures.figure_1b(load("figure-1bc", folder=tmp_path))
        return figure, [line for line in figure.axes[0].get_lines() if line.get_marker() == "D"]

    for p, epochs in ((0.0, 10), (0.2, 12), (0.8, 14), (1.0, 15)):
        records.write(record_of(reduced(paper_run("inception", corruption=corruption_at(p))), overfit=epochs), tmp_path)
    records.write(record_of(paper_run("inception"), overfit=20), tmp_path)
    assert not drawn()[1], "one end is missing"
    records.write(record_of(paper_run("inception", corruption="random-labels"), overfit=60), tmp_path)
    figure, [diamond] = drawn()
    assert (list(diamond.get_xdata()), list(diamond.get_ydata())) == ([1.0], [3.0]), "60 over 20, not over 10"
    whole = {f"{paper_run('inception', corruption=corruption_at(p)).run}.json" for p in (0.0, 1.0)}
    assert whole <= set(figure.provenance.records)
    panel = figures.figure_1c(load("figure-1bc", folder=tmp_path)).axes[0]
    true, corrupted = (line for line in panel.get_lines() if line.get_marker() == "D")
    error = 100 * record_of(paper_run("inception")).test_error
    assert list(true.get_xdata()) == [0.0, 1.0] and list(true.get_ydata()) == pytest.approx([error, error])
    assert list(corrupted.get_ydata()) == pytest.approx([error, 90]) and corrupted.get_fillstyle() == "none"
    records.write(record_of(paper_run("inception", corruption="random-labels"), train=0.5, overfit=60), tmp_path)
    figure, diamonds = drawn()
    assert not diamonds and not whole & set(figure.provenance.records), "never fitted"
    rows = {row[0]: row[1:] for row in figures.times_to_overfit(load("figure-1bc", folder=tmp_path)).rows}
    assert rows["Inception"] == ("20 → (never)", "10 → 15: 1.50×", "10 → 36: 3.60×")
    assert rows["AlexNet"][:2] == ("–", "–")


def test_errors_are_compared_with_the_papers_by_true_and_by_corrupted_labels(tmp_path):
    theirs = paper.figure_1c("alexnet")
    for p in (0.0, 0.2, 0.8):
        error = error_on_true_labels(theirs[p], p)
        records.write(record_of(paper_run("alexnet", corruption=corruption_at(p)), test=1 - error), tmp_path)
        small = reduced(paper_run("alexnet", corruption=corruption_at(p)))
        records.write(record_of(small, test=1 - theirs[p] - 0.05), tmp_path)
    whole, small = figures.distance_from_figure_1c(load("figure-1bc", folder=tmp_path)).rows
    assert whole[:3] == ("AlexNet", "all 50,000 images", "2") and whole[4] == "0.0" and float(whole[3]) > 5
    assert small[:4] == ("AlexNet", "5,000 images (reduced)", "2", "5.0")


def test_a_network_that_copies_lies_on_its_line_and_the_papers_on_a_curve(tmp_path):
    levels = (0.0, 0.3, 0.6, 1.0)
    for p in levels:
        config = paper_run("alexnet", corruption=corruption_at(p))
        records.write(record_of(config, test=1 - copier_error(0.25, p)), tmp_path)
    results = load("figure-1bc", folder=tmp_path)
    panel = next(axes for axes in figures.copying(results).axes if axes.get_title("left") == "AlexNet")
    line, curve, ours, theirs = panel.get_lines()[:4]
    copied, measured = (dict(zip(drawn.get_xdata(), drawn.get_ydata(), strict=True)) for drawn in (line, ours))
    assert [copied[p] for p in levels] == pytest.approx([measured[p] for p in levels])
    first = theirs.get_ydata()[0]
    assert curve.get_ydata()[[0, 50]] == pytest.approx([first, 90 - (90 - first) / 4])
    rows = {row[0]: row[1:] for row in figures.distance_from_copying(results).rows}
    assert rows["AlexNet"][0] == "0.0" and rows["MLP 1×512"][0] == NOT_RUN
    assert all(float(on_true) > 5 > 1 > float(on_corrupted) for _, on_true, on_corrupted in rows.values())


def test_a_point_of_the_curves_to_handle_has_the_accuracies_of_the_last_whole_epoch():
    record = record_of(replace(paper_run("inception"), train_size=6_400, epochs=70))
    record.step_losses[:] = [2.0, None, 1.0]
    points = explore._points(record, by_epoch=True)
    assert points["at"] == [2.0, 4.0, 6.0] and points["step"] == [100, 200, 300] and points["epochs"] == [2, 4, 6]
    assert points["loss"][::2] == [2.0, 1.0] and math.isnan(points["loss"][1])
    assert points["train_accuracy"] == [record.history["train_accuracy"][epoch - 1] for epoch in (2, 4, 6)]
    whole = explore._points(record_of(paper_run("inception")), by_epoch=False)
    assert whole["at"] == [100, 200] and whole["train_accuracy"] == [None, None]


def test_the_lines_are_the_records_numbers(folder):
    results = load("figure-1bc", folder=folder)
    panel = next(axes for axes in figures.figure_1c(results).axes if axes.get_title("left") == "MLP 1×512")
    clean, corrupted, theirs = (np.asarray(line.get_ydata()) for line in panel.get_lines()[:3])
    assert clean[[0, -1]] == pytest.approx([50, 90]) and corrupted[[0, -1]] == pytest.approx([50, 90])
    assert np.isnan(clean[1:-1]).all(), "no line over what was not run"
    assert theirs[0] == pytest.approx(49.51)
    ratios = next(line for line in figures.figure_1b(results).axes[0].get_lines() if "ours" in str(line.get_label()))
    assert np.asarray(ratios.get_ydata())[[0, -1]] == pytest.approx([1, 1])


def test_the_line_of_a_sweep_breaks_at_a_level_that_has_not_been_run(tmp_path):
    for p in CORRUPTION_LEVELS:
        if p != 0.3:
            small = reduced(paper_run("inception", corruption=corruption_at(p)))
            records.write(record_of(small, test=0.4, overfit=12), tmp_path)
    line = figures.figure_1c(load("figure-1bc", folder=tmp_path)).axes[0].get_lines()[0]
    assert list(line.get_xdata()) == list(CORRUPTION_LEVELS)
    assert list(line.get_ydata()) == pytest.approx([60] * 3 + [np.nan] + [60] * 7, nan_ok=True)


@pytest.mark.parametrize(
    "draw",
    [figures.figure_1a, figures.figure_1b, figures.figure_1c, figures.copying, figures.thresholds, figures.finding],
)
def test_without_records_a_figure_still_stands(tmp_path, draw):
    name = {"figure_1a": "figure-1a", "finding": "table-1"}.get(draw.__name__, "figure-1bc")
    assert f"rethinking run {name}" in drawn_text(draw(load(name, folder=tmp_path)))


def test_table_1_has_the_papers_rows_and_ours(folder):
    table = figures.table_1(load("table-1", folder=folder), models=["mlp-1x512"])
    assert len(table.rows) == 3
    random = next(row for row in table.rows if row[1] == "random")
    assert random[4] == "99.34" and random[5].replace("\N{NO-BREAK SPACE}", " ") == "100.00 ± 0.00"
    assert str(table).splitlines()[1] == "| :--- | :--- | :--- | :--- | ---: | ---: | ---: | ---: | :--- |"


def test_quotes_are_texts_and_missing_runs_say_so(folder, tmp_path_factory):
    empty = tmp_path_factory.mktemp("empty")
    for place in (folder, empty):
        results = {name: load(name, folder=place) for name in ("table-1", "figure-1a", "figure-1bc")}
        for texts in (
            quotes.finding(results["table-1"]),
            quotes.learning_curves(results["figure-1a"]),
            quotes.corruption_sweep(results["figure-1bc"]),
            quotes.regularization(results["table-1"]),
        ):
            assert all(isinstance(text, str) and text for text in texts.values())
    assert quotes.finding(load("table-1", folder=folder))["true_test"].startswith("50.00")
    assert quotes.corruption_sweep(load("figure-1bc", folder=folder))["largest_below"] == "-0.5"  # 50 against 49.51
    assert quotes.finding(load("table-1", folder=empty))["true_test"] == NOT_RUN


@pytest.mark.parametrize("model", PAPER_MODELS)
def test_the_layers_of_a_network_have_all_its_parameters(model):
    _, *rows = figures.layers(model).rows
    assert sum(int(count.replace(",", "")) for _, _, count in rows if count) == paper.parameters(model)
    assert rows[-1][:2] == ("linear", "10")


def test_branches_stand_beside_each_other():
    rows = figures.layers("inception").rows
    assert rows[2][:2] == ("1×1 convolution to 32 beside 3×3 convolution to 32", "64×28×28")
    assert rows[4][:2] == ("3×3 convolution of stride 2 to 80 beside 3×3 maximum of stride 2", "160×14×14")


def test_what_runs_were_trained_on_is_said(tmp_path):
    mini, whole = paper_run("mlp-1x512", dataset="cifar10-mini"), paper_run("mlp-1x512", dataset="mnist")
    folder = paper_run("mlp-1x512", dataset="folder:pets")
    made = {
        dataset: provenance(load("table-1", folder=tmp_path), [record_of(run)]).made
        for dataset, run in {"mini": mini, "mnist": whole, "folder": folder}.items()
    }
    assert made["mini"].startswith("REDUCED. CIFAR-10 mini, 2,000 training images")
    assert made["mnist"].startswith("MNIST, 60,000 training images")
    assert made["folder"].startswith("folder:pets, all training images")
    assert scale([record_of(mini)]) == "2,000 images (reduced)"
    assert scale([record_of(whole)]) == "all 60,000 images"
    assert scale([record_of(folder)]) == "all images"


def test_a_diverged_run_is_marked_wherever_it_stands(tmp_path):
    records.write(diverged(record_of(paper_run("inception"), test=0.1)), tmp_path)
    results = load("figure-1a", folder=tmp_path)
    assert "DIVERGED" in drawn_text(figures.figure_1a(results, model="inception"))
    assert "(diverged)" in str(figures.table_1(load("table-1", folder=tmp_path)))


@pytest.mark.parametrize(("train", "said"), [(1.0, "fits whatever it is given"), (0.9, "under five conditions")])
def test_the_title_of_figure_1a_is_true(tmp_path, train, said):
    records.write(record_of(paper_run("alexnet", corruption="gaussian"), train=train), tmp_path)
    assert f"AlexNet {said}" in drawn_text(figures.figure_1a(load("figure-1a", folder=tmp_path), model="alexnet"))


def test_a_row_is_quoted_in_both_sizes(tmp_path):
    row, empty = {"model": "alexnet", "corruption": "gaussian"}, tmp_path / "empty"
    empty.mkdir()
    records.write(record_of(paper_run(**row), train=0.9), tmp_path)
    records.write(record_of(reduced(paper_run(**row)), overfit=33), tmp_path)
    texts = quotes.in_both_sizes(load("figure-1a", folder=tmp_path), **row)
    assert texts == {
        "train": "90.00",
        "epochs": "100",
        "rate_left": "0.6",
        "small_train": "100.00",
        "small_epochs": "33",
    }
    assert set(quotes.in_both_sizes(load("figure-1a", folder=empty), **row).values()) == {NOT_RUN}
