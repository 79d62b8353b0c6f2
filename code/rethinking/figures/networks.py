"""Tables of the networks; apart from the other tables, since they build them."""

from __future__ import annotations

import torch
from torch import nn

from rethinking import paper
from rethinking.experiments.plan import PAPER_MODELS
from rethinking.figures.tables import Table
from rethinking.figures.words import MODEL_NAMES
from rethinking.models import build, parameter_count
from rethinking.models.modules import Concatenate, ConvModule, ResponseNorm


def parameters() -> Table:
    """The five networks and their numbers of parameters, the paper's beside those of the networks we build."""
    return Table(
        ("model", ">parameters, paper", ">parameters, ours"),
        tuple(
            (MODEL_NAMES[model], f"{paper.parameters(model):,}", f"{parameter_count(build(model)):,}")
            for model in PAPER_MODELS
        ),
    )


@torch.no_grad()
def layers(model: str) -> Table:
    """What a network of the paper does to an image, layer by layer; the ReLUs between them are not listed."""
    x = torch.zeros(1, 3, 28, 28)
    rows = [("the image", _size(x), "")]
    for module in build(model).eval().children():
        x = module(x)
        if not isinstance(module, (nn.ReLU, nn.Flatten)):
            count = parameter_count(module)
            rows.append((_described(module), _size(x), f"{count:,}" if count else ""))
    return Table(("layer", ">channels × height × width", ">parameters"), tuple(rows))


def _size(x: torch.Tensor) -> str:
    return "×".join(map(str, x.shape[1:]))


def _described(module: nn.Module) -> str:
    match module:
        case Concatenate():
            return " beside ".join(map(_described, module.branches))
        case ConvModule():
            return next(_described(part) for part in module if isinstance(part, nn.Conv2d))
        case nn.Conv2d(kernel_size=(side, _), stride=(stride, _), out_channels=channels):
            return f"{side}×{side} convolution{_of_stride(stride)} to {channels}"
        case nn.MaxPool2d(kernel_size=side, stride=int(stride)):
            return f"{side}×{side} maximum{_of_stride(stride)}"
        case nn.AdaptiveAvgPool2d():
            return "mean over each channel"
        case ResponseNorm():
            return "response normalization"
        case nn.Linear():
            return "linear"
    raise TypeError(f"no words for {module}; add them here")


def _of_stride(stride: int) -> str:
    return f" of stride {stride}" if stride > 1 else ""
