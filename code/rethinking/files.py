"""Folders that can be chosen, and files that are whole or not there."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO


def chosen_folder(variable: str, name: str) -> Path:
    """The folder that the environment's ``variable`` names, else ``name`` in the user's cache."""
    if named := os.environ.get(variable):
        return Path(named).expanduser()
    try:
        import platformdirs
    except ModuleNotFoundError:  # a machine with the numerical packages alone, to which only the code was copied
        return Path.home() / ".cache" / "rethinking" / name
    return platformdirs.user_cache_path("rethinking") / name


def relative(path: str | Path, folder: str | Path) -> str:
    """The path as seen from a folder; whole where there is no way, as between the drives of Windows."""
    try:
        return os.path.relpath(path, folder)
    except ValueError:
        return str(path)


def write_atomically(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Let ``write`` fill a temporary file beside ``path``, then put it in place in one step.

    Whatever happens before that step (a kill, a full disk) leaves the old file as it was and no rubbish behind but,
    after a kill, a hidden temporary file.

    Raises:
        OSError: the folder cannot be written, the disk is full.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
