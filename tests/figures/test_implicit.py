"""The pictures and numbers of *Implicit regularization* say what the records say, also where runs are missing."""

import numpy as np
import pytest

from factory import record_of
from rethinking import paper
from rethinking.experiments import load, paper_run, records
from rethinking.experiments.plan import corruption_at, reduced
from rethinking.figures import implicit
from rethinking.figures.words import NOT_RUN


@pytest.fixture
def folder(tmp_path):
    """Made-up records: at p = 0.5 the best epoch is ten points above the last, with true labels two."""
    records.write(record_of(paper_run("mlp-1x512"), test=0.5, best=0.52), tmp_path)
    noisy = paper_run("mlp-1x512", corruption=corruption_at(0.5))
    records.write(record_of(noisy, test=0.3, best=0.4), tmp_path)
    for model, test in (("inception", 0.6), ("inception-no-bn", 0.55)):
        records.write(record_of(reduced(paper_run(model)), test=test, overfit=12), tmp_path)
    return tmp_path


def all_quotes(folder) -> dict[str, str]:
    return implicit.quotes(*(load(name, folder=folder) for name in ("table-1", "figure-1bc", "figure-2b")))


def lines(axes) -> dict[str, np.ndarray]:
    return {line.get_label(): np.asarray(line.get_ydata()) for line in axes.get_lines()}


def test_the_best_epoch_is_marked_under_the_running_best(folder):
    axes = implicit.stopping_early(load("table-1", folder=folder)).axes[0]
    triangles = [line for line in axes.get_lines() if line.get_marker() == "v"]
    assert ([1], [pytest.approx(52)]) in [(list(line.get_xdata()), list(line.get_ydata())) for line in triangles]
    dashed = [line.get_ydata() for line in axes.get_lines() if line.get_linestyle() == "--" and len(line.get_ydata())]
    assert any(np.allclose(best, 52) for best in dashed)


def test_the_gain_is_drawn_level_by_level(folder):
    drawn = lines(implicit.stopping_by_level(load("figure-1bc", folder=folder)).axes[0])
    assert drawn["at the best epoch"] == pytest.approx([52, 40])
    assert drawn["at the last epoch"] == pytest.approx([50, 30])
    texts = all_quotes(folder)
    assert (texts["most_level"], texts["most_gain"], texts["most_epoch"]) == ("50", "10.0", "1")
    assert (texts["least_noisy_gain"], texts["most_noisy_gain"]) == ("10.0", "10.0")


def test_a_reduced_run_of_figure_2b_is_marked_beside_the_papers_points(folder):
    figure = implicit.figure_2b(load("figure-2b", folder=folder))
    drawn = lines(figure.axes[1])
    assert len(drawn["Inception (reduced)"]) == 4  # of 12 epochs every third is scored
    assert drawn["Inception, the paper"][-1] == pytest.approx(86.53)
    assert "REDUCED" in figure.provenance.made
    sentence = all_quotes(folder)["our_normalization"]
    assert (
        "60.00 % with normalization and at 55.00 % without, a gain of +5.00 points" in sentence
        and "(reduced)" in sentence
    )


def test_the_table_has_the_papers_rows_and_ours(folder):
    table = implicit.stopping_table(load("table-1", folder=folder))
    rows = {row[0]: row[1:] for row in table.rows}
    assert rows["MLP 1×512"] == ("50.00", "52.00", "1", "2.00")
    epochs, accuracies = paper.figure_2b("inception", "test_accuracy")
    assert rows["Inception, the paper's Figure 2b"][2] == str(epochs[int(np.argmax(accuracies))])
    assert not any("reduced" in name for name in rows), "a run that ends when its labels are fitted cannot tell"


def test_without_records_pictures_and_quotes_stand(tmp_path):
    for name, draw in (
        ("table-1", implicit.stopping_early),
        ("figure-1bc", implicit.stopping_by_level),
        ("figure-2b", implicit.figure_2b),
    ):
        provenance = draw(load(name, folder=tmp_path)).provenance
        assert provenance.command == f"rethinking run {name}" and provenance.made.startswith("No run")
    texts = all_quotes(tmp_path)
    assert all(isinstance(text, str) and text for text in texts.values())
    assert texts["gain"] == texts["most_gain"] == NOT_RUN and texts["paper_gain"] == "0.19"
