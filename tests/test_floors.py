"""A module imports only from floors below its own (see ``rethinking.floors``)."""

import re

from chapters import BOOK
from rethinking import floors

PAGE = BOOK / "architecture.md"


def test_every_room_has_a_floor():
    assert [floors.level_of(room) for room in floors.rooms()]


def test_imports_go_down():
    wrong = [
        f"{module.relative_to(floors.PACKAGE)} imports {room}"
        for module in floors.modules()
        for room in floors.imported_rooms(module) - {floors.room_of(module)}
        if room not in floors.rooms() or floors.level_of(room) >= floors.level_of(floors.room_of(module))
    ]
    assert not wrong


def test_imports_are_seen():
    assert {("training", "data"), ("training", "models"), ("training", "randomness"), ("cli", "experiments")} <= (
        floors.imports()
    )


def test_the_page_on_the_architecture_describes_every_room():
    terms = re.findall(r"^(`.*`)\n: ", PAGE.read_text(encoding="utf-8"), flags=re.M)
    described = {name for term in terms for name in re.findall(r"`(\w+)`", term)}
    assert described == set(floors.rooms()) - {"__main__"}
