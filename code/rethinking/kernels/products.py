"""Matrix products in float32 of numbers that need less: exact, and on some processors several times as fast."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import torch


@contextlib.contextmanager
def float32_products_of(dtype: torch.dtype) -> Iterator[None]:
    """Within this context, multiply float32 matrices whose entries ``dtype`` can hold as fast as that allows.

    The product of two bfloat16 numbers is exact in float32, in which all are summed; processors have units for it.

    Args:
        dtype: ``torch.bfloat16``; with any other, everything stays as it is.
    """
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("medium" if dtype == torch.bfloat16 else before)  # "medium": bfloat16 is enough
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)
