"""What a terminal shows while runs are trained."""

from __future__ import annotations

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID, TimeRemainingColumn
from rich.table import Column
from rich.text import Text

from rethinking.experiments.runner import Observer
from rethinking.training import RunConfig, RunRecord


class Words(ProgressColumn):
    """What a bar is of, as much of it as fits: a run's name may be longer than a line."""

    def render(self, task: Task) -> Text:
        return Text(task.description, no_wrap=True, overflow="ellipsis")


COLUMNS = (Words(), BarColumn(20), TimeRemainingColumn(table_column=Column(no_wrap=True)))


class ProgressBars(Observer):
    """A bar for all runs' epochs, one for the run in training, and a line for each run that has ended."""

    def __init__(self, console: Console, epochs: int) -> None:
        self._progress = Progress(*COLUMNS, console=console, transient=True)
        self._all = self._progress.add_task("all runs", total=epochs)
        self._done = 0  # epochs of the runs that have ended, those that a run was spared by stopping early too
        self._this: TaskID | None = None

    def __enter__(self) -> ProgressBars:
        self._progress.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._progress.stop()

    def begin(self, config: RunConfig, done: int, total: int) -> None:
        self._clear()  # of a run that was lost to another worker
        self._this = self._progress.add_task(f"{config.run} ({done + 1} of {total})", total=config.epochs)

    def epoch(self, config: RunConfig, row: dict[str, float | None]) -> None:
        scored = {split: row[f"{split}_accuracy"] for split in ("train", "test")}
        text = f"{config.model} {config.corruption} seed {config.seed}  epoch {row['epoch']}/{config.epochs}" + "".join(
            f"  {split} {accuracy:.3f}" for split, accuracy in scored.items() if accuracy is not None
        )
        assert self._this is not None and row["epoch"] is not None
        self._progress.update(self._this, completed=row["epoch"], description=text)
        self._progress.update(self._all, completed=self._done + row["epoch"])

    def end(self, config: RunConfig, record: RunRecord | None = None) -> None:
        self._clear()
        self._done += config.epochs
        self._progress.update(self._all, completed=self._done)
        if record is not None:
            self._progress.console.print(
                f"{config.run}  {record.status}  train {record.train_accuracy:.4f}  test {record.test_accuracy:.4f}  "
                f"{record.seconds:.0f} s",
                soft_wrap=True,
            )

    def _clear(self) -> None:
        if self._this is not None:
            self._progress.remove_task(self._this)
            self._this = None
