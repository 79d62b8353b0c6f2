"""What decides a run's outcome, and nothing else."""

from __future__ import annotations

import dataclasses
import math
import re
from dataclasses import dataclass
from typing import Any, NamedTuple

from rethinking.data import DATASETS, TRAIN_IMAGES
from rethinking.data.corruptions import PIXEL_CORRUPTIONS, parse
from rethinking.models import MODELS

LEARNING_RATES = {"inception": 0.1, "inception-no-bn": 0.1, "alexnet": 0.01, "mlp-3x512": 0.01, "mlp-1x512": 0.01}
"""The paper's initial learning rates (Appendix A)."""

PAPER_EPOCHS = 68
"""The longest training the paper shows (Figure 1a); it states no number. Fewer epochs make a run a reduced one."""

PRECISIONS = ("float32", "bfloat16")


class _Limits(NamedTuple):
    """What a number may be."""

    whole: bool
    low: float
    high: float = math.inf

    def checked(self, name: str, value: Any) -> float:
        """``value`` as the one kind of number that the field has, so that 1 is 1.0."""
        kinds = int if self.whole else (int, float)
        finite = not isinstance(value, float) or math.isfinite(value)  # a whole number may be too large for a float
        if isinstance(value, bool) or not isinstance(value, kinds) or not finite:
            raise ValueError(f"{name} must be a {'whole' if self.whole else 'finite'} number; got {value!r}")
        if not self.low <= value <= self.high:
            allowed = f"in [{self.low}, {self.high}]" if self.high < math.inf else f"at least {self.low}"
            raise ValueError(f"{name} must be {allowed}; got {value!r}")
        return int(value) if self.whole else float(value)


def _real(default: float | None, high: float = math.inf) -> Any:
    return dataclasses.field(default=default, metadata={"limits": _Limits(whole=False, low=0, high=high)})


def _whole(default: int | None, low: int) -> Any:
    return dataclasses.field(default=default, metadata={"limits": _Limits(whole=True, low=low)})


@dataclass(frozen=True, kw_only=True)
class RunConfig:
    """One training run. Two equal configs are the same run.

    Attributes:
        model: one of ``rethinking.models.MODELS``.
        dataset: one of ``rethinking.data.DATASETS``.
        corruption: one of ``rethinking.data.CORRUPTIONS``, e.g. ``partially-corrupted-labels(0.4)``.
        train_size: how many training images, the first of the data set's order; None for all.
        replaced_example: this training example is replaced by a fresh one, the last test image, labelled as the
            corruption labels; None for none. Two runs that differ in nothing else are the definition of stability's.
        random_crop: a fresh random 28x28 window of each training image at each step, instead of the centre.
        augmentation: random flips and rotations of each training image at each step (Table 4).
        weight_decay: the coefficient of half the squared norm of the weights, biases excluded.
        learning_rate: the first epoch's; None takes the paper's for the model.
        learning_rate_decay: the factor from one epoch to the next.
        momentum, batch_size, epochs: of stochastic gradient descent; the paper states only the momentum.
        stop_at_accuracy: training ends with the first epoch whose training accuracy reaches this; None goes through all
            epochs.
        test_every: epochs from one scoring of the test set to the next; the last epoch is scored in any case.
        precision: of the matrix products: ``float32``, or ``bfloat16`` with float32 weights and sums (autocast).
        seed: of everything random, in independent streams: corruption, initialization, batch order, augmentation.

    Raises:
        ValueError: a value out of its range; names the field, the value and what is allowed.
    """

    model: str
    dataset: str = "cifar10"
    corruption: str = "true-labels"
    train_size: int | None = _whole(None, low=1)
    replaced_example: int | None = _whole(None, low=0)
    random_crop: bool = False
    augmentation: bool = False
    weight_decay: float = _real(0.0)
    learning_rate: float | None = _real(None)
    learning_rate_decay: float = _real(0.95, high=1)
    momentum: float = _real(0.9, high=1)
    batch_size: int = _whole(128, low=1)
    epochs: int = _whole(100, low=1)
    stop_at_accuracy: float | None = _real(None, high=1)
    test_every: int = _whole(1, low=1)
    precision: str = "float32"
    seed: int = _whole(0, low=0)

    def __post_init__(self) -> None:
        if self.model not in MODELS:
            raise ValueError(f"unknown model {self.model!r}; choose from {', '.join(MODELS)}")
        if self.precision not in PRECISIONS:
            raise ValueError(f"unknown precision {self.precision!r}; choose from {', '.join(PRECISIONS)}")
        for field in ("dataset", "corruption"):
            if not isinstance(getattr(self, field), str):
                raise ValueError(f"{field} must be a text; got {getattr(self, field)!r}")
        for field in ("random_crop", "augmentation"):
            if not isinstance(getattr(self, field), bool):
                raise ValueError(f"{field} must be True or False; got {getattr(self, field)!r}")
        if self.dataset not in DATASETS and not self.dataset.startswith("folder:"):
            raise ValueError(f"unknown data set {self.dataset!r}; choose from {', '.join(DATASETS)}")
        name, p = parse(self.corruption)
        if p is not None:  # one spelling for one corruption: (0.40) and (.4) are the same run
            object.__setattr__(self, "corruption", f"{name}({p})")
        if self.learning_rate is None:
            if self.model not in LEARNING_RATES:
                raise ValueError(f"{self.model} has no learning rate; give it one in LEARNING_RATES, or here")
            object.__setattr__(self, "learning_rate", LEARNING_RATES[self.model])
        for number in dataclasses.fields(self):
            value, limits = getattr(self, number.name), number.metadata.get("limits")
            if limits is not None and not (value is None and number.default is None):
                object.__setattr__(self, number.name, limits.checked(number.name, value))
        self._check_combinations(name)

    def _check_combinations(self, corruption: str) -> None:
        if corruption in PIXEL_CORRUPTIONS and (self.random_crop or self.augmentation):
            raise ValueError(
                f"corruption {self.corruption!r} rearranges the pixels of the centre crop, so it cannot be combined "
                "with random_crop or augmentation; the paper combines these with labels only"
            )
        if self.replaced_example is not None and (
            corruption not in ("true-labels", "random-labels") or self.random_crop or self.augmentation
        ):
            raise ValueError(
                f"replaced_example {self.replaced_example} goes with true-labels or random-labels and centre crops "
                f"only; got {self.corruption!r}, random_crop {self.random_crop}, augmentation {self.augmentation}"
            )

    @property
    def slug(self) -> str:
        """The run's name among the runs of its model: data set, corruption, whatever is not the default, seed."""
        changed = [
            _slug_part(field.name, value)
            for field in dataclasses.fields(self)
            if field.name not in ("model", "dataset", "corruption", "seed")
            and (value := getattr(self, field.name)) != self._default(field)
        ]
        parts = [self.dataset, self.corruption, *changed, f"seed-{self.seed}"]
        return ".".join(re.sub(r"[^\w.-]+", "-", part).strip("-") for part in parts)

    @property
    def run(self) -> str:
        """The run's full name, ``model/slug``, which is also where its record lies."""
        return f"{self.model}/{self.slug}"

    @property
    def reduced(self) -> bool:
        """Whether the run is smaller than the paper's: fewer images or fewer epochs."""
        fewer = self.train_size is not None and self.train_size < TRAIN_IMAGES["cifar10"]
        shorter = self.epochs < PAPER_EPOCHS or self.stop_at_accuracy is not None
        return self.dataset == "cifar10-mini" or fewer or shorter

    @property
    def regularized(self) -> bool:
        """Whether any of Table 1's or Table 4's explicit regularizers is on."""
        return self.random_crop or self.augmentation or self.weight_decay > 0

    @property
    def train_images(self) -> int | None:
        """How many images it trains on; None for all of a folder, which alone knows."""
        return self.train_size or TRAIN_IMAGES.get(self.dataset)

    def ends_after(self, train_accuracies: list[float]) -> bool:
        """Whether the epochs with these training accuracies are all there are."""
        bound = self.stop_at_accuracy
        fitted = bound is not None and any(accuracy >= bound for accuracy in train_accuracies)
        return fitted or len(train_accuracies) >= self.epochs

    def _default(self, field: dataclasses.Field) -> object:
        return LEARNING_RATES[self.model] if field.name == "learning_rate" else field.default


def _slug_part(field: str, value: object) -> str:
    if isinstance(value, str):
        return value
    return field.replace("_", "-") + ("" if value is True else f"-{value}")
