"""Who copies is told from who knows better, group by group."""

import json

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from factory import listen
from rethinking.data import standardize
from rethinking.experiments import near_doubles, paper_run
from rethinking.training import image_sets

RUN = {"dataset": "cifar10-mini", "corruption": "partially-corrupted-labels(0.8)", "seed": 1}
GROUPS = [50, 1000]


class Answering(nn.Module):
    """Answers with the label of the most similar of some images."""

    def __init__(self, images: np.ndarray, labels: np.ndarray):
        super().__init__()
        self.register_buffer("known", standardize(torch.from_numpy(images)).flatten(1))
        self.register_buffer("labels", torch.from_numpy(labels))

    def forward(self, x: Tensor) -> Tensor:
        return nn.functional.one_hot(self.labels[torch.cdist(x.flatten(1), self.known).argmin(dim=1)], 10).float()


@pytest.mark.parametrize("what", ["given", "true"])
def test_who_copies_gives_the_given_labels_and_who_knows_the_true_ones(monkeypatch, what):
    train, test = image_sets(paper_run("mlp-1x512", **RUN))
    source = train if what == "given" else test
    monkeypatch.setattr(near_doubles.weights, "network", lambda config: Answering(source.images, source.labels))
    result = near_doubles.answers_by_distance(listen, model="mlp-1x512", groups=GROUPS, **RUN)
    json.dumps(result, allow_nan=False)
    near, far = result["groups"]
    assert (near["images"], far["images"]) == (50, 950) and near["distance"] < far["distance"]
    other = {"given": "true", "true": "given"}[what]
    for group in (near, far):
        assert group[what] == group["wrong"] > 0 and group[other] == 0
        assert group["wrong"] < group["same_class"] < group["images"]
        assert group["wrong"] / group["same_class"] == pytest.approx(0.72, abs=0.25), "0.9 p of the labels are wrong"
    assert (result["test_accuracy"] == 1) == (what == "true")


def test_groups_that_leave_test_images_out_are_refused(monkeypatch):
    monkeypatch.setattr(near_doubles.weights, "network", lambda config: None)
    with pytest.raises(ValueError, match=r"groups \[50, 900\] must ascend to the number of test images, 1,000"):
        near_doubles.answers_by_distance(listen, model="mlp-1x512", groups=[50, 900], **RUN)


def test_an_image_is_its_own_nearest(monkeypatch):
    train, _ = image_sets(paper_run("mlp-1x512", **RUN))
    few = train.first(60)
    monkeypatch.setattr(near_doubles, "AT_ONCE", 7)
    distance, nearest = near_doubles.nearest_training_images(listen, train, few)
    assert list(nearest) == list(range(60)) and distance == pytest.approx(np.zeros(60), abs=1e-2)
    shifted, _ = near_doubles.nearest_training_images(listen, few, train)
    pixels = standardize(torch.from_numpy(train.images)).flatten(1)
    expected = (pixels[100] - pixels[:60]).square().mean(dim=1).min().sqrt().item()
    assert shifted[100] == pytest.approx(expected, rel=1e-3)
