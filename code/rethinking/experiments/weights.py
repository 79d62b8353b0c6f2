"""The trained networks behind the records, for measures that need the network itself."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from torch import nn

from rethinking.data import ImageSet, standardize
from rethinking.experiments import records
from rethinking.experiments.lease import Lease, LeaseLost, share
from rethinking.experiments.machine import accelerator, time_limit
from rethinking.reports import silent
from rethinking.training import OutOfTime, RunConfig, RunRecord, checkpoint, image_sets, initial_network
from rethinking.training.sgd import Progress, fit

BLOCK = 2000


def path_of(config: RunConfig) -> Path:
    """Where the run's weights are kept, whether or not they are there."""
    return records.weights_folder() / f"{config.run}.pt"


def is_kept(config: RunConfig) -> bool:
    """Whether the run's weights are there and fit it.

    Raises:
        RecordError: there is a file, and it cannot be read just now, or is another run's.
    """
    return _kept(config) is not None


def _kept(config: RunConfig) -> dict | None:
    with _way_out():
        return checkpoint.load(path_of(config), config)


def train_under(
    lease: Lease,
    config: RunConfig,
    *,
    device: str = "auto",
    progress: Progress = silent,
    deadline: float = math.inf,
    keep: Callable[[RunRecord], object] | None = None,
) -> RunRecord:
    """Train a run under its lease, on from its checkpoint if there is one, keep its weights and its record, and clear
    lease and checkpoint away.

    Args:
        device, progress, deadline: as for ``train``.
        keep: writes the record; without it the checkpoint stays until there is one.

    Raises:
        DataError, DeviceError, OutOfTime: as ``train``.
        LeaseLost: another worker has taken the run over.
        RecordError: the checkpoint or the weights cannot be written; the epochs before are kept.
    """
    unfinished = records.checkpoint_folder() / f"{config.run}.pt"
    try:
        with _way_out():
            record, model = fit(
                config, device=device, checkpoint_path=unfinished, progress=lease.renewing(progress), deadline=deadline
            )
            lease.seal()  # from here on nobody else writes the run's files
            checkpoint.save(path_of(config), config, model=model.state_dict())
    except LeaseLost:
        if lease.is_cleared() and _is_finished(config):  # by whoever took it over: what was saved since is litter
            unfinished.unlink(missing_ok=True)
        raise
    if keep is not None:
        keep(record)
    if keep is not None or _has_record(config):  # else a record can still be had without training again
        unfinished.unlink(missing_ok=True)
    lease.finish()
    return record


@contextlib.contextmanager
def _way_out() -> Iterator[None]:
    """An unreadable or unwritable checkpoint, or unreadable weights, as an error that says what to do."""
    try:
        yield
    except checkpoint.CheckpointError as error:
        raise records.RecordError(
            f"cannot read or write {error}; make room, or set RETHINKING_CHECKPOINTS (and RETHINKING_WEIGHTS) to "
            "another folder, then run again: the epochs before this one are kept"
        ) from error


def _is_finished(config: RunConfig) -> bool:
    """Whether the run has left its weights or its record: a lease that is gone may also have been deleted by hand."""
    with contextlib.suppress(records.RecordError):
        return is_kept(config) or _has_record(config)
    return False


def _has_record(config: RunConfig) -> bool:
    with contextlib.suppress(records.RecordError):
        return records.find(config) is not None
    return False


def network(config: RunConfig, progress: Progress = silent) -> nn.Module:
    """The trained network of a run, float32, on the CPU, in evaluation mode.

    It is read from the weights folder, or trained now (and kept) where it is not there, unless another worker is at the
    run: then its weights are waited for. The record of the run is neither needed nor written: on another machine the
    weights differ from those whose hash it names. Device and deadline are those of ``machine.measuring``; ``progress``
    is called after each epoch.

    Raises:
        DataError, OutOfTime, RecordError: as ``train_under``.
    """
    for _, lease in share(
        [config],
        records.checkpoint_folder(),
        name=lambda config: config.run,
        result=path_of,
        is_done=is_kept,
        wait=True,
        deadline=time_limit(),
    ):
        with lease, contextlib.suppress(LeaseLost):
            train_under(lease, config, device=accelerator(), progress=progress, deadline=time_limit())
    saved = _kept(config)
    if saved is None:
        raise OutOfTime(config.run)
    train_set, test_set = image_sets(config)
    model = initial_network(config, len(train_set.classes), test_set.images.shape[1])
    try:
        model.load_state_dict(saved["model"])
    except RuntimeError as error:
        raise records.RecordError(
            f"{path_of(config)} holds the weights of another network than this code builds; delete it, or check out "
            "the code that made it"
        ) from error
    return model.eval()


@torch.no_grad()
def scores_of(model: nn.Module, images: ImageSet) -> np.ndarray:
    """float32 [n, k]: the scores of a network for images that are cropped and not yet standardized."""
    blocks = torch.from_numpy(images.images).split(BLOCK)
    return torch.cat([model(standardize(block)) for block in blocks]).numpy()
