"""What many tests need: records as runs and measurements leave them, samples, the words of a figure, a listener."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from rethinking.experiments import Measurement, MeasurementRecord, Study, StudyResults
from rethinking.experiments.studies import Measured
from rethinking.training import RunConfig, RunRecord


def record_of(
    config: RunConfig, *, train: float = 1.0, test: float = 0.5, overfit: int = 10, best: float | None = None
) -> RunRecord:
    """A finished record whose training accuracy reaches ``train`` at epoch ``overfit`` and whose last test accuracy is
    ``test``; the best, if given, is reached in the first epoch."""
    ends = config.stop_at_accuracy is not None and train >= config.stop_at_accuracy
    epochs = list(range(1, (overfit if ends else config.epochs) + 1))
    scored = {e for e in epochs if e % config.test_every == 0 or e == epochs[-1]}
    return RunRecord(
        config=config,
        status="finished",
        history={
            "epoch": epochs,
            "learning_rate": [config.learning_rate * config.learning_rate_decay ** (e - 1) for e in epochs],
            "train_loss": [2.3 / e for e in epochs],
            "train_accuracy": [train if e >= overfit else 0.1 for e in epochs],
            "test_loss": [2.3 if e in scored else None for e in epochs],
            "test_accuracy": [(best if best is not None and e == 1 else test) if e in scored else None for e in epochs],
            "seconds": [1.0] * len(epochs),
        },
        step_losses=[2.3, 1.0],
        environment={"torch": "0", "device": "cpu", "device_name": "a machine", "threads": 1, "date": "2026-01-01"},
    )


def diverged(record: RunRecord) -> RunRecord:
    """The same, if its last loss had not been finite."""
    losses = [*record.history["train_loss"][:-1], None]
    return replace(record, status="diverged", history={**record.history, "train_loss": losses})


def study_results(study: Study, result_of: Callable[[Measurement], dict | None]) -> StudyResults:
    """A study whose measurements have made-up results; where that is None there is no record."""

    def measured(measurement: Measurement) -> Measured:
        run, result = study.run_of(measurement.name), result_of(measurement)
        if result is None:
            return Measured(run, measurement, "missing")
        same = {name: getattr(measurement, name) for name in ("name", "settings", "reduced", "version")}
        environment = {"device_name": "a machine", "torch": "0"}
        record = MeasurementRecord(study=study.name, **same, result=result, seconds=1.0, environment=environment)
        return Measured(run, measurement, "done", record)

    return StudyResults(study, tuple(map(measured, study.measurements)))


def sample(n: int, d: int, outputs: int | None = None, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Inputs [n, d] and targets, [n] or [n, outputs], both normal."""
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, d)), rng.standard_normal(n if outputs is None else (n, outputs))


def drawn_text(figure) -> str:
    """All text of a figure."""
    return " ".join(text.get_text() for text in figure.findobj(lambda artist: hasattr(artist, "get_text")))


def listen(what: str, fraction: float) -> None:
    """Listens to how a measurement goes."""
    assert what and 0 <= fraction <= 1 + 1e-9
