"""The one place that imports torchvision.

On Linux the package index's torchvision is built for CUDA. Beside a CPU build of torch its compiled operators cannot
load, and its import then fails at the first operator that it expects to exist. Data sets need none of these operators,
so their schemas are declared and the import is tried again.
"""

from __future__ import annotations

import importlib
import re
import sys

import torch

_SCHEMAS = {
    "nms": "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}


def _import_torchvision():
    for _ in range(len(_SCHEMAS) + 1):
        try:
            return importlib.import_module("torchvision")
        except RuntimeError as error:
            missing = re.search(r"operator torchvision::(\w+) does not exist", str(error))
            if missing is None or missing[1] not in _SCHEMAS:
                raise
            torch.library.define(f"torchvision::{missing[1]}", _SCHEMAS[missing[1]])
            for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
                del sys.modules[name]
    raise ImportError("torchvision still misses operators after their schemas were declared; reinstall torchvision")


torchvision = _import_torchvision()
datasets = importlib.import_module("torchvision.datasets")
