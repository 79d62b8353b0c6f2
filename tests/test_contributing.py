"""What CONTRIBUTING.md shows works, carried out in a copy of the package."""

import json
import os
import re
import shutil
import subprocess
import sys

import pytest

from chapters import ROOT

TEXT = (ROOT / "CONTRIBUTING.md").read_text("utf-8")


def block(language: str, holding: str) -> str:
    return next(body for body in re.findall(rf"```{language}\n(.*?)```", TEXT, flags=re.S) if holding in body)


@pytest.fixture
def changed(tmp_path):
    """Changes files of a copy of the package and runs its commands; ``(file, before, after)``."""
    shutil.copytree(ROOT / "code", tmp_path / "code", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "book" / "results", tmp_path / "results")

    def edit(file: str, after: str, before: str = "") -> None:
        path = tmp_path / "code" / "rethinking" / file
        text = path.read_text("utf-8") if path.exists() else ""
        assert before in text
        path.write_text(text.replace(before, before + after, 1) if before else text + after, "utf-8")

    def run(*arguments: str) -> str:
        places = {"PYTHONPATH": str(tmp_path / "code"), "RETHINKING_RESULTS": str(tmp_path / "results")}
        done = subprocess.run(
            [sys.executable, *arguments], capture_output=True, text=True, cwd=tmp_path, env={**os.environ, **places}
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return edit, run


def test_a_claim_is_added_as_shown(changed):
    edit, run = changed
    edit("paper/claims.toml", "\n" + block("toml", "[[claim]]"))
    judged = json.loads(run("-m", "rethinking", "scorecard", "--json"))
    assert judged[-1]["id"] == "half-random-labels-fitted-mlp-1x512" and judged[-1]["verdict"] == "reproduced"


def test_an_experiment_is_added_as_shown(changed):
    edit, run = changed
    edit("experiments/plan.py", block("python", "Experiment(").rstrip() + ",\n", before="_ALL = (\n")
    status = json.loads(run("-m", "rethinking", "status", "--json"))
    assert status["mostly-random"]["planned"] == status["mostly-random"]["missing"] == 3


def test_a_study_is_added_as_shown(changed):
    edit, run = changed
    edit("experiments/inverse_norms.py", block("python", "STUDY = "))
    edit("experiments/catalogue.py", '"inverse-norms", ', before="STUDIES = (")
    run("-m", "rethinking", "run", "inverse-norms", "--only", "hundred")
    read = "from rethinking import experiments; print(experiments.load('inverse-norms').result('hundred'))"
    assert float(run("-c", read).split(": ")[1].rstrip("}\n")) > 1


def test_a_figure_is_added_as_shown(changed):
    edit, run = changed
    edit("figures/half_random.py", block("python", "def accuracies"))
    cell = 'figure = half_random.accuracies(experiments.load("learnt-first"))'
    assert cell.removeprefix("figure = ") in TEXT
    said = run(
        "-c",
        "from rethinking import experiments\nfrom rethinking.figures import half_random\n"
        f"{cell}\nprint(len(figure.axes[0].get_lines()), *figure.provenance.records)",
    )
    lines, *records = said.split()
    assert lines == "2" and len(records) == 3, "three seeds"


def test_a_model_is_added_as_shown(changed):
    edit, run = changed
    edit("models/names.py", '"mlp-2x512", ', before="MODELS = (")
    edit(
        "models/networks.py",
        block("python", '"mlp-2x512"'),
        before="_BUILDERS: dict[str, Callable[..., nn.Module]] = {\n",
    )
    edit("training/config.py", '"mlp-2x512": 0.01, ', before="LEARNING_RATES = {")
    edit("figures/words.py", '    "mlp-2x512": "MLP 2×512",\n', before="MODEL_NAMES = {\n")
    edit("figures/style.py", '    "mlp-2x512": GREY,\n', before="MODEL_COLORS = {\n")
    program = """
from rethinking import experiments, figures, models
from rethinking.figures import implicit, speed
from rethinking.training import RunConfig
table_1 = experiments.load("table-1")
speed.whole_epochs([table_1])
figures.table_1(table_1), figures.parameters(), figures.finding(table_1)
implicit.stopping_table(table_1), implicit.stopping_early(table_1)
print(RunConfig(model="mlp-2x512").run, models.parameter_count(models.build("mlp-2x512")))
"""
    parameters = 2352 * 512 + 512 * 512 + 512 * 10 + 1034
    assert run("-c", program).split() == ["mlp-2x512/cifar10.true-labels.seed-0", str(parameters)]


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
        "MODELS",
        "_BUILDERS",
        "STUDIES",
        "_ALL",
        "ON_COLOR",
    ):
        assert name in TEXT and re.search(rf"^{name}\b", sources, flags=re.M), name
