"""What a data set is to the rest of the house: images, labels and the classes' names."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class ImageSet:
    """Labelled images, all of one size.

    Attributes:
        images: uint8 [n, c, h, w], values 0 to 255. The ``gaussian`` corruption alone gives float32 in the same units,
            since a normal variable has no bounds to round and clip to.
        labels: int64 [n], each in ``range(len(classes))``.
        classes: the classes' names, in the order of the labels.
    """

    images: np.ndarray
    labels: np.ndarray
    classes: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.images.ndim != 4 or self.images.dtype not in (np.uint8, np.float32):
            raise ValueError(
                f"images must be uint8 or float32 [n, c, h, w]; got {self.images.dtype} {list(self.images.shape)}"
            )
        if self.labels.dtype != np.int64 or self.labels.shape != (len(self.images),):
            raise ValueError(
                f"labels must be int64 [{len(self.images)}]; got {self.labels.dtype} {list(self.labels.shape)}"
            )
        if len(self.labels) and not 0 <= self.labels.min() <= self.labels.max() < len(self.classes):
            raise ValueError(
                f"labels must lie in 0..{len(self.classes) - 1}; got {self.labels.min()}..{self.labels.max()}"
            )

    def __len__(self) -> int:
        return len(self.labels)

    def first(self, n: int) -> ImageSet:
        """The first ``n`` images, in the data set's own order.

        Raises:
            ValueError: ``n`` is not between 1 and the number of images.
        """
        if not 1 <= n <= len(self):
            raise ValueError(f"cannot take {n} of {len(self)} images; choose 1 to {len(self)}")
        return ImageSet(self.images[:n], self.labels[:n], self.classes)
