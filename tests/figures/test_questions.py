"""The pictures and numbers of *Questions readers ask* and of *Errata and tensions* say what the records say."""

from dataclasses import replace

import numpy as np
import pytest

from factory import record_of
from rethinking import figures, paper
from rethinking.experiments import find, load, paper_run, records
from rethinking.experiments.plan import WEIGHT_DECAY, reduced
from rethinking.figures import errata, questions
from rethinking.figures.words import NOT_RUN


def with_column(record, **columns):
    return replace(record, history=record.history | columns)


@pytest.fixture
def folder(tmp_path):
    """Made-up records: half of the labels random, classes renamed, and the plain runs beside them; one seed each."""
    plain = record_of(paper_run("mlp-1x512"), test=0.5, best=0.52)
    records.write(plain, tmp_path)
    records.write(record_of(paper_run("mlp-1x512", corruption="random-labels"), test=0.1), tmp_path)
    decay = {"weight_decay": WEIGHT_DECAY["mlp-1x512"]}
    memorized = record_of(paper_run("mlp-1x512", corruption="random-labels", **decay), train=0.99, test=0.1)
    records.write(memorized, tmp_path)
    true, row, random = find("renamed-classes").rows
    records.write(record_of(true, test=0.51), tmp_path)
    records.write(record_of(random, test=0.1), tmp_path)
    renamed = record_of(row, test=0.05)
    records.write(with_column(renamed, renamed_test_accuracy=[0.5] * row.epochs), tmp_path)
    (row,) = find("learnt-first").rows
    rise = np.linspace(0.1, 1, row.epochs).tolist()
    peak = [0.2, 0.45] + [0.1] * (row.epochs - 2)
    half = with_column(record_of(row, test=0.3), kept_accuracy=rise, wrong_accuracy=rise, wrong_true_accuracy=peak)
    records.write(half, tmp_path)
    return tmp_path


def lines(figure) -> dict[str, np.ndarray]:
    return {line.get_label(): np.asarray(line.get_ydata()) for line in figure.axes[0].get_lines()}


def test_a_renamed_class_is_scored_by_both_of_its_names(folder):
    figure = questions.renamed_classes(load("renamed-classes", folder=folder))
    written = {text.get_text() for text in figure.axes[0].texts}
    assert {"51.0", "50.0", "5.0", "100.0", "10.0"} <= written
    texts = questions.quotes(lambda name: load(name, folder=folder))
    assert texts["permuted_renamed_test_accuracy"] == "50.00" and texts["permuted_test_accuracy"] == "5.00"
    assert (texts["as_long_true_labels_test"], texts["as_long_random_labels_test"]) == ("51.00", "10.00")


def test_what_is_learnt_first_is_quoted_at_the_peak_of_the_true_labels(folder):
    drawn = lines(questions.learnt_first(load("learnt-first", folder=folder)))
    assert drawn["wrongly labelled: true label"][:2] == pytest.approx([20, 45])
    texts = questions.quotes(lambda name: load(name, folder=folder))
    assert texts["half_epoch"] == "2" and texts["half_wrong_true_accuracy"] == "45.0"
    assert texts["half_wrong_true_accuracy_last"] == "10.0" and texts["half_kept_accuracy_last"] == "100.0"


def test_the_gain_of_the_best_epoch_is_quoted(folder):
    assert questions.quotes(lambda name: load(name, folder=folder))["stopping_gain"] == "2.00"


def test_the_gap_is_training_less_test_accuracy(folder):
    drawn = lines(questions.gap_against_fit(load("figure-1bc", folder=folder)))
    assert drawn["random labels"][-1] == pytest.approx(90) and drawn["true labels"][-1] == pytest.approx(50)


def test_neither_necessary_nor_sufficient_in_four_numbers(folder, tmp_path_factory):
    table = figures.neither_nor(load("table-1", folder=folder), load("table-4", folder=folder))
    ours = [row[3] for row in table.rows]
    assert ours == [NOT_RUN, "50.00", "99.00", "10.00"]
    empty = tmp_path_factory.mktemp("empty")
    table = figures.neither_nor(load("table-1", folder=empty), load("table-4", folder=empty))
    assert {row[3] for row in table.rows} == {NOT_RUN}


def _of_ours(texts: dict[str, str]) -> set[str]:
    """What is quoted, but for the paper's own numbers."""
    return {text for name, text in texts.items() if not name.startswith("paper_")}


def test_without_records_pictures_and_quotes_stand(tmp_path):
    def results(name):
        return load(name, folder=tmp_path)

    table_1 = results("table-1")
    drawn = {
        "renamed-classes": questions.renamed_classes(results("renamed-classes")),
        "figure-1a": questions.no_pattern(results("figure-1a")),
        "figure-1bc": questions.gap_against_fit(results("figure-1bc")),
        "learnt-first": questions.learnt_first(results("learnt-first")),
    }
    for name, figure in drawn.items():
        assert figure.provenance.command == f"rethinking run {name}"
        assert figure.provenance.made.startswith("No run")
    assert errata.one_setting(table_1).provenance.made.startswith("No run")
    assert _of_ours(questions.quotes(results)) == {NOT_RUN} and NOT_RUN in _of_ours(errata.quotes(table_1))


def test_the_papers_numbers_for_one_setting_are_those_of_its_tables_and_figures(folder):
    found = errata.clean_test_accuracies("alexnet")
    assert found == pytest.approx({"Table 1": 0.7607, "Figure 1c": 0.6989})
    assert set(errata.clean_test_accuracies("inception")) == {"Table 1", "Figure 1c", "Figure 2b"}
    assert errata.quotes(load("table-1", folder=folder))["alexnet_apart"] == "6.18"
    drawn = errata.one_setting(load("table-1", folder=folder)).axes[0].get_lines()
    places = sorted(float(x) for line in drawn for x in np.atleast_1d(line.get_xdata()) if line.get_marker() == "s")
    expected = [100 * (1 - paper.figure_1c(model)[0.0]) for model in ("alexnet", "inception", "mlp-1x512")]
    table = [100 * errata.clean_test_accuracies(m)["Table 1"] for m in ("alexnet", "inception", "mlp-1x512")]
    assert places == pytest.approx(sorted(e - t for e, t in zip(expected, table, strict=True)))


def test_our_runs_of_one_setting_are_drawn_where_they_are_and_reduced_ones_about_their_mean(tmp_path):
    for seed, test in ((0, 0.40), (1, 0.44)):
        records.write(record_of(paper_run("mlp-1x512", seed=seed), test=test), tmp_path)
        records.write(record_of(reduced(paper_run("alexnet", seed=seed)), test=test), tmp_path)
    axes = errata.one_setting(load("table-1", folder=tmp_path)).axes[0]
    alexnet, mlp = (line.get_xdata() for line in axes.get_lines() if line.get_marker() == "|" and len(line.get_xdata()))
    reported = errata.clean_test_accuracies("mlp-1x512")["Table 1"]
    assert alexnet == pytest.approx([-2, 2]) and mlp == pytest.approx([100 * (x - reported) for x in (0.40, 0.44)])


def test_the_readings_of_random_pixels_are_compared_in_one_size(tmp_path):
    def results():
        return load("random-values", folder=tmp_path)

    assert set(errata.reading_quotes(results()).values()) >= {NOT_RUN, "2.31"}
    assert errata.random_pixels(results()).provenance.made.startswith("No run")
    rows = [row for row in find("random-values").rows if row.model == "inception"]
    losses = {"random-pixels": 2.0, "random-values": 2.25, "gaussian": 2.26}
    for row in rows:
        record = record_of(reduced(row), test=losses[row.corruption] / 10)
        record.step_losses[:] = [losses[row.corruption], 1.0, 0.5, 0.0]
        records.write(record, tmp_path)
    whole = record_of(rows[0])
    whole.step_losses[:] = [2.2, 2.1, 1.96, 1.9]
    records.write(whole, tmp_path)
    texts = errata.reading_quotes(results())
    assert texts["pixels_whole_first"] == "1.96", "after 300 steps, the last hundred before the epoch's end"
    assert texts["readings_scale"] == "5,000 images (reduced)"
    assert texts["values_steps"] == "400" and texts["mlp_values_test"] == NOT_RUN
    assert texts["values_test"] == "22.50"
    ours = errata.random_pixels(results()).axes[1]
    assert "(reduced)" in ours.get_title("left")
    assert [list(line.get_ydata()) for line in ours.get_lines() if len(line.get_ydata())] == [
        [losses[name], 1.0, 0.5, 0.0] for name in errata.READINGS
    ]


def test_records_that_scored_the_test_set_less_often_will_do(tmp_path):
    records.write(record_of(reduced(paper_run("mlp-1x512")), train=1.0, test=0.4, overfit=10), tmp_path)
    for seed, overfit in ((0, 20), (1, 12), (2, 20)):
        record = record_of(reduced(replace(find("learnt-first").rows[0], seed=seed)), overfit=overfit)
        for name in ("kept_accuracy", "wrong_accuracy"):
            record.history[name] = record.history["train_accuracy"]
        record.history["wrong_true_accuracy"] = [0.2 if epoch == 11 else 0.1 for epoch in record.history["epoch"]]
        records.write(record, tmp_path)
    texts = questions.quotes(lambda name: load(name, folder=tmp_path))
    assert texts["gap_last"] == "60.00"
    assert texts["half_epoch"] == "11" and texts["half_test_accuracy"].startswith("50.0"), "as scored in epoch 12"
    questions.gap_against_fit(load("figure-1bc", folder=tmp_path))
