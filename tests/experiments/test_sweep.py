"""Workers in processes of their own: nothing is lost when one dies, and nothing is done twice."""

from __future__ import annotations

import json
import os
import signal
import stat
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
import torch

from rethinking.experiments import Measurement, Study, records, studies, sweep
from rethinking.experiments.sweep import SlurmJob, SweepError, Worker
from rethinking.experiments.wanted import Wanted
from systems import posix_only, wait_for

PATIENCE = 300
pytestmark = posix_only


@pytest.fixture(autouse=True)
def _own_folders(tmp_path, monkeypatch):
    monkeypatch.setenv("RETHINKING_RESULTS", str(tmp_path / "results"))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


@pytest.fixture
def runs(small_run):
    return tuple(small_run(train_size=1000, epochs=6, batch_size=20, seed=seed) for seed in range(4))


@pytest.fixture
def study():
    pure = Measurement("denominator", lambda report, of: {"denominator": of + 1}, {"of": 2})
    return Study("fractions", "Fractions", "nowhere", (pure,))


def said(jobs, word: str) -> Counter:
    """How often the workers' logs say that a run was begun or written."""
    logs = [job.paths.stdout for job in jobs]
    lines = [line for log in logs if log.exists() for line in log.read_text("utf-8").splitlines()]
    return Counter(line.split()[1] for line in lines if line.startswith(word))


def holders() -> set[int]:
    """The processes that hold a lease now."""
    found = set()
    for path in records.checkpoint_folder().rglob("*.lease-*"):
        try:
            found.add(json.loads(path.read_text("utf-8"))["pid"])
        except (OSError, ValueError):
            continue
    return found


def test_two_workers_one_killed_nothing_lost_and_nothing_done_twice(runs, study):
    worker = Worker(Wanted(runs, (study,)), device="cpu")
    started = sweep.start(worker, "local", 2)
    end = time.monotonic() + PATIENCE
    while len(found := holders()) < 2:
        assert time.monotonic() < end, [job.stderr() for job in started.jobs]
        time.sleep(0.01)
    os.kill(min(found), signal.SIGKILL)
    written = [record.run for record in started.follow()]

    assert not worker.wanted.left()
    assert sorted(written) == sorted([*(run.run for run in runs), "fractions/denominator"])
    assert set(said(started.jobs, "written").values()) == {1}
    assert sum(said(started.jobs, "began").values()) <= len(runs) + 1, "only the run in flight was begun again"
    assert studies.load(study).result("denominator") == {"denominator": 3}
    assert not list(records.checkpoint_folder().rglob("*.lease-*"))
    [failure] = started.failures()
    assert "its process was killed" in failure and ".err" in failure


def test_a_workers_error_is_told_in_its_own_words(small_run, monkeypatch, tmp_path):
    monkeypatch.setenv("RETHINKING_DATA", str(tmp_path / "empty"))
    worker = Worker(Wanted((small_run(dataset="cifar10"),)), device="cpu")
    started = sweep.start(worker, "local", 1)
    assert not list(started.follow())
    [failure] = started.failures()
    assert "CIFAR-10 is not" in failure and "rethinking data cifar10" in failure


def test_workers_end_when_nobody_follows_them_any_more(runs):
    started = sweep.start(Worker(Wanted(runs), device="cpu"), "local", 1)
    written = started.follow()
    next(written)
    written.close()
    wait_for(lambda: all(job.done() for job in started.jobs))


def test_a_time_budget_reaches_the_workers(runs):
    worker = Worker(Wanted(runs), device="cpu", time_budget=0.0)
    started = sweep.start(worker, "local", 1)
    assert not list(started.follow())
    assert not started.failures()
    assert len(worker.wanted.left()) == len(runs)


def executable(path: Path, text: str) -> None:
    path.write_text(f"#!{sys.executable}\n{text}", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


@pytest.fixture
def cluster(tmp_path, monkeypatch):
    """A stand-in for Slurm: ``sbatch`` keeps the script and runs each task of its array, ``srun`` runs the command."""
    folder = tmp_path / "cluster"
    folder.mkdir()
    executable(
        folder / "sbatch",
        f"""
import os, re, subprocess, sys
from pathlib import Path
kept = Path({str(folder)!r}, "script")
kept.write_text(Path(sys.argv[1]).read_text("utf-8"))
for task in range(int(re.search(r"--array=0-(\\d+)", kept.read_text("utf-8")).group(1)) + 1):
    ranks = dict.fromkeys(["SLURM_NODEID", "SLURM_LOCALID", "SLURM_PROCID"], "0")
    job = {{"SLURM_JOB_ID": f"{{100 + task}}", "SLURM_ARRAY_JOB_ID": "100", "SLURM_ARRAY_TASK_ID": f"{{task}}"}}
    quiet = {{"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "start_new_session": True}}
    subprocess.Popen(["bash", str(kept)], env={{**os.environ, **ranks, **job, "SLURM_JOB_NODELIST": "here"}}, **quiet)
print("Submitted batch job 100")
""",
    )
    executable(
        folder / "srun",
        f"""
import os, sys
for stream, option in ((1, "--output"), (2, "--error")):
    name = sys.argv[sys.argv.index(option) + 1].replace("%t", "0")
    name = name.replace("%A", os.environ["SLURM_ARRAY_JOB_ID"]).replace("%a", os.environ["SLURM_ARRAY_TASK_ID"])
    os.dup2(os.open(name, os.O_CREAT | os.O_WRONLY | os.O_APPEND), stream)
os.execv({sys.executable!r}, sys.argv[sys.argv.index({sys.executable!r}):])
""",
    )
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder


def test_a_cluster_is_asked_for_what_was_asked_and_its_workers_do_the_runs(runs, cluster):
    worker = Worker(Wanted(runs), device="cpu")
    started = sweep.start(worker, "slurm", 2, SlurmJob("gpu", gpus=1, minutes=240))
    assert [job.job_id for job in started.jobs] == ["100_0", "100_1"]
    script = (cluster / "script").read_text("utf-8")
    wanted = {"partition=gpu", "gpus-per-node=1", "time=240", "job-name=rethinking", "signal=USR2@60"}
    options = {line.removeprefix("#SBATCH --") for line in script.splitlines() if line.startswith("#SBATCH")}
    assert wanted <= options and any(option.startswith("array=0-1") for option in options)

    end = time.monotonic() + PATIENCE
    while worker.wanted.left() or list(records.checkpoint_folder().rglob("*.lease-*")):
        assert time.monotonic() < end, [job.stderr() for job in started.jobs]
        time.sleep(0.1)
    assert set(said(started.jobs, "written").values()) == {1} and len(said(started.jobs, "written")) == len(runs)


@pytest.mark.filterwarnings("ignore:No submission")
def test_a_worker_on_a_cluster_stops_before_its_job_is_stopped(runs, cluster, monkeypatch):
    import submitit

    submitted = []
    monkeypatch.setattr(submitit.AutoExecutor, "submit", lambda self, worker: submitted.append(worker))
    for budget, minutes, kept in ((None, 60, 3480.0), (100.0, 60, 100.0), (9999.0, 60, 3480.0)):
        sweep.start(Worker(Wanted(runs), time_budget=budget), "slurm", 1, SlurmJob(minutes=minutes))
        assert submitted[-1].time_budget == kept and not submitted[-1].wait


def test_a_worker_whose_node_is_wanted_back_is_queued_again_to_do_the_same(runs):
    worker = Worker(Wanted(runs))
    again = worker.checkpoint()
    assert again.function is worker and not again.args and not again.kwargs


def test_local_workers_share_cores_and_gpus(runs, monkeypatch):
    monkeypatch.setattr(torch, "get_num_threads", lambda: 8)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2,3")
    shares = sweep._sharing_this_machine(Worker(Wanted(runs), device="cpu"), 3)
    assert [(share.device, share.threads) for share in shares] == [("cpu", 2)] * 3
    assert all(share.wait and share.environment["CUDA_VISIBLE_DEVICES"] == "2,3" for share in shares)

    monkeypatch.setattr(sweep, "resolve", torch.device)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    devices = [share.device for share in sweep._sharing_this_machine(Worker(Wanted(runs), device="cuda"), 3)]
    assert devices == ["cuda:0", "cuda:1", "cuda:0"]
    assert [share.device for share in sweep._sharing_this_machine(Worker(Wanted(runs), device="cuda:1"), 2)] == [
        "cuda:1"
    ] * 2


@pytest.mark.parametrize(
    ("executor", "workers", "job", "words"),
    [
        ("kubernetes", 1, SlurmJob(), "kubernetes.*local, slurm"),
        ("local", 0, SlurmJob(), "--workers 0"),
        ("local", 1, SlurmJob("gpu"), "--partition.*slurm"),
        ("slurm", 1, SlurmJob(minutes=60), "no srun.*login node.*--executor local"),
    ],
)
def test_what_cannot_be_started_says_why(runs, executor, workers, job, words):
    with pytest.raises(SweepError, match=words):
        sweep.start(Worker(Wanted(runs), device="cpu"), executor, workers, job)


@pytest.mark.parametrize("minutes", [None, 4])
def test_a_cluster_needs_a_time_limit(runs, cluster, minutes):
    with pytest.raises(SweepError, match=f"--time.*got {minutes}"):
        sweep.start(Worker(Wanted(runs), device="cpu"), "slurm", 1, SlurmJob(minutes=minutes))


def test_what_slurm_refuses_is_told_in_its_words(runs, cluster):
    executable(cluster / "sbatch", "import sys; sys.exit('sbatch: error: invalid partition specified: typo')")
    with pytest.raises(SweepError, match="Slurm refuses the job: .*invalid partition specified: typo"):
        sweep.start(Worker(Wanted(runs), device="cpu"), "slurm", 1, SlurmJob("typo", minutes=60))


def test_without_submitit_it_says_what_to_install(runs, monkeypatch):
    monkeypatch.setitem(sys.modules, "submitit", None)
    with pytest.raises(SweepError, match="pip install submitit"):
        sweep.start(Worker(Wanted(runs), device="cpu"), "local", 2)
