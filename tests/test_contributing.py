"""What CONTRIBUTING.md shows is what the code says."""

import re
import tomllib

from chapters import ROOT
from rethinking import expressivity
from rethinking.experiments.studies import Measurement, Study
from rethinking.paper import claims

TEXT = (ROOT / "CONTRIBUTING.md").read_text()


def block(language: str, holding: str) -> str:
    return next(body for body in re.findall(rf"```{language}\n(.*?)```", TEXT, flags=re.S) if holding in body)


def test_the_claim_is_one_of_the_books():
    shown = tomllib.loads(block("toml", "[[claim]]"))["claim"][0]
    claim = next(claim for claim in claims() if claim.id == shown["id"])
    assert all(getattr(claim, name) == value for name, value in shown.items())


def test_the_experiment_is_one_of_the_books():
    source = re.sub(r"\s+", "", (ROOT / "code/rethinking/experiments/plan.py").read_text())
    assert re.sub(r"\s+", "", block("python", "Experiment(")) in source


def test_the_study_works():
    names = {"Study": Study, "Measurement": Measurement, "expressivity": expressivity}
    exec(block("python", "STUDY = "), names)
    (measurement,) = names["STUDY"].measurements
    assert measurement.compute(lambda what, fraction: None, **measurement.settings)["inverse_norm"] > 1


def test_files_and_names_are_there():
    for path in re.findall(r"`((?:code|tests|book|training|figures|models|paper)/[\w/.-]+\.\w+)`", TEXT):
        if path != "book/my-chapter.md":
            assert (ROOT / path).exists() or (ROOT / "code" / "rethinking" / path).exists(), path
    sources = "".join(path.read_text() for path in (ROOT / "code").rglob("*.py"))
    for name in ("LEARNING_RATES", "MODEL_NAMES", "_BUILDERS", "STUDIES", "EXPERIMENTS", "ON_COLOR"):
        assert name in TEXT and re.search(rf"^{name}\b", sources, flags=re.M), name
