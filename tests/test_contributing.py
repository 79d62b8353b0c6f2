"""What CONTRIBUTING.md shows is what the code says."""

import re
import subprocess
import sys
import tomllib

from chapters import ROOT
from rethinking import expressivity
from rethinking.experiments.studies import Measurement, Study
from rethinking.paper import claims

TEXT = (ROOT / "CONTRIBUTING.md").read_text("utf-8")


def block(language: str, holding: str) -> str:
    return next(body for body in re.findall(rf"```{language}\n(.*?)```", TEXT, flags=re.S) if holding in body)


def test_the_claim_is_one_of_the_books():
    shown = tomllib.loads(block("toml", "[[claim]]"))["claim"][0]
    claim = next(claim for claim in claims() if claim.id == shown["id"])
    assert all(getattr(claim, name) == value for name, value in shown.items())


def test_the_experiment_is_one_of_the_books():
    source = re.sub(r"\s+", "", (ROOT / "code/rethinking/experiments/plan.py").read_text("utf-8"))
    assert re.sub(r"\s+", "", block("python", "Experiment(")) in source


def test_the_study_works():
    names = {"Study": Study, "Measurement": Measurement, "expressivity": expressivity}
    exec(block("python", "STUDY = "), names)
    (measurement,) = names["STUDY"].measurements
    assert measurement.compute(lambda what, fraction: None, **measurement.settings)["inverse_norm"] > 1


def test_a_model_is_added_as_shown():
    """In a process of its own, with the additions made where the text says, before anything has read them."""
    program = f"""
from functools import partial
from rethinking import models
from rethinking.models import networks
models._BUILDERS |= {{{block("python", '"mlp-2x512"')}}}
models.MODELS = tuple(models._BUILDERS)
from rethinking.training import RunConfig, config
config.LEARNING_RATES["mlp-2x512"] = 0.01
from rethinking.figures import style, words
words.MODEL_NAMES["mlp-2x512"] = "MLP 2×512"
style.MODEL_COLORS["mlp-2x512"] = style.GREY
from rethinking import experiments, figures
from rethinking.figures import implicit
table_1 = experiments.load("table-1")
figures.table_1(table_1), figures.parameters(), figures.finding(table_1)
implicit.stopping_table(table_1), implicit.stopping_early(table_1)
print(RunConfig(model="mlp-2x512").run, models.parameter_count(models.build("mlp-2x512")))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [
        "mlp-2x512/cifar10.true-labels.seed-0",
        str(2352 * 512 + 512 * 512 + 512 * 10 + 1034),
    ]


def test_files_and_names_are_there():
    for path in re.findall(r"`((?:code|tests|book|training|figures|models|paper)/[\w/.-]+\.\w+)`", TEXT):
        if path != "book/my-chapter.md":
            assert (ROOT / path).exists() or (ROOT / "code" / "rethinking" / path).exists(), path
    sources = "".join(path.read_text("utf-8") for path in (ROOT / "code").rglob("*.py"))
    for name in (
        "LEARNING_RATES",
        "MODEL_NAMES",
        "MODEL_COLORS",
        "PAPER_MODELS",
        "_BUILDERS",
        "STUDIES",
        "EXPERIMENTS",
        "ON_COLOR",
    ):
        assert name in TEXT and re.search(rf"^{name}\b", sources, flags=re.M), name
