"""What many tests need: records as a run would leave them, the words of a figure, a listener to a measurement."""

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


def drawn_text(figure) -> str:
    """All text of a figure."""
    return " ".join(text.get_text() for text in figure.findobj(lambda artist: hasattr(artist, "get_text")))


def listen(what: str, fraction: float) -> None:
    """Listens to how a measurement goes."""
    assert what and 0 <= fraction <= 1 + 1e-9
