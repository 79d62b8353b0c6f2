"""A module imports only from floors below its own (see ``rethinking.floors``)."""

from rethinking import floors


def test_every_room_has_a_floor():
    assert [floors.level_of(room) for room in floors.rooms()]


def test_imports_go_down():
    wrong = [
        f"{module.relative_to(floors.PACKAGE)} imports {room}"
        for module in floors.modules()
        for room in floors.imported_rooms(module) - {floors.room_of(module)}
        if room not in floors.rooms()
        or floors.level_of(room) >= floors.level_of(floors.room_of(module))
        or (floors.room_of(module), room) in floors.STRANGERS
    ]
    assert not wrong


def test_imports_are_seen():
    assert {("training", "data"), ("training", "models"), ("training", "randomness"), ("cli", "experiments")} <= (
        floors.imports()
    )
