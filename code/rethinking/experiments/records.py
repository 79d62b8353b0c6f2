"""Run records on disk: one small JSON file per run, ``<results>/<model>/<slug>.json``.

A run belongs to every experiment that needs it, so records lie by model, and experiments look them up by config.
"""

from __future__ import annotations

import json
import math
import os
import tempfile
from pathlib import Path

from rethinking.files import chosen_folder, write_atomically
from rethinking.training import RECIPE, RunConfig, RunRecord


class RecordError(Exception):
    """A record or a results folder that cannot be used; the message names it and the way out."""


class RecordMissing(RecordError):
    """There is no such record."""


def results_folder(to_write: bool = False) -> Path:
    """``RETHINKING_RESULTS``, else the nearest ``book/results`` at or above the working directory.

    Args:
        to_write: the folder that the variable names need not be there yet; a first record makes it.

    Raises:
        RecordError: neither is there.
    """
    if chosen := os.environ.get("RETHINKING_RESULTS"):
        folder = Path(chosen).expanduser()
        if not folder.is_dir() and not to_write:
            raise RecordError(
                f"RETHINKING_RESULTS is {chosen}, which is not a folder; correct it, or 'rethinking run' something to "
                "make the folder"
            )
        return folder
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "book" / "results").is_dir():
            return folder / "book" / "results"
    raise RecordError(
        f"no book/results at or above {here}; run from inside the repository, or set RETHINKING_RESULTS to a folder"
    )


def checkpoint_folder() -> Path:
    """``RETHINKING_CHECKPOINTS``, else a folder in the user's cache. Without it unfinished runs start over."""
    return chosen_folder("RETHINKING_CHECKPOINTS", "checkpoints")


def weights_folder() -> Path:
    """``RETHINKING_WEIGHTS``, else a folder in the user's cache: trained networks, never in the repository."""
    return chosen_folder("RETHINKING_WEIGHTS", "weights")


def check_writable(folder: Path) -> None:
    """Write to ``folder`` and clear away again, before anything is computed in vain.

    A network file system remembers for up to a minute which names were not there, unless the folder changes under its
    own hands; so after this call, records that other hosts have written are seen.

    Raises:
        RecordError: it cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".writable-"):
            pass
    except OSError as error:
        raise RecordError(
            f"{folder} is not writable ({error.strerror}); change its owner, or choose another folder: for records "
            "with RETHINKING_RESULTS, for checkpoints and logs with RETHINKING_CHECKPOINTS, for weights with "
            "RETHINKING_WEIGHTS"
        ) from error


def path_of(config: RunConfig, folder: Path | None = None) -> Path:
    """Where the record of a run lies, or would."""
    return (folder or results_folder()) / f"{config.run}.json"


def write(record: RunRecord, folder: Path | None = None) -> Path:
    """Write a record in one step, wholly or not at all.

    Raises:
        RecordError: the folder cannot be written or the disk is full.
    """
    path = path_of(record.config, folder)
    write_json(path, record.to_dict(), "then run again: the finished training is kept in its checkpoint")
    return path


def write_json(path: Path, contents: dict, way_out: str) -> None:
    """Write a record's contents in one step, wholly or not at all, each list on one line.

    Raises:
        RecordError: JSON cannot hold a value, the folder cannot be written or the disk is full; the last two end with
            ``way_out``.
    """
    if (place := _unwritable(contents)) is not None:
        raise RecordError(f"{path} cannot be written: {place}, which JSON cannot hold; make it None or a plain number")
    text = lists_on_one_line(json.dumps(contents, indent=1)) + "\n"
    try:
        write_atomically(path, lambda file: file.write(text.encode()))
    except OSError as error:
        raise RecordError(
            f"cannot write {path} ({error.strerror}); make room or make the folder writable, {way_out}"
        ) from error


def _unwritable(value: object, place: str = "") -> str | None:
    """The first value that JSON cannot hold, and where it is: ``result.norms[3] is nan``; None if there is none."""
    if isinstance(value, dict):
        inside = [(f"{place}.{key}".lstrip("."), each) for key, each in value.items()]
    elif isinstance(value, (list, tuple)):
        inside = [(f"{place}[{number}]", each) for number, each in enumerate(value)]
    elif value is None or isinstance(value, (str, int)) or (isinstance(value, float) and math.isfinite(value)):
        return None
    else:
        return f"{place} is {value!r}"
    return next((found for name, each in inside if (found := _unwritable(each, name)) is not None), None)


def read(path: Path) -> RunRecord:
    """The record in ``path``.

    Raises:
        RecordMissing: there is none.
        RecordError: damaged, or not the record of the run that its name says.
    """
    try:
        record = RunRecord.from_dict(json.loads(path.read_text(encoding="utf-8")))
    except (FileNotFoundError, NotADirectoryError):
        raise RecordMissing(f"there is no record {path}") from None
    except (OSError, ValueError, KeyError, TypeError, OverflowError) as error:
        reason = f"missing {error}" if isinstance(error, KeyError) else str(error)
        raise RecordError(
            f"{path} is not a run record ({reason}); restore it with 'git checkout', or move it away and run it again"
        ) from error
    if path.stem != record.config.slug or path.parent.name != record.config.model:
        raise RecordError(
            f"{path} holds the record of another run, {record.config.run}; move it to {record.config.run}.json"
        )
    return record


def find(config: RunConfig, folder: Path | None = None) -> RunRecord | None:
    """The record of ``config``; None if it has not been run.

    Raises:
        RecordError: the file is there and damaged, or holds another run's record.
    """
    path = path_of(config, folder)
    try:
        record = read(path)
    except RecordMissing:
        return None
    if record.config != config:  # names are shortened: folder:/a/b and folder:/a-b have the same
        raise RecordError(f"{path} holds the record of another run of the same name; move it away and run this one")
    return record


def find_current(config: RunConfig, folder: Path | None = None) -> RunRecord | None:
    """As ``find``; None also where the record is stale."""
    record = find(config, folder)
    return None if record is None or is_stale(record) else record


def is_stale(record: RunRecord) -> bool:
    """Whether the training numerics have changed since the record was made."""
    return record.recipe != RECIPE


def lists_on_one_line(text: str) -> str:
    """Undo ``indent`` inside lists, so that a history column is one line and a diff stays readable."""
    out: list[str] = []
    depth = 0
    for line in text.split("\n"):
        if depth:
            out[-1] += line.strip() if line.strip().startswith("]") else line.strip() + " " * line.endswith(",")
        else:
            out.append(line)
        depth += line.rstrip().endswith("[")
        depth -= line.strip().startswith("]")
    return "\n".join(out)
