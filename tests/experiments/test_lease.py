"""Leases: one holder at a time, whatever dies, stalls, or fills up, and whatever the clocks say."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rethinking.experiments import RecordError, lease
from rethinking.experiments.lease import LeaseLost, Leases, share
from systems import posix_only, wait_for

HOLDER = """
import sys, time
from pathlib import Path
from rethinking.experiments.lease import Leases
held = Leases(Path(sys.argv[1])).take("work")
print("holds" if held else "waits", flush=True)
time.sleep(60)
"""

CONTENDER = """
import sys, time
from pathlib import Path
from rethinking.experiments import lease
lease.HEARTBEAT, lease.EXPIRY = 0.05, 0.5
mine = lease.Leases(Path(sys.argv[1]))
end = time.monotonic() + 3
print("ready", flush=True)
sys.stdin.readline()
while time.monotonic() < end:
    held = mine.take("work")
    if held is not None:
        print("took", held.generation, flush=True)
        time.sleep(3)
        break
"""


@pytest.fixture(autouse=True)
def fast(monkeypatch):
    """Beats and expiry that a test can wait for, far enough apart for a busy machine."""
    monkeypatch.setattr(lease, "HEARTBEAT", 0.05)
    monkeypatch.setattr(lease, "EXPIRY", 1.5)


@pytest.fixture
def folder(tmp_path) -> Path:
    return tmp_path / "leases"


def leave_behind(folder: Path, generation: int = 1, content: str | bytes | None = None) -> Path:
    """The lease file of a holder on another host that no longer beats."""
    folder.mkdir(exist_ok=True)
    path = folder / f"work.lease-{generation}"
    if content is None:
        content = json.dumps({"host": "elsewhere", "pid": 1, "machine": "elsewhere"})
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def wait_until_taken(leases: Leases, seconds: float = 20) -> tuple[lease.Lease, float]:
    """The lease, when it is to be had, and how long that took."""
    start = time.monotonic()
    while (held := leases.take("work")) is None:
        assert time.monotonic() - start < seconds, "the lease never expired"
        time.sleep(0.02)
    return held, time.monotonic() - start


def age(path: Path, seconds: float) -> None:
    os.utime(path, (time.time() - seconds,) * 2)


def test_one_holder_at_a_time(folder):
    with Leases(folder).take("work") as held:
        assert Leases(folder).take("work") is None
        assert Leases(folder).take("other work") is not None
        held.renew()
    with Leases(folder).take("work") as again:
        assert again.generation == 2
        again.finish()
    assert not list(folder.glob("work.*"))


def test_a_holder_that_beats_keeps_its_lease_however_long_its_epoch(folder):
    contender = Leases(folder)
    with Leases(folder).take("work") as held:
        end = time.monotonic() + 3 * lease.EXPIRY
        while time.monotonic() < end:
            assert contender.take("work") is None
            time.sleep(0.02)
        assert contender.is_held("work")
        held.renew()


def test_a_lease_without_beats_expires_and_no_sooner(folder):
    leave_behind(folder)
    held, waited = wait_until_taken(Leases(folder))
    with held:
        assert held.generation == 2
    assert waited >= lease.EXPIRY


@pytest.mark.parametrize("hours", [-48, 48])
def test_clocks_of_hosts_may_differ(folder, hours):
    """A beat stamped by a clock two days off is a beat, and a silent lease of such a host expires all the same."""
    path = leave_behind(folder)
    contender = Leases(folder)
    beats, end = 0, time.monotonic() + 2 * lease.EXPIRY
    while time.monotonic() < end:
        beats += 1
        age(path, 3600 * hours - 0.05 * beats)
        assert contender.take("work") is None
        time.sleep(0.05)
    held, waited = wait_until_taken(contender)
    with held:
        assert waited >= lease.EXPIRY / 2


@pytest.mark.parametrize("content", ["", '{"host": "here", "pi', "[]", '{"machine": null}', b"\xff\xfe"])
def test_a_half_written_lease_expires(folder, content):
    leave_behind(folder, content=content)
    held, waited = wait_until_taken(Leases(folder))
    with held:
        assert waited >= lease.EXPIRY


@posix_only
def test_a_dead_process_of_this_machine_is_seen_at_once(folder, start_python, monkeypatch):
    monkeypatch.setattr(lease, "EXPIRY", 3600.0)
    holder = start_python(HOLDER, folder)
    assert holder.stdout.readline() == "holds\n"
    assert Leases(folder).take("work") is None
    holder.send_signal(signal.SIGKILL)
    holder.communicate()
    with Leases(folder).take("work") as held:
        assert held.generation == 2


@posix_only
def test_a_process_number_means_nothing_on_another_machine(folder, start_python):
    holder = start_python(HOLDER, folder)
    assert holder.stdout.readline() == "holds\n"
    holder.send_signal(signal.SIGKILL)
    holder.communicate()
    path = folder / "work.lease-1"
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), "machine": "the same host after a restart"}))
    assert Leases(folder).take("work") is None


def test_of_several_contenders_for_an_expired_lease_one_takes_it(folder):
    leave_behind(folder, generation=3)
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    contenders = [
        subprocess.Popen(
            [sys.executable, "-c", CONTENDER, str(folder)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
        )
        for _ in range(4)
    ]  # fmt: skip
    for process in contenders:
        assert process.stdout.readline() == "ready\n"
    for process in contenders:  # all watch the same lease from now on
        process.stdin.write("\n")
        process.stdin.flush()
    said = [process.communicate(timeout=60)[0] for process in contenders]
    assert Counter(said) == {"took 4\n": 1, "": 3}


def test_of_many_who_find_a_lease_over_at_the_same_moment_one_takes_it(folder, monkeypatch):
    monkeypatch.setattr(Leases, "_is_over", lambda self, path: path.name.endswith("lease-1"))
    folder.mkdir()
    ready = threading.Barrier(8)

    def contend(name: str) -> lease.Lease | None:
        ready.wait(timeout=30)
        return Leases(folder).take(name)

    with ThreadPoolExecutor(8) as pool:
        for attempt in range(100):
            (folder / f"work-{attempt}.lease-1").touch()
            taken = [held for held in pool.map(contend, [f"work-{attempt}"] * 8) if held is not None]
            assert [held.generation for held in taken] == [2]
            taken[0].finish()


def test_a_contender_with_a_stale_verdict_cannot_take_a_lease_just_taken(folder, monkeypatch):
    """Two find the same lease over; the second acts only after the first has taken it."""
    leave_behind(folder)
    slow, quick = Leases(folder), Leases(folder)
    taken = []

    def verdict_then_sleep(self, path):
        if self is slow:
            monkeypatch.setattr(Leases, "_is_over", lambda self, path: True)
            taken.append(quick.take("work"))
        return True

    monkeypatch.setattr(Leases, "_is_over", verdict_then_sleep)
    assert slow.take("work") is None
    with taken[0] as held:
        held.renew()
        held.seal()


def test_a_holder_given_up_by_mistake_finds_out_and_does_not_write(folder, monkeypatch):
    with Leases(folder).take("work") as stalled:
        monkeypatch.setattr(Leases, "_is_over", lambda self, path: True)
        with Leases(folder).take("work") as other:
            for step in (stalled.renew, stalled.seal):
                with pytest.raises(LeaseLost):
                    step()
            other.renew()
            other.seal()
            other.finish()
        for step in (stalled.renew, stalled.seal):
            with pytest.raises(LeaseLost):
                step()
    assert not list(folder.rglob("*.lease-*")), "nothing is left of either"


def test_to_leave_a_finished_lease_does_not_release_that_of_the_next_holder(folder):
    with Leases(folder).take("work") as first:
        first.finish()
        second = Leases(folder).take("work")
    assert Leases(folder).take("work") is None
    with second:
        second.renew()


def test_nobody_can_take_over_a_sealed_lease_on_an_older_verdict(folder, monkeypatch):
    with Leases(folder).take("work") as held:
        late = Leases(folder)

        def seal_meanwhile(self, path):
            held.seal()
            return True

        monkeypatch.setattr(Leases, "_is_over", seal_meanwhile)
        assert late.take("work") is None
        held.renew()


def test_a_lease_whose_file_was_removed_is_lost(folder):
    with Leases(folder).take("work") as held:
        (folder / "work.lease-1").unlink()
        with pytest.raises(LeaseLost):
            held.renew()


def test_a_touch_that_fails_is_tried_again(folder, monkeypatch):
    """A disk that is full for a moment costs nothing; one that stays so costs the lease, not the work of others."""
    real, failures = os.utime, []

    def full(*arguments, **options):
        failures.append(arguments)
        raise OSError(errno.ENOSPC, "No space left on device")

    with Leases(folder).take("work") as held:
        with monkeypatch.context() as patch:
            patch.setattr(os, "utime", full)
            held.renew()
            wait_for(lambda: len(failures) >= 5)
        assert os.utime is real
        contender = Leases(folder)
        assert contender.take("work") is None
        wait_for(lambda: contender.take("work") or contender.is_held("work"))
        assert contender.is_held("work")
        held.renew()


def test_a_full_disk_gives_no_lease_and_says_so(folder, monkeypatch):
    def full(*arguments, **options):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(json, "dump", full)
        with pytest.raises(RecordError, match="No space left.*RETHINKING_CHECKPOINTS"):
            Leases(folder).take("work")
    with Leases(folder).take("work") as held:  # at once: the file that could not be filled counts as released
        assert held.generation == 2


def test_a_folder_that_cannot_be_is_an_error(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(RecordError, match="file/leases"):
        Leases(tmp_path / "file" / "leases").take("work")


def shared(folder, done: set[str], pieces=("a", "b", "c"), **options):
    named = {"name": lambda piece: f"kind/{piece}", "result": lambda piece: folder / "results" / piece}
    return share(pieces, folder, **named, is_done=done.__contains__, **options)


def test_shared_work_is_done_once_and_cleared_away(folder):
    done, order = set(), []
    for piece, held in shared(folder, done):
        with held:
            order.append(piece)
            done.add(piece)
            held.finish()
    assert order == ["a", "b", "c"]
    assert not list(folder.rglob("*.lease-*"))


def test_what_another_worker_is_at_is_left_to_it(folder):
    done = set()
    with Leases(folder).take("kind/b"):
        for piece, held in shared(folder, done):
            with held:
                done.add(piece)
                held.finish()
    assert done == {"a", "c"}


def test_work_of_a_worker_that_died_elsewhere_is_taken_over_without_waiting_to_be_asked(folder):
    done = set()
    (folder / "kind").mkdir(parents=True)
    (folder / "kind" / "b.lease-1").write_text("")
    for piece, held in shared(folder, done):
        with held:
            done.add(piece)
            held.finish()
    assert done == {"a", "b", "c"}


@posix_only
def test_a_waiting_worker_takes_over_from_one_that_dies_later(folder, start_python):
    holder = start_python(HOLDER.replace('"work"', '"kind/b"'), folder)
    assert holder.stdout.readline() == "holds\n"
    done = set()
    for piece, held in shared(folder, done, wait=True):
        with held:
            done.add(piece)
            held.finish()
        if done == {"a", "c"}:
            holder.send_signal(signal.SIGKILL)
            holder.communicate()
    assert done == {"a", "b", "c"}


def test_waiting_ends_at_the_deadline(folder):
    start = time.monotonic()
    with Leases(folder).take("kind/b"):
        pieces = list(shared(folder, {"a", "c"}, wait=True, deadline=start + 1))
    assert not pieces and time.monotonic() - start < 30


def test_work_done_by_another_since_the_list_was_made_is_not_done_again(folder, monkeypatch):
    answers = iter([False, True, True])
    done = lambda piece: next(answers)  # noqa: E731
    assert not list(share(["a"], folder, name=str, result=folder.joinpath, is_done=done))
    assert not list(folder.rglob("*.lease-*"))
