"""How ``cifar10-mini`` was drawn: ``python -m rethinking.data.make_mini`` writes ``mini/`` again from CIFAR-10.

200 training and 100 test images of each class, drawn without replacement, kept in CIFAR-10's order and stored as
lossless WebP sheets of 500 images (smaller together than one sheet). ``index.npz`` names each image's place in
CIFAR-10. Change the seed and every golden number of the tests changes with it.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from rethinking.data.sources import load
from rethinking.randomness import stream

SEED = 0
PER_CLASS = {"train": 200, "test": 100}
FOLDER = Path(__file__).parent / "mini"
SHEET, COLUMNS = 500, 25


def drawn(split: str, labels: np.ndarray, seed: int = SEED) -> np.ndarray:
    """int64 [n]: which images of CIFAR-10's ``split``, whose labels are given, are in ``cifar10-mini``; ascending."""
    rng = stream(seed, "cifar10-mini", split)
    chosen = [rng.choice(np.flatnonzero(labels == c), PER_CLASS[split], replace=False) for c in range(labels.max() + 1)]
    return np.sort(np.concatenate(chosen))


def main() -> None:
    labels, places = {}, {}
    FOLDER.mkdir(exist_ok=True)
    for split in PER_CLASS:
        full = load("cifar10", split)
        which = drawn(split, full.labels)
        labels[split], places[split] = full.labels[which], which
        for number, first in enumerate(range(0, len(which), SHEET)):
            tiles = full.images[which[first : first + SHEET]].reshape(-1, COLUMNS, 3, 32, 32).transpose(0, 3, 1, 4, 2)
            sheet = Image.fromarray(tiles.reshape(-1, COLUMNS * 32, 3).copy())
            sheet.save(FOLDER / f"{split}-{number}.webp", lossless=True, quality=100, method=6, exact=True)
    np.savez_compressed(
        FOLDER / "index.npz",
        classes=np.array(load("cifar10", "train").classes),
        train_labels=labels["train"],
        train_index=places["train"],
        test_labels=labels["test"],
        test_index=places["test"],
    )


if __name__ == "__main__":
    main()
