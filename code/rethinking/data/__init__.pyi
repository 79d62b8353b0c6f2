from .corruptions import (
    CONDITIONS,
    CORRUPTIONS,
    class_renaming,
    copier_error,
    error_on_corrupted_labels,
    error_on_true_labels,
    randomize,
)
from .image_set import ImageSet
from .preprocess import centre_crop, standardize
from .sources import DATASETS, TITLES, TRAIN_IMAGES, DataError, data_root, fetch, load

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
    "copier_error",
    "data_root",
    "error_on_corrupted_labels",
    "error_on_true_labels",
    "fetch",
    "load",
    "randomize",
    "standardize",
]
