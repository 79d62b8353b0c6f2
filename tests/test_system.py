"""What this machine has, where a container allows less."""

import psutil
import pytest

from rethinking import system


@pytest.mark.parametrize(
    ("limit", "used", "kept", "free"),
    [("3000", "2000", "anon 5\ninactive_file 400\n", 1400), ("3000", "5000", "anon 5\n", 0)],
)
def test_a_container_may_have_what_its_limit_leaves(tmp_path, monkeypatch, limit, used, kept, free):
    for name, text in (("memory.max", limit), ("memory.current", used), ("memory.stat", kept)):
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(system, "CONTAINER", tmp_path)
    assert system.free_memory() == free


@pytest.mark.parametrize("limit", ["max", None])
def test_without_a_limit_it_is_the_machines(tmp_path, monkeypatch, limit):
    if limit is not None:
        (tmp_path / "memory.max").write_text(limit)
    monkeypatch.setattr(system, "CONTAINER", tmp_path)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: type("Memory", (), {"available": 12_345}))
    assert system.free_memory() == 12_345
