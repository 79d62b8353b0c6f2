"""The floors of this package, and who imports whom, read from the sources.

A module imports only from floors below its own. ``tests/test_floors.py`` holds this, and the book's page on the
architecture draws it.
"""

from __future__ import annotations

import ast
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
FLOORS: tuple[tuple[str, ...], ...] = (
    ("randomness", "files", "system", "reports", "floors", "colors", "paper"),
    ("data", "models", "trace", "interactive"),
    ("training", "expressivity", "kernels", "complexity"),
    ("experiments",),
    ("scorecard", "doctor"),
    ("figures",),  # draw the scorecard too, so they stand above it
    ("book",),
    ("cli",),
    ("__main__",),
)
"""From the ground up; each name is a room, a module or a folder of modules.

Rooms of one floor do not import each other.
"""


def level_of(room: str) -> int:
    """The floor of a room, 0 being the ground.

    Raises:
        KeyError: it is on no floor.
    """
    for level, rooms in enumerate(FLOORS):
        if room in rooms:
            return level
    raise KeyError(f"{room} is on no floor; give it one in {Path(__file__).name}")


def modules() -> list[Path]:
    """Every module but the package's own ``__init__``, which is the front door."""
    return sorted(file for file in PACKAGE.rglob("*.py") if file != PACKAGE / "__init__.py")


def room_of(module: Path) -> str:
    return module.relative_to(PACKAGE).with_suffix("").parts[0]


def rooms() -> list[str]:
    """The rooms there are, by name."""
    return sorted({room_of(module) for module in modules()})


def imported_rooms(module: Path) -> set[str]:
    """The rooms that a module imports from, its own included; a relative import counts as a room of its own."""
    found = set()
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            found.add("a relative import")
        elif isinstance(node, ast.ImportFrom) and node.module == "rethinking":
            found |= {alias.name for alias in node.names if not alias.name.startswith("__")}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("rethinking."):
            found.add(str(node.module).split(".")[1])
        elif isinstance(node, ast.Import):
            found |= {alias.name.split(".")[1] for alias in node.names if alias.name.startswith("rethinking.")}
    return found


def imports() -> set[tuple[str, str]]:
    """Who imports from whom: pairs of different rooms."""
    return {
        (room_of(module), room) for module in modules() for room in imported_rooms(module) if room != room_of(module)
    }
