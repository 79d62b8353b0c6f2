"""The paper's numbers, as the package serves them, are those of its tables and figures."""

import pytest

from rethinking import paper
from rethinking.data import CONDITIONS
from rethinking.experiments import find
from rethinking.experiments.plan import CORRUPTION_LEVELS, FIGURE_1_MODELS, PAPER_MODELS


def test_every_row_of_table_1_has_its_numbers():
    for row in find("table-1").rows:
        train, test = paper.table_1(
            row.model, row.corruption, random_crop=row.random_crop, weight_decay=row.weight_decay > 0
        )
        assert 0.99 <= train <= 1 and 0.09 <= test <= 0.9


def test_some_numbers_by_hand():
    assert paper.table_1("inception", "true-labels", random_crop=True, weight_decay=False) == (1.0, 0.8931)
    assert paper.table_1("inception-no-bn", "true-labels", random_crop=False, weight_decay=False) == (1.0, 0.82)
    assert paper.table_1("mlp-1x512", "random-labels", random_crop=False, weight_decay=False) == (0.9934, 0.1061)
    assert paper.figure_1b("inception")[1.0] == 36 and paper.figure_1c("alexnet")[0.0] == 0.3011
    assert paper.table_4("alexnet", "weight decay") is None
    assert paper.table_4("inception", "augmentation") == 0.9928
    everything = {"augmentation": True, "dropout": True, "weight_decay": True}
    assert paper.table_2("top1_test", **everything) == 0.7784 and paper.figure_2a("top1_test", **everything) == 0.7787
    assert paper.table_2("top5_train", "random", dropout=True, weight_decay=True) == 0.9795
    assert paper.table_2("top1_test_best") == 0.6316 and paper.figure_2a("top1_train_max") == 0.9958
    assert paper.table_2_reference() == 0.836 and paper.setup("train_images", "imagenet") == 1_281_167
    assert (paper.setup("train_images"), paper.setup("test_images"), paper.setup("crop_size")) == (50_000, 10_000, 28)
    assert (paper.table_3("mnist", "pixels"), paper.table_3("mnist", "gabor")) == (0.012, 0.006)
    assert (paper.table_3("cifar10", "pixels"), paper.table_3("cifar10", "random-convnet")) == (0.46, 0.17)
    assert paper.table_3("cifar10", "random-convnet", ridge=True) == 0.15
    assert (paper.minimum_norm("pixels"), paper.minimum_norm("gabor")) == (220, 390)
    assert [paper.parameters(model) for model in PAPER_MODELS] == [1649402, 1649402, 1387786, 1735178, 1209866]


def test_rows_the_paper_does_not_have():
    with pytest.raises(KeyError, match="mlp-1x512"):
        paper.table_1("mlp-1x512", "true-labels", random_crop=True, weight_decay=False)
    with pytest.raises(KeyError, match="table2 has no top1_test for random"):
        paper.table_2("top1_test", "random", augmentation=True)
    with pytest.raises(KeyError, match="train_images for mnist"):
        paper.setup("train_images", "mnist")
    with pytest.raises(KeyError, match="no row"):
        paper.table_4("mlp-1x512", "augmentation")
    with pytest.raises(KeyError, match="no ridge error for mnist"):
        paper.table_3("mnist", "pixels", ridge=True)
    with pytest.raises(KeyError, match="no error for cifar10"):
        paper.table_3("cifar10", "gabor")


def test_curves_are_complete():
    for condition in CONDITIONS:
        steps, losses = paper.figure_1a(condition)
        assert len(steps) == len(losses) > 60 and steps[0] == 391
    for model in FIGURE_1_MODELS:
        assert tuple(paper.figure_1b(model)) == tuple(paper.figure_1c(model)) == CORRUPTION_LEVELS
    assert len(paper.figure_2b("inception", "train_accuracy")[0]) == 51
    assert len(paper.figure_2b("inception-no-bn", "test_accuracy")[0]) == 51


def test_every_number_says_where_it_stands():
    assert all(row["confirmed_at"] for row in paper.reported())


def test_claims_quote_the_paper():
    """A claim about one row of Table 1 carries that row's number."""
    for claim in paper.claims():
        if claim.experiment == "table-1" and not (claim.minus or claim.over) and claim.paper is not None:
            row = {"corruption": "true-labels", **claim.run}
            train, test = paper.table_1(row["model"], row["corruption"], random_crop=False, weight_decay=False)
            assert claim.paper == {"train_accuracy": train, "test_accuracy": test}[claim.metric], claim.id
        if claim.id.startswith("test-error-at-"):
            level = float(claim.run["corruption"].split("(")[1].rstrip(")"))
            assert claim.paper == paper.figure_1c(claim.run["model"])[level], claim.id
        if claim.over is not None and claim.metric == "epochs_to_overfit":
            epochs = paper.figure_1b(claim.run["model"])
            assert claim.paper == pytest.approx(epochs[1.0] / epochs[0.0], abs=1e-4), claim.id


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda: paper.figure_1a("renamed"), "Figure 1a has no curve for renamed; choose from true-labels"),
        (lambda: paper.figure_1b("resnet"), "Figure 1b has no model resnet; choose from inception"),
        (lambda: paper.figure_1c("resnet"), "Figure 1c has no model resnet; choose from inception"),
        (
            lambda: paper.figure_2b("alexnet", "test_accuracy"),
            "Figure 2b has no test_accuracy of alexnet; choose from inception",
        ),
        (lambda: paper.figure_2b("inception", "accuracy"), "Figure 2b has no accuracy of inception"),
        (lambda: paper.table_3("mnist", "gabors"), "no error for mnist and gabors; choose from mnist with pixels"),
        (lambda: paper.table_3("mnist", ""), "no error for mnist and ; choose from mnist with pixels"),
        (lambda: paper.table_4("mlp-1x512", ""), "Table 4 has no row for mlp-1x512 with "),
        (lambda: paper.minimum_norm("gabors"), "no norm for gabors; choose pixels or gabor"),
    ],
)
def test_what_the_paper_does_not_have_is_named(ask, message):
    with pytest.raises(KeyError, match=message):
        ask()
