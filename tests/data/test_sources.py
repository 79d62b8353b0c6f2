"""Image sets are what they say, and whatever is wrong with one says where and what to do."""

from __future__ import annotations

import os
import re
import shutil
import urllib.error
from pathlib import Path

import numpy as np
import platformdirs
import pytest
from PIL import Image

import rethinking
from rethinking.data import DATASETS, DataError, ImageSet, data_root, fetch, load
from rethinking.data.sources import IDX_BYTES, _load

SOURCE = Path(rethinking.__file__).parent


@pytest.fixture
def empty_root(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("RETHINKING_DATA", str(tmp_path / "data"))
    _load.cache_clear()
    yield tmp_path / "data"
    _load.cache_clear()


@pytest.fixture
def folder(tmp_path) -> Path:
    """Two classes, three images of each, in train and test."""
    for split in ("train", "test"):
        for label, name in enumerate(("cat", "dog")):
            (tmp_path / "set" / split / name).mkdir(parents=True)
            for k in range(3):
                image = Image.new("RGB", (30, 31), (10 * k, 100 * label, 7))
                image.save(tmp_path / "set" / split / name / f"{k}.png")
    return tmp_path / "set"


@pytest.mark.parametrize(
    ("images", "labels", "what"),
    [
        (np.zeros((2, 3, 4), np.uint8), np.zeros(2, np.int64), "images must be"),
        (np.zeros((2, 3, 4, 4), np.float64), np.zeros(2, np.int64), "float64"),
        (np.zeros((2, 3, 4, 4), np.uint8), np.zeros(2, np.int32), "int32"),
        (np.zeros((2, 3, 4, 4), np.uint8), np.zeros(3, np.int64), r"int64 \[2\]; got int64 \[3\]"),
        (np.zeros((2, 3, 4, 4), np.uint8), np.array([0, 2]), r"0\.\.1; got 0\.\.2"),
        (np.zeros((2, 3, 4, 4), np.uint8), np.array([-1, 1]), r"got -1\.\.1"),
    ],
)
def test_an_image_set_refuses_what_is_not_one(images, labels, what):
    with pytest.raises(ValueError, match=what):
        ImageSet(images, labels, ("a", "b"))


def test_first_takes_the_first(made_up):
    whole = made_up(10)
    part = whole.first(4)
    assert len(part) == 4
    np.testing.assert_array_equal(part.images, whole.images[:4])
    np.testing.assert_array_equal(part.labels, whole.labels[:4])
    for n in (0, 11, -1):
        with pytest.raises(ValueError, match=f"cannot take {n} of 10"):
            whole.first(n)


@pytest.mark.parametrize(("split", "per_class"), [("train", 200), ("test", 100)])
def test_mini_is_balanced(split, per_class):
    mini = load("cifar10-mini", split)
    assert mini.images.shape == (10 * per_class, 3, 32, 32)
    assert mini.images.dtype == np.uint8
    assert np.bincount(mini.labels).tolist() == [per_class] * 10
    assert mini.classes[0] == "airplane"
    assert len(mini.classes) == 10
    assert len(np.unique(mini.images.reshape(len(mini), -1), axis=0)) == len(mini)


def test_mini_is_small():
    assert sum(file.stat().st_size for file in (SOURCE / "data" / "mini").iterdir()) < 5_000_000


@pytest.mark.parametrize("split", ["train", "test"])
def test_mini_is_the_part_of_cifar10_it_says(cifar10_folder, split):
    mini, full = load("cifar10-mini", split), load("cifar10", split)
    place = np.load(SOURCE / "data" / "mini" / "index.npz")[f"{split}_index"]
    assert len(np.unique(place)) == len(mini)
    np.testing.assert_array_equal(mini.images, full.images[place])
    np.testing.assert_array_equal(mini.labels, full.labels[place])
    assert mini.classes == full.classes


def test_cifar10_is_whole(cifar10_folder):
    assert [len(load("cifar10", split)) for split in ("train", "test")] == [50_000, 10_000]
    assert np.bincount(load("cifar10", "train").labels).tolist() == [5000] * 10


def test_mnist_has_one_channel():
    if not all((data_root() / "MNIST" / "raw" / name).is_file() for name in IDX_BYTES):
        pytest.skip(f"MNIST is not at {data_root()}; run 'rethinking data mnist' or set RETHINKING_DATA")
    assert load("mnist", "test").images.shape == (10_000, 1, 28, 28)


def test_a_folder_of_images(folder):
    images = load(f"folder:{folder}", "train")
    assert images.classes == ("cat", "dog")
    assert images.images.shape == (6, 3, 31, 30)
    assert images.labels.tolist() == [0, 0, 0, 1, 1, 1]
    assert images.images[4, :, 0, 0].tolist() == [10, 100, 7]


def test_a_folder_that_is_missing(tmp_path):
    with pytest.raises(DataError, match=re.escape(str(tmp_path / "nowhere"))):
        load(f"folder:{tmp_path / 'nowhere'}", "train")


def test_a_folder_with_images_of_several_sizes(folder):
    Image.new("RGB", (8, 9)).save(folder / "train" / "dog" / "9.png")
    with pytest.raises(DataError, match=re.escape(str(folder)) + r".*differ in size"):
        load(f"folder:{folder}", "train")


@pytest.mark.parametrize("damage", ["garbage", "truncated"])
def test_a_folder_with_a_corrupt_image(folder, damage):
    victim = folder / "test" / "cat" / "0.png"
    Image.fromarray(np.random.default_rng(0).integers(256, size=(31, 30, 3), dtype=np.uint8)).save(victim)
    victim.write_bytes(b"no image" if damage == "garbage" else victim.read_bytes()[:1000])
    with pytest.raises(DataError, match=re.escape(str(folder / "test"))):
        load(f"folder:{folder}", "test")


@pytest.mark.parametrize("name", ["cifar10", "mnist", "fashion-mnist"])
def test_missing_data_say_how_to_get_them(empty_root, name):
    with pytest.raises(DataError) as caught:
        load(name, "train")
    assert str(empty_root) in str(caught.value)
    assert f"rethinking data {name}" in str(caught.value)
    assert "RETHINKING_DATA" in str(caught.value)


@pytest.mark.parametrize("damage", ["truncated", "changed"])
def test_damaged_cifar10(cifar10_folder, tmp_path, monkeypatch, damage):
    copy = tmp_path / "data" / "cifar-10-batches-py"
    copy.mkdir(parents=True)
    for file in (cifar10_folder / "cifar-10-batches-py").iterdir():
        (copy / file.name).symlink_to(file)
    victim = copy / "data_batch_3"
    original = victim.read_bytes()
    victim.unlink()
    victim.write_bytes(original[:1000] if damage == "truncated" else original[:-1] + bytes([original[-1] ^ 1]))
    monkeypatch.setenv("RETHINKING_DATA", str(tmp_path / "data"))
    _load.cache_clear()
    with pytest.raises(DataError, match=re.escape(str(tmp_path / "data")) + ".*rethinking data cifar10"):
        load("cifar10", "train")
    shutil.rmtree(copy)


@pytest.mark.parametrize(("name", "folder"), [("mnist", "MNIST"), ("fashion-mnist", "FashionMNIST")])
@pytest.mark.parametrize(
    "content", [b"", bytes.fromhex("00000803 0000ea60 0000001c 0000001c") + bytes(999), b"garbage"]
)
def test_damaged_mnist(empty_root, name, folder, content):
    raw = empty_root / folder / "raw"
    raw.mkdir(parents=True)
    for split in ("train", "t10k"):
        for kind in ("images-idx3", "labels-idx1"):
            (raw / f"{split}-{kind}-ubyte").write_bytes(content)
    with pytest.raises(DataError, match=re.escape(str(empty_root)) + f".*rethinking data {name}"):
        load(name, "train")


@pytest.mark.parametrize(("name", "folder"), [("mnist", "MNIST"), ("fashion-mnist", "FashionMNIST")])
def test_a_truncated_file_is_fetched_again_and_a_whole_one_is_not(empty_root, name, folder, monkeypatch):
    from rethinking.data.vision import datasets

    raw, asked = empty_root / folder / "raw", []
    raw.mkdir(parents=True)
    (raw / "t10k-labels-idx1-ubyte").write_bytes(bytes(8 + 10_000))
    (raw / "train-images-idx3-ubyte").write_bytes(bytes(999))
    monkeypatch.setattr(
        datasets.mnist, "download_and_extract_archive", lambda *args, **kwargs: asked.append(sorted(os.listdir(raw)))
    )
    with pytest.raises(DataError):
        fetch(name)
    assert asked[0] == ["t10k-labels-idx1-ubyte"]


def test_a_folder_in_the_users_home(folder, monkeypatch):
    monkeypatch.setenv("HOME", str(folder.parent))
    assert len(load(f"folder:~/{folder.name}", "train")) == len(load(f"folder:{folder}", "train"))


def test_unknown_names_list_the_known():
    with pytest.raises(DataError, match="imagenet.*" + re.escape(", ".join(DATASETS))):
        load("imagenet", "train")
    with pytest.raises(DataError, match="imagenet"):
        fetch("imagenet")
    with pytest.raises(DataError, match="validation.*train.*test"):
        load("cifar10-mini", "validation")


def test_an_unknown_name_touches_no_file(tmp_path):
    (tmp_path / "train-images-idx3-ubyte").write_text("mine")
    for name in (str(tmp_path), ""):
        with pytest.raises(DataError, match="unknown data set"):
            fetch(name)
    assert (tmp_path / "train-images-idx3-ubyte").read_text() == "mine"


def test_data_root(monkeypatch, tmp_path):
    monkeypatch.setenv("RETHINKING_DATA", str(tmp_path))
    assert data_root() == tmp_path
    monkeypatch.delenv("RETHINKING_DATA")
    assert data_root() == platformdirs.user_cache_path("rethinking") / "data"


def test_a_data_folder_that_cannot_be_made(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("RETHINKING_DATA", str(tmp_path / "file" / "data"))
    with pytest.raises(DataError, match=re.escape(str(tmp_path / "file" / "data")) + ".*RETHINKING_DATA"):
        fetch("cifar10")


def test_the_mirror_comes_first_and_a_failed_download_says_so(empty_root, monkeypatch):
    from rethinking.data.vision import datasets

    asked = []

    def unreachable(url, *args, **kwargs):
        asked.append(url)
        raise urllib.error.URLError("no network")

    monkeypatch.setattr(datasets.cifar, "download_and_extract_archive", unreachable)
    with pytest.raises(DataError, match="CIFAR-10 could not be downloaded to " + re.escape(str(empty_root))) as caught:
        fetch("cifar10")
    assert "no network" in str(caught.value)
    assert ["zenodo.org" in url for url in asked] == [True, False]


def test_what_is_downloaded_is_checked_against_its_md5(empty_root, monkeypatch):
    from rethinking.data.vision import datasets

    sums = []
    monkeypatch.setattr(
        datasets.cifar, "download_and_extract_archive", lambda *args, **kwargs: sums.append(kwargs.get("md5"))
    )
    with pytest.raises(DataError):
        fetch("cifar10")
    assert sums == ["c58f30108f718f92721af3b95e74349a"] * 2


def test_fetching_what_needs_no_download(folder):
    assert fetch("cifar10-mini") == SOURCE / "data" / "mini"
    assert fetch(f"folder:{folder}") == folder


def test_torchvision_imports_beside_this_torch(run_python):
    assert run_python("from rethinking.data.vision import datasets; print(datasets.CIFAR10.__name__)") == "CIFAR10\n"


def test_only_vision_imports_torchvision():
    importing = re.compile(r"^\s*(import|from)\s+torchvision|import_module\(.torchvision", re.MULTILINE)
    assert [file.name for file in SOURCE.rglob("*.py") if importing.search(file.read_text("utf-8"))] == ["vision.py"]


def test_training_does_not_wait_for_torchvision(run_python):
    script = "import sys, rethinking.training, rethinking.experiments; print('torchvision' in sys.modules)"
    assert run_python(script) == "False\n"


def test_a_folder_whose_splits_differ_in_classes_is_refused(tmp_path):
    """Labels number the class folders, so a missing one would shift them without a word."""
    for split, classes in (("train", ("ant", "bee", "cat")), ("test", ("ant", "cat"))):
        for name in classes:
            (tmp_path / split / name).mkdir(parents=True)
            Image.new("RGB", (32, 32)).save(tmp_path / split / name / "one.png")
    with pytest.raises(DataError, match="differ in their class folders"):
        load(f"folder:{tmp_path}", "train")
