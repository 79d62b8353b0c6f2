"""Rooms load what is asked of them and no more: a page that shows records does not wait for torch."""

import ast
import importlib
import os
import subprocess
import sys
from types import ModuleType

import pytest

from rethinking import floors

LAZY = sorted(stub.parent.name for stub in floors.PACKAGE.glob("*/__init__.pyi"))


def exported(room: str) -> list[str]:
    """The names in ``__all__`` of a room's stub."""
    tree = ast.parse((floors.PACKAGE / room / "__init__.pyi").read_text("utf-8"))
    (names,) = [node.value for node in tree.body if isinstance(node, ast.Assign)]
    return ast.literal_eval(names)


@pytest.mark.parametrize("room", LAZY)
def test_a_room_hands_out_what_its_stub_promises(room):
    package = importlib.import_module(f"rethinking.{room}")
    assert sorted(package.__all__) == sorted(exported(room))
    assert all(getattr(package, name) is not None for name in package.__all__)


@pytest.mark.parametrize("room", LAZY)
def test_no_function_is_hidden_by_a_module_of_its_name(room):
    # whoever imports the module makes the room's attribute of that name the module
    files = {file.stem for file in (floors.PACKAGE / room).glob("*.py")}
    package = importlib.import_module(f"rethinking.{room}")
    assert not [name for name in exported(room) if name in files and not isinstance(getattr(package, name), ModuleType)]


@pytest.mark.parametrize(
    "asked",
    [
        "from rethinking import experiments; experiments.load('table-1')",
        "from rethinking import experiments, figures; figures.finding(experiments.load('table-1'))",
        "from rethinking import experiments, figures; figures.figure_1a(experiments.load('figure-1a'))",
        "from rethinking import data; data.load('cifar10-mini', 'train')",
        "from rethinking import expressivity; expressivity.interleaving_matrix([1.0, 2.0], [0.0, 1.5])",
    ],
)
def test_reading_records_and_images_needs_no_torch(asked):
    program = f"import sys\n{asked}\nprint('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True).stdout == "False\n"


def test_a_machine_on_which_little_is_installed_trains(tmp_path):
    program = """
import sys
absent = ["platformdirs", "psutil", "submitit", "bokeh", "gmpy2", "IPython", "myst_nb"]
sys.modules |= dict.fromkeys(absent)  # none can be found
import rethinking.cli
from rethinking.experiments.runner import run_missing
from rethinking.training import RunConfig
print(len(run_missing([RunConfig(model="mlp-1x512", dataset="cifar10-mini", epochs=1)], device="cpu").written))
"""
    environment = {**os.environ, "HOME": str(tmp_path), "RETHINKING_RESULTS": str(tmp_path / "results")}
    environment.pop("RETHINKING_CHECKPOINTS", None)
    environment.pop("RETHINKING_WEIGHTS", None)
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True)
    assert done.stdout == "1\n", done.stderr
    assert (tmp_path / ".cache" / "rethinking" / "weights" / "mlp-1x512").is_dir()
