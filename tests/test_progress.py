"""What the terminal shows of a batch of runs adds up."""

import io

from rich.console import Console

from factory import record_of
from rethinking.cli.common import console
from rethinking.cli.progress import ProgressBars
from rethinking.experiments import paper_run
from rethinking.experiments.plan import reduced


def test_brackets_are_part_of_a_path():
    with console.capture() as said:
        console.print("/data/[old]", style="red")
    assert "/data/[old]" in said.get()


def test_the_bar_of_all_runs_is_full_at_the_end_though_one_stops_early_and_one_is_lost():
    lost, early = paper_run("mlp-1x512", seed=1), reduced(paper_run("mlp-1x512"))
    with ProgressBars(Console(file=io.StringIO()), early.epochs) as bars:
        bars.begin(lost, 0, 2)
        bars.epoch(lost, {"epoch": 1, "train_accuracy": 0.1, "test_accuracy": None})
        bars.begin(early, 0, 1)
        bars.epoch(early, {"epoch": 12, "train_accuracy": 1.0, "test_accuracy": 0.5})
        assert len(bars._progress.tasks) == 2, "one bar for all, one for the run in training"
        bars.end(early, record_of(early, overfit=12))
        (everything,) = bars._progress.tasks
        assert everything.finished


def test_the_time_left_is_seen_beside_the_longest_name():
    config = paper_run("inception-no-bn", random_crop=True, weight_decay=4e-5, corruption="random-labels", seed=2)
    said = io.StringIO()
    with ProgressBars(Console(file=said, width=80, force_terminal=True, color_system=None), 10) as bars:
        bars.begin(config, 0, 2)
        said.truncate(0)
        bars._progress.refresh()
    lines = said.getvalue().splitlines()
    assert any("inception-no-bn" in line and "-:--:--" in line for line in lines), lines
