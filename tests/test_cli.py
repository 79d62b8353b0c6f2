"""The command line, typed as a user would type it."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from chapters import ROOT
from factory import record_of
from rethinking import cli
from rethinking.cli import app, running
from rethinking.data import CONDITIONS
from rethinking.experiments import CATALOGUE, paper_run, records, runner, weights
from rethinking.experiments.plan import reduced
from rethinking.training import train
from systems import posix_only


def rethinking(*arguments, cwd=None, **environment):
    """Run the command in its own process; returns the finished process. Of the test's own folders it knows those in
    which it could do harm."""
    kept = ("RETHINKING_CHECKPOINTS", "RETHINKING_WEIGHTS")
    plain = {name: value for name, value in os.environ.items() if not name.startswith("RETHINKING_") or name in kept}
    return subprocess.run(
        [sys.executable, "-m", "rethinking", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=cwd,
        env={**plain, "COLUMNS": "200", **{name: str(value) for name, value in environment.items()}},
    )


@pytest.fixture
def results(tmp_path):
    folder = tmp_path / "results"
    folder.mkdir()
    records.write(record_of(paper_run("mlp-1x512"), test=0.51), folder)
    return folder


def test_status_counts_runs_and_lists_them(results):
    done = rethinking("status", "--json", RETHINKING_RESULTS=results)
    status = json.loads(done.stdout)
    assert set(status) == set(CATALOGUE)
    table_1 = status["table-1"]
    assert table_1["planned"] == 57 and table_1["done"] == 1 and table_1["missing"] == 56
    assert table_1["models"]["mlp-1x512"] == {
        "planned": 9, "done": 1, "reduced": 0, "stale": 0, "missing": 8, "damaged": 0,
    }  # fmt: skip
    assert {"run": "mlp-1x512/cifar10.true-labels.bfloat16.seed-0", "state": "done"}.items() <= next(
        run for run in table_1["runs"] if run["state"] == "done"
    ).items()
    assert "mlp-1x512" in rethinking("status", RETHINKING_RESULTS=results).stdout


@pytest.mark.parametrize("command", ["status", "scorecard"])
def test_a_damaged_record_is_reported_once_and_the_rest_goes_on(results, command):
    path = next(results.rglob("*.json"))
    path.write_text("{")
    done = rethinking(command, RETHINKING_RESULTS=results)
    assert done.returncode == 0 and done.stdout.replace("\n", "").count(str(path)) == 1
    assert path.read_text("utf-8") == "{"


def test_scorecard_as_json(results):
    verdicts = json.loads(rethinking("scorecard", "--json", RETHINKING_RESULTS=results).stdout)
    judged = {v["id"]: v for v in verdicts}
    assert judged["unregularized-test-mlp-1x512"]["verdict"] == "reproduced"
    assert judged["unregularized-test-inception"]["verdict"] == "not run"
    assert judged["unregularized-test-mlp-1x512"]["values"] == [0.51]


def test_scorecard_has_each_claim_with_its_values_below_it(results):
    lines = rethinking("scorecard", RETHINKING_RESULTS=results).stdout.splitlines()
    assert lines[0] == "Table 1, p. 6"
    claim = lines.index("  Without explicit regularization, the test accuracy of MLP 1×512 is 50.51 %.")
    assert " ".join(lines[claim + 1].split()) == "reproduced ours 0.5100 paper 0.5051 within 0.02 of 0.5051"
    assert lines.count("Figure 1b, p. 4") == 1 and "not run" in lines[-1]


def test_help_lists_the_commands_and_a_missing_argument_is_refused():
    said = rethinking("--help").stdout
    assert all(name in said for name in ("run", "data", "status", "show", "weights", "scorecard", "book", "doctor"))
    assert rethinking("data").returncode == 2


def test_show(results):
    name = "mlp-1x512/cifar10.true-labels.bfloat16.seed-0"
    assert "full size" in rethinking("show", name, RETHINKING_RESULTS=results).stdout
    assert json.loads(rethinking("show", name, "--json", RETHINKING_RESULTS=results).stdout)["config"]["seed"] == 0


def test_data_finds_the_images_of_the_package():
    done = rethinking("data", "cifar10-mini")
    assert done.returncode == 0 and "2,000 training and 1,000 test images" in done.stdout


def test_a_run_is_made_by_its_name(results, tmp_path):
    missing, there = reduced(paper_run("mlp-1x512", seed=5)).run, paper_run("mlp-1x512").run
    done = rethinking("run", missing, there, RETHINKING_RESULTS=results, RETHINKING_DATA=tmp_path)
    assert "2 runs planned · 1 done · 1 to do" in done.stdout, done.stderr
    assert "rethinking data cifar10" in done.stderr, "which is not there"


@pytest.mark.parametrize(
    ("options", "models"),
    [([], ["mlp-1x512", "alexnet", "inception"]), (["--in-order"], ["inception", "alexnet", "mlp-1x512"])],
)
def test_small_networks_come_first_or_the_runs_as_planned(results, monkeypatch, options, models):
    monkeypatch.setenv("RETHINKING_RESULTS", str(results))
    asked = []
    monkeypatch.setattr(running, "run_missing", lambda configs, **how: asked.append(configs) or runner.Outcome())
    done = CliRunner().invoke(app, ["run", "figure-1a", "--seeds", "0", "--device", "cpu", *options])
    assert done.exit_code == 0, done.output
    assert list(dict.fromkeys(config.model for config in asked[0])) == models and len(asked[0]) == 15


@pytest.mark.parametrize(
    ("options", "configs"),
    [
        ([], [paper_run("alexnet", corruption=condition) for condition in CONDITIONS]),
        (
            ["--reduced", "--precision", "bfloat16"],
            [reduced(paper_run("alexnet", corruption=condition), "bfloat16") for condition in CONDITIONS],
        ),
    ],
)
def test_the_options_reach_the_runs(results, monkeypatch, options, configs):
    monkeypatch.setenv("RETHINKING_RESULTS", str(results))
    asked = []
    monkeypatch.setattr(running, "run_missing", lambda runs, **how: asked.append((runs, how)) or runner.Outcome())
    command = ["run", "figure-1a", "--seeds", "0", "--model", "alexnet", "--device", "cpu", "--time-budget", "60"]
    begun = time.monotonic()
    done = CliRunner().invoke(app, [*command, *options])
    assert done.exit_code == 0, done.output
    ((runs, how),) = asked
    assert set(runs) == set(configs) and how["device"] == "cpu" and begun < how["deadline"] <= time.monotonic() + 60


def test_the_options_reach_the_measurements(results, monkeypatch):
    monkeypatch.setenv("RETHINKING_RESULTS", str(results))
    asked = []
    monkeypatch.setattr(running, "measure_missing", lambda study, names, **how: asked.append((study, names, how)) or [])
    command = ["run", "theorem-1", "--only", "speed", "--device", "cpu", "--time-budget", "60"]
    begun = time.monotonic()
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    ((study, names, how),) = asked
    assert study.name == "theorem-1" and names == ("speed",)
    assert how["device"] == "cpu" and begun < how["deadline"] <= time.monotonic() + 60


def test_a_study_that_is_named_twice_is_wanted_once(results, monkeypatch):
    monkeypatch.setenv("RETHINKING_RESULTS", str(results))
    twice = running.wanted(["speed", "speed/"], cli.Choice(), in_order=False)
    assert [study.name for study in twice.studies] == ["speed"]


def test_a_measurement_makes_the_folder_for_its_record(tmp_path, monkeypatch):
    monkeypatch.setenv("RETHINKING_RESULTS", str(tmp_path / "new"))
    monkeypatch.setattr(running, "measure_missing", lambda study, names, **how: [])
    done = CliRunner().invoke(app, ["run", "linear-models", "theorem-1", "--only", "speed", "--device", "cpu"])
    assert done.exit_code == 0 and "theorem-1" in done.output and "linear-models" not in done.output, done.output


def test_the_options_reach_the_workers(results, monkeypatch):
    monkeypatch.setenv("RETHINKING_RESULTS", str(results))
    asked = []

    def start(worker, executor, workers, job):
        asked.append((worker, executor, workers))
        raise ValueError("that is enough")

    monkeypatch.setattr(running.sweep, "start", start)
    options = ["--device", "cpu", "--time-budget", "60", "--executor", "local", "--workers", "3"]
    CliRunner().invoke(app, ["run", "theorem-1", "--only", "speed", *options])
    ((worker, executor, workers),) = asked
    assert worker.wanted.left() == ["theorem-1/speed"]
    assert (worker.device, worker.time_budget, executor, workers) == ("cpu", 60, "local", 3)


def test_missing_data_say_how_to_get_them(results, tmp_path):
    done = rethinking("run", "precision-check", RETHINKING_RESULTS=results, RETHINKING_DATA=tmp_path / "empty")
    assert done.returncode == 1
    assert "rethinking data cifar10" in done.stderr and "RETHINKING_DATA" in done.stderr


def test_a_worker_that_fails_is_told_and_the_command_fails(results, tmp_path):
    folders = {"RETHINKING_RESULTS": results, "RETHINKING_CHECKPOINTS": tmp_path, "RETHINKING_DATA": tmp_path / "empty"}
    done = rethinking("run", "precision-check", "--executor", "local", "--device", "cpu", **folders)
    assert done.returncode == 1 and "5 of them are left" in done.stderr
    assert "5 to do · 1 worker ·" in done.stdout and "ended early" in done.stdout and "rethinking data" in done.stdout


@pytest.mark.parametrize("mistake", ["np.zeros(2) @ np.zeros(3)", "kernels.hessian(np.eye(3), *np.eye(2))"])
def test_a_mistake_in_the_code_keeps_its_traceback(mistake):
    program = (
        "import numpy as np\nfrom rethinking import cli, kernels\n"
        f"cli.scorecard.__globals__['load'] = lambda *a: {mistake}\n"
        "import sys; sys.argv = ['rethinking', 'status']; cli.main()"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 1 and "Traceback" in done.stderr and "matmul" in done.stderr


def test_weights_are_kept_and_compared_with_the_record(results, small_run, tmp_path, monkeypatch):
    monkeypatch.setenv("RETHINKING_RESULTS", str(results))
    run = small_run(epochs=1)
    monkeypatch.setattr(cli, "by_name", lambda names: ([], [run]))

    def said() -> str:
        done = CliRunner().invoke(app, ["weights", run.run, "--device", "cpu"])
        assert done.exit_code == 0, done.output
        return done.stdout

    weights.path_of(run).parent.mkdir(parents=True, exist_ok=True)
    weights.path_of(run).write_bytes(b"of an older kind")
    first = said()
    assert "1 networks · 0 kept · 1 to do" in first and "no hash recorded" in first
    record = train(run, device="cpu")
    for hashed, agreement in ((record.weights, "  as recorded"), ("0" * 64, "  not as recorded")):
        records.write(replace(record, weights=hashed), results)
        second = said()
        assert agreement in second and "to do" not in second


def test_outside_the_repository_the_results_are_asked_for(tmp_path):
    done = rethinking("status", cwd=tmp_path)
    assert done.returncode == 1 and "RETHINKING_RESULTS" in done.stderr


@pytest.mark.parametrize("reduced", [[], ["--reduced"]])
def test_a_results_folder_that_is_not_there_stops_all_but_a_run(tmp_path, reduced):
    new = {"RETHINKING_RESULTS": tmp_path / "new", "RETHINKING_DATA": tmp_path}
    for command in ("status", "scorecard"):
        refused = rethinking(command, **new)
        assert refused.returncode == 1 and "new, which is not a folder" in refused.stderr.replace("\n", " ")
    done = rethinking("run", "table-1", "--model", "alexnet", *reduced, **new)
    assert "CIFAR-10 is not at" in done.stderr, "it looks for the images"


NAMED = "mlp-1x512/cifar10.true-labels.bfloat16.seed-0"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "table-9"], "unknown experiment 'table-9'; choose from figure-1a, table-1"),
        (["run", "mlp-1x512/cifar10.seed-0"], "'mlp-1x512/cifar10.seed-0', .*; 'rethinking status --json' lists"),
        (["run", "theorem-1/speed"], "theorem-1 is a study; 'rethinking run theorem-1 --only speed'"),
        (
            ["run", "table-1", "--seeds", "one"],
            "seeds must be whole numbers separated by commas, e.g. 0,1,2; got 'one'",
        ),
        (["status", "--seeds", "²"], "seeds must be whole numbers separated by commas"),
        (["run", NAMED, "--reduced", "--seeds", "7"], "--seeds, --reduced chooses .*, so leave --seeds, --reduced out"),
        (["run", "speed", "--seeds", "1"], "--seeds chooses among .* runs of an experiment, and speed has none"),
        (
            ["run", "stability", "--reduced"],
            "--reduced chooses .* of an experiment, and stability has none; use --only",
        ),
        (["run", "speed", "--only", "typo", "--executor", "local"], "no such measurement; choose from .*mlp-1x512"),
        (["run", "figure-1a", "--only", "speed"], "it is for studies, and no study is asked for"),
        (["run", "table-1", "--model", "alexnet", "--model", "alexnett"], "no run of table-1 uses model alexnett"),
        (["run", "speed", "--device", "quantum"], "unknown device 'quantum'; choose from auto, cpu, cuda, mps"),
        (["run", "speed", "--time-budget", "nan"], "--time-budget must be a number of seconds; got nan"),
        (["run", "table-1", "--precision", "bfloat16"], "--precision bfloat16 is for --reduced runs only"),
        (["run", "table-1", "--reduced", "--precision", "float16"], "unknown precision 'float16'; choose from float32"),
        (["run", "table-1", "--workers", "2"], "--workers, .* need --executor local or --executor slurm"),
        (
            ["run", "learnt-first", "--executor", "kubernetes"],
            "unknown executor 'kubernetes'; choose from local, slurm",
        ),
        (["run", "table-1", "--executor", "local", "--partition", "gpu"], "--partition, .* are settings of .* slurm"),
        (["weights", "stability"], "stability has no trained networks of its own"),
        (["weights", NAMED, "--seeds", "7"], "--seeds chooses .*; a run that is named has its own, so leave --seeds"),
        (["weights", "table-1", "--model", "resnet"], "no run of table-1 uses model resnet; choose from inception"),
        (["weights", "table-1", "--time-budget", "-1"], "--time-budget must be a number of seconds; got -1"),
        (["show", "mlp-1x512/nothing"], "there is no record .*nothing.json; 'rethinking status --json' lists"),
        (["show", "speed/mlp-1x512.float32"], "would be a measurement of a study, not a training run; and there is no"),
        (["data", "imagenet"], "unknown data set 'imagenet'; choose from cifar10"),
        (["data", "folder:/nowhere"], "/nowhere"),
        (["book", "--live", "--pdf"], "--live, --pdf and --strict are three ways to build; choose one"),
        (["book", "--port", "8001"], "--port 8001 is where --live serves; add --live"),
    ],
)
def test_what_cannot_be_done_is_refused_and_the_way_out_named(tmp_path, monkeypatch, capsys, arguments, message):
    monkeypatch.setenv("RETHINKING_RESULTS", str(tmp_path))
    monkeypatch.setattr(signal, "signal", lambda *_: None)  # pytest has its own
    monkeypatch.setattr(sys, "argv", ["rethinking", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    said = capsys.readouterr().err.replace("\n", " ")
    assert ended.value.code == 1 and said.startswith("error: ") and re.search(message, said), said


def test_a_mistake_gets_one_clear_line(results):
    done = rethinking("run", "table-9", RETHINKING_RESULTS=results)
    assert done.returncode == 1 and "Traceback" not in done.stderr and done.stderr.startswith("error: unknown")


def test_a_record_is_shown_by_its_name_and_by_its_files_path():
    name = "mlp-1x512/cifar10.true-labels.bfloat16.seed-0"
    shown = [rethinking("show", run, cwd=ROOT).stdout for run in (name, f"book/results/{name}.json")]
    assert name in shown[0] and shown[0] == shown[1]


def test_a_terminal_without_the_signs_gets_other_ones():
    done = rethinking("status", cwd=ROOT, PYTHONIOENCODING="ascii")
    assert done.returncode == 0 and "table-1" in done.stdout and "Traceback" not in done.stderr


@posix_only
def test_an_end_that_is_asked_for_clears_up(tmp_path):
    program = (
        "import sys, time\nfrom rethinking import cli\n"
        "def slow(name):\n    try:\n        print('began', flush=True)\n        time.sleep(60)\n"
        "    finally:\n        print('cleared', flush=True)\n"
        "cli.status.__globals__['load'] = lambda name, seeds: slow(name)\n"
        "sys.argv = ['rethinking', 'status']; cli.main()"
    )
    started = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert started.stdout.readline() == "began\n"
    started.terminate()
    assert started.communicate(timeout=60)[0] == "cleared\n" and started.returncode == 143
