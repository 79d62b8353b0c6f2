"""Images: load them, crop them, randomize them as the paper does."""

from rethinking.data.image_set import ImageSet
from rethinking.data.preprocess import centre_crop, standardize
from rethinking.data.randomize import (
    CONDITIONS,
    CORRUPTIONS,
    class_renaming,
    error_on_corrupted_labels,
    randomize,
)
from rethinking.data.sources import DATASETS, TITLES, TRAIN_IMAGES, DataError, data_root, fetch, load

__all__ = [
    "CONDITIONS",
    "CORRUPTIONS",
    "DATASETS",
    "TITLES",
    "TRAIN_IMAGES",
    "DataError",
    "ImageSet",
    "centre_crop",
    "class_renaming",
    "data_root",
    "error_on_corrupted_labels",
    "fetch",
    "load",
    "randomize",
    "standardize",
]
