"""A mistaken claim is named, with what is wrong about it."""

import sys

import pytest

from rethinking.paper import claims
from rethinking.paper.claims import _claim

PLAIN = {"id": "c", "text": "t", "place": "p", "experiment": "table-1", "run": {}, "metric": "train_accuracy"}
RULE = {"rule": "at-least", "threshold": 0.99}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rule": "at-least", "limit": 0.99}, "'c' has an unknown field 'limit'; choose from .*threshold"),
        ({"rule": "at-least"}, "'c' cannot be judged: rule 'at-least' lacks its numbers"),
        ({"rule": "within", "tolerance": 0.1}, "'c' cannot be judged"),
        ({"rule": "about", "paper": 1.0}, "'c' cannot be judged: rule 'about'"),
        ({}, "'c' is not complete: .*'rule'"),
        ({**RULE, "partly": 0.995}, "'c': its bound 'partly', 0.995, is stricter than its threshold"),
        ({"rule": "within", "paper": 0.5, "tolerance": 0.1, "partly": 0.3}, "'c' has a bound 'partly'; rule 'within'"),
        ({**RULE, "run": {"measurement": "m"}, "premise": 0.99}, "'c' has a premise; it is for training runs"),
        ({**RULE, "minus": {}, "over": {}}, "'c' has more than one of minus, over and sweep"),
    ],
)
def test_a_mistaken_claim_is_named(changes, message):
    assert _claim(PLAIN | RULE).threshold == 0.99
    with pytest.raises(ValueError, match=message):
        _claim(PLAIN | changes)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[claim]]\nid = c", "cannot be read: .*; texts stand in quotes"),
        (
            2
            * """
[[claim]]
id = "c"
text = "t"
place = "p"
experiment = "table-1"
run = {}
metric = "train_accuracy"
rule = "at-least"
threshold = 0.99
""",
            "has two claims 'c'; give one of them another id",
        ),
    ],
)
def test_a_mistaken_file_is_named(tmp_path, monkeypatch, text, message):
    (tmp_path / "claims.toml").write_text(text)
    monkeypatch.setattr(sys.modules[claims.__module__].resources, "files", lambda _: tmp_path)
    with pytest.raises(ValueError, match=message):
        claims.__wrapped__()
