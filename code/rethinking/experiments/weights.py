"""The trained networks behind the records, for measures that need the network itself."""

from __future__ import annotations

import contextlib
import math
from pathlib import Path

import numpy as np
import torch
from torch import nn

from rethinking.data import ImageSet, standardize
from rethinking.experiments import records
from rethinking.experiments.lease import LeaseLost, share
from rethinking.training import OutOfTime, RunConfig, checkpoint, image_sets, initial_network, train
from rethinking.training.sgd import Progress

BLOCK = 2000


def path_of(config: RunConfig) -> Path:
    """Where the run's weights are kept, whether or not they are there."""
    return records.weights_folder() / f"{config.run}.pt"


def network(config: RunConfig, *, progress: Progress | None = None, deadline: float = math.inf) -> nn.Module:
    """The trained network of a run, float32, on the CPU, in evaluation mode.

    It is read from the weights folder, or trained now (and kept) where it is not there, unless another worker is at the
    run: then its weights are waited for. The record of the run is neither needed nor written: on another machine the
    weights differ from those whose hash it names.

    Raises:
        DataError, OutOfTime: as ``train``.
    """
    for _, lease in share(
        [config],
        records.checkpoint_folder(),
        name=lambda config: config.run,
        result=path_of,
        is_done=lambda config: checkpoint.load(path_of(config), config) is not None,
        wait=True,
        deadline=deadline,
    ):
        unfinished = records.checkpoint_folder() / f"{config.run}.pt"
        with lease, contextlib.suppress(LeaseLost):
            train(
                config,
                checkpoint_path=unfinished,
                weights_path=path_of(config),
                progress=lease.renewing(progress),
                deadline=deadline,
            )
            unfinished.unlink(missing_ok=True)
            lease.finish()
    saved = checkpoint.load(path_of(config), config)
    if saved is None:
        raise OutOfTime(config.run)
    train_set, test_set = image_sets(config)
    model = initial_network(config, len(train_set.classes), test_set.images.shape[1])
    model.load_state_dict(saved["model"])
    return model.eval()


@torch.no_grad()
def scores_of(model: nn.Module, images: ImageSet) -> np.ndarray:
    """float32 [n, k]: the scores of a network for images that are cropped and not yet standardized."""
    blocks = torch.from_numpy(images.images).split(BLOCK)
    return torch.cat([model(standardize(block)) for block in blocks]).numpy()
