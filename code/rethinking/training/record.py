"""What a run leaves behind: a small, complete, readable account."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

from rethinking.training.config import RunConfig

RECIPE = 1
"""The version of the training numerics. Bump it when the same config would give another record."""

STATUSES = ("finished", "diverged")
COLUMNS = ("epoch", "learning_rate", "train_loss", "train_accuracy", "test_loss", "test_accuracy", "seconds")
SUBSET_COLUMNS = ("kept_accuracy", "wrong_accuracy", "wrong_true_accuracy", "renamed_test_accuracy")
LOSS_EVERY = 100
OVERFIT = 0.99
"""The training accuracy from which on we call a network overfitted; the paper does not state its own."""


@dataclass(frozen=True)
class RunRecord:
    """One finished run.

    Attributes:
        config: what was run.
        status: ``finished``, or ``diverged`` where the loss stopped being finite and training ended.
        history: per epoch, lists of equal length under ``COLUMNS``; evaluated at the end of the epoch, on the whole
            training set with its corrupted labels and on the whole test set. Accuracies are fractions, ``seconds``
            the epoch's own time. A loss that is not finite is None; so is what was not scored, where the config's
            ``test_every`` leaves epochs out. Where only some labels are corrupted, or all are renamed, there are also
            columns of ``SUBSET_COLUMNS``: the accuracy on training images whose label is true (``kept``) or not
            (``wrong``), on the latter also against their true labels; on test images under the renaming.
        step_losses: the mean loss of each ``LOSS_EVERY`` successive training steps.
        environment: where it ran: torch version, device, threads, date, source revision; on a GPU how its steps were
            taken, one of ``device.STEPS``, which the first such records do not say. Of a run that was resumed
            elsewhere, or by other code, this is where it ended, and ``earlier`` lists where it was before.
        recipe: ``RECIPE`` at the time.
        weights: sha256 of the final weights, which lie outside the repository; None in records from before it was kept.
    """

    config: RunConfig
    status: str
    history: dict[str, list]
    step_losses: list[float | None]
    environment: dict[str, Any]
    recipe: int = RECIPE
    weights: str | None = None

    @property
    def run(self) -> str:
        """The run's name, ``model/slug``."""
        return self.config.run

    @property
    def reduced(self) -> bool:
        return self.config.reduced

    @property
    def epochs(self) -> int:
        """How many epochs it trained."""
        return len(self.history["epoch"])

    @property
    def train_accuracy(self) -> float:
        """Fraction of the training labels, as corrupted, that the final network gives."""
        return self.history["train_accuracy"][-1]

    @property
    def test_accuracy(self) -> float:
        """Fraction of the test images that the final network is right about."""
        return self.history["test_accuracy"][-1]

    @property
    def test_error(self) -> float:
        """Fraction of the test images that the final network is wrong about."""
        return 1 - self.test_accuracy

    @property
    def best_test_accuracy(self) -> float:
        """The best of any epoch: what early stopping could have reached with the test set as its oracle."""
        return max(accuracy for accuracy in self.history["test_accuracy"] if accuracy is not None)

    @property
    def early_stopping_gain(self) -> float | None:
        """How much better the best epoch was than the last, on the test set; None of a run that ends as soon as its
        labels are fitted, and so cannot tell."""
        if self.config.stop_at_accuracy is not None:
            return None
        return self.best_test_accuracy - self.test_accuracy

    @property
    def generalization_gap(self) -> float:
        """Training accuracy minus test accuracy: the generalization error on the 0-1 loss, estimated."""
        return self.train_accuracy - self.test_accuracy

    @property
    def train_loss(self) -> float | None:
        """Mean cross-entropy of the training labels after the last epoch, in nats; None where it was not finite."""
        return self.history["train_loss"][-1]

    @property
    def seconds(self) -> float:
        """Of all its epochs, evaluations included."""
        return sum(self.history["seconds"])

    def epochs_to_overfit(self, threshold: float = OVERFIT) -> int | None:
        """The first epoch (from 1) whose training accuracy reaches ``threshold``; None if none does."""
        rows = zip(self.history["epoch"], self.history["train_accuracy"], strict=True)
        return next((epoch for epoch, accuracy in rows if accuracy >= threshold), None)

    def to_dict(self) -> dict:
        """Plain JSON values; the final figures are written for human readers and derived again when read."""
        names = ("train_accuracy", "test_accuracy", "best_test_accuracy", "seconds")
        return {
            "config": asdict(self.config),
            "status": self.status,
            "reduced": self.config.reduced,
            "recipe": self.recipe,
            "final": {name: round(getattr(self, name), 6) for name in names},
            "environment": self.environment,
            "weights": self.weights,
            "history": self.history,
            "step_losses": {"every": LOSS_EVERY, "mean": self.step_losses},
        }

    @classmethod
    def from_dict(cls, data: dict) -> RunRecord:
        """The inverse of ``to_dict``.

        Raises:
            ValueError, KeyError, TypeError: it is not a record; says what is wrong.
        """
        if missing := {"device", "device_name"}.difference(data["environment"]):
            raise ValueError(f"its environment lacks {min(missing)}")
        if data["step_losses"]["every"] != LOSS_EVERY:
            raise ValueError(f"its losses are of every {data['step_losses']['every']} steps, not of {LOSS_EVERY}")
        if not isinstance(data["recipe"], int):
            raise ValueError(f"its recipe is {data['recipe']!r}, not a whole number")
        record = cls(
            config=RunConfig(**data["config"]),
            status=data["status"],
            history=_history_of(data["history"]),
            step_losses=list(data["step_losses"]["mean"]),
            environment=dict(data["environment"]),
            recipe=data["recipe"],
            weights=data.get("weights"),
        )
        _check(record)
        return record


def _history_of(columns: dict) -> dict[str, list]:
    """The columns of a history, in their order.

    Raises:
        ValueError, KeyError, TypeError: they are none; says what is wrong.
    """
    if unknown := set(columns).difference(COLUMNS, SUBSET_COLUMNS):
        raise ValueError(f"its history has a column {min(unknown)}, which none has")
    further = [name for name in SUBSET_COLUMNS if name in columns]
    history = {name: list(columns[name]) for name in (*COLUMNS, *further)}
    lengths = {len(column) for column in history.values()}
    if len(lengths) != 1 or lengths == {0}:
        raise ValueError("the columns of its history differ in length or are empty")
    for name, column in history.items():
        if not all(_fits(name, value) for value in column):
            raise ValueError(f"the column {name} of its history holds what cannot be there")
    if history["epoch"] != list(range(1, len(history["epoch"]) + 1)):
        raise ValueError("the epochs of its history are not 1, 2, 3, …")
    return history


def _check(record: RunRecord) -> None:
    """Whether what a record says of a run agrees.

    Raises:
        ValueError: says what does not.
    """
    config, history, losses = record.config, record.history, record.step_losses
    if record.status not in STATUSES:
        raise ValueError(f"unknown status {record.status!r}")
    accuracies = history["train_accuracy"]
    ended = config.ends_after(accuracies) and record.epochs <= config.epochs
    if record.status == "finished" and (not ended or config.ends_after(accuracies[:-1])):
        raise ValueError(f"its history has {record.epochs} epochs where the config has {config.epochs}")
    due = [*range(config.test_every, record.epochs + 1, config.test_every), record.epochs]
    if unscored := [epoch for epoch in due if history["test_accuracy"][epoch - 1] is None]:
        raise ValueError(f"its epoch {unscored[0]} has no test accuracy")
    if not all(_fits("step_loss", loss) for loss in losses):
        raise ValueError("its step losses hold what cannot be there")
    if (record.status == "diverged") != (None in losses or None in history["train_loss"]):
        raise ValueError(f"it is {record.status}, which its losses contradict")


def _fits(name: str, value: object) -> bool:
    """Whether a column may hold a value: None for a loss that was not finite, and for what was not scored."""
    if value is None:
        return name.endswith("_loss") or name == "test_accuracy" or name in SUBSET_COLUMNS
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not math.isfinite(value):
        return False
    return 0 <= value <= 1 if name.endswith("_accuracy") else value >= 0


def finite_or_none(value: float) -> float | None:
    """JSON has no NaN: a loss that is not finite becomes None."""
    return value if math.isfinite(value) else None
