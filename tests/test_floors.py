"""A module imports only from floors below its own (see the package's docstring)."""

from __future__ import annotations

import ast
from pathlib import Path

import rethinking

PACKAGE = Path(rethinking.__file__).parent
FLOORS = (
    ("randomness", "files", "trace", "paper"),
    ("data", "models"),
    ("training", "expressivity", "kernels", "complexity"),
    ("experiments",),
    ("scorecard",),
    ("figures",),  # draw the scorecard too, so they stand above it
    ("book", "cli"),
    ("__main__",),
)
LEVEL = {room: level for level, rooms in enumerate(FLOORS) for room in rooms}
STRANGERS = {("expressivity", "training"), ("kernels", "training"), ("complexity", "training"), ("models", "data")}


def room_of(file: Path) -> str:
    return file.relative_to(PACKAGE).with_suffix("").parts[0]


def imported_rooms(file: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level:
            names.add("a relative import")
        elif isinstance(node, ast.ImportFrom) and node.module == "rethinking":
            names |= {alias.name for alias in node.names if not alias.name.startswith("__")}
        elif isinstance(node, ast.ImportFrom) and node.module.startswith("rethinking."):
            names.add(node.module.split(".")[1])
        elif isinstance(node, ast.Import):
            names |= {alias.name.split(".")[1] for alias in node.names if alias.name.startswith("rethinking.")}
    return names


FILES = [file for file in PACKAGE.rglob("*.py") if file != PACKAGE / "__init__.py"]


def test_every_room_has_a_floor():
    assert {room_of(file) for file in FILES} <= set(LEVEL)


def test_imports_go_down():
    wrong = [
        f"{file.relative_to(PACKAGE)} imports {room}"
        for file in FILES
        for room in imported_rooms(file) - {room_of(file)}
        if room not in LEVEL or LEVEL[room] >= LEVEL[room_of(file)] or (room_of(file), room) in STRANGERS
    ]
    assert not wrong


def test_this_test_sees_imports():
    assert {"data", "models", "randomness", "files"} <= {
        room for file in (PACKAGE / "training").glob("*.py") for room in imported_rooms(file)
    }
