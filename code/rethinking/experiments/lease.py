"""Who is at what: leases, so that any number of workers on any number of hosts share work and do none of it twice.

A lease is a small file, ``<name>.lease-<generation>``, in a folder that all workers see; leases of runs lie beside the
runs' checkpoints, because whoever takes over a run goes on from its checkpoint. The operating system's file locks would
be simpler, but many shared file systems do not carry them from host to host.

**Holding.** Whoever creates generation g holds the lease while g is the newest generation and beats: a thread touches
the file every ``HEARTBEAT`` seconds, and the holder touches it after each epoch.

**Taking over.** A generation is over when its holder has released it (its time is set to zero), when its holder was a
process of this machine that no longer exists, or when it has been watched for ``EXPIRY`` seconds without a beat.
The watcher times this with its own clock and only compares the file's time with the file's earlier time, so clocks of
different hosts may differ by any amount. To take over generation g is to create generation g + 1, exclusively.

**Why exactly one contender succeeds.** Exclusive creation is one operation of the file system, on network file systems
as well: of all who try to create g + 1, one succeeds. No step of taking over removes a file, so a slow contender cannot
mistake the new lease for the old one: all it can do with its stale verdict "g is over" is to fail to create g + 1.

**Why a holder that was wrongly given up does no harm.** A holder can be suspended, or cut off, for longer than
``EXPIRY`` and come back. After each epoch it looks for a later generation, and stops without writing if there is one.
Between that look and its last step another might still take over; so before it writes the result it seals the lease: it
creates generation g + 1 itself. Sealing and being taken over are the creation of the same file, so one excludes the
other; and if the other has finished and cleared that file away, generation g went before it, which the sealer sees. So
no two holders of a lease write a result, unless the first stalls once more for the whole of ``EXPIRY`` in the moment
between sealing and writing. Then both write whole files of the same content.

**Clearing away.** After the result is in place the holder removes all generations, oldest first. A contender so slow
that it now creates a generation of the cleared lease holds it rightly; it finds the work done, as everyone looks after
taking a lease and before working.

A lease file that cannot be read (its writer was killed in between) tells nothing about its holder: it expires by
watching alone. A touch that fails, on a full disk or an absent server, is tried again at the next beat.
"""

from __future__ import annotations

import contextlib
import glob
import json
import math
import os
import platform
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from rethinking.experiments.records import RecordError, check_writable

HEARTBEAT = 5.0
"""Seconds between two touches of a lease that is held."""

EXPIRY = 120.0
"""Seconds without a touch after which whoever watched them takes the lease over."""

RELEASED = 0
Work = TypeVar("Work")


class LeaseLost(Exception):
    """Another worker has taken the lease over; what this one was doing is the other's now."""


class Lease:
    """A lease that this process holds, from ``Leases.take``; leaving it as a context releases it."""

    def __init__(self, folder: Path, name: str, generation: int) -> None:
        self._folder, self._name, self.generation = folder, name, generation
        _create(self._path)
        self._cleared = False
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat, name=f"lease of {name}", daemon=True)
        self._thread.start()

    @property
    def _path(self) -> Path:
        return _path(self._folder, self._name, self.generation)

    def renew(self) -> None:
        """Touch the lease.

        Raises:
            LeaseLost: another worker has taken it over, or somebody removed its file.
        """
        try:
            os.utime(self._path)
        except FileNotFoundError:
            raise LeaseLost(self._name) from None
        except OSError:
            pass  # as in _beat
        if _newest(self._folder, self._name) > self.generation:
            raise LeaseLost(self._name)

    def renewing(self, report: Callable[..., object]) -> Callable[..., None]:
        """``report``, followed by ``renew``: for whatever reports its progress."""

        def report_and_renew(*what: object) -> None:
            report(*what)
            self.renew()

        return report_and_renew

    def seal(self) -> None:
        """Make sure that nobody has taken the lease over, nor can while the result is written.

        Raises:
            LeaseLost: somebody has.
            RecordError: the folder cannot be written.
        """
        after = _path(self._folder, self._name, self.generation + 1)
        try:
            _create(after)
        except FileExistsError:
            raise LeaseLost(self._name) from None
        if not self._path.exists():  # another has finished and cleared its own away, which was this one
            after.unlink(missing_ok=True)
            raise LeaseLost(self._name)
        self.generation += 1

    def is_cleared(self) -> bool:
        """Whether all generations are gone: whoever took the lease over has finished."""
        return _newest(self._folder, self._name) == 0

    def finish(self) -> None:
        """The work is done and its result in place: clear the lease away."""
        self._stop()
        for generation in range(1, self.generation + 1):
            with contextlib.suppress(OSError):
                _path(self._folder, self._name, generation).unlink()
        self._cleared = True

    def __enter__(self) -> Lease:
        return self

    def __exit__(self, *exc: object) -> None:
        self._stop()
        if self._cleared:  # a file of that name is another worker's by now
            return
        with contextlib.suppress(OSError):  # the disk is gone: then it expires
            os.utime(self._path, ns=(RELEASED, RELEASED))

    def _stop(self) -> None:
        self._ended.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self._ended.wait(HEARTBEAT):
            with contextlib.suppress(OSError):
                os.utime(self._path)


class Leases:
    """The leases in a folder as one worker sees them; it remembers which it has watched, and for how long."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._watched: dict[Path, _Watch] = {}

    def take(self, name: str) -> Lease | None:
        """The lease called ``name``; None if another worker holds it, or may hold it.

        Raises:
            RecordError: the folder cannot be written.
        """
        newest = _newest(self._folder, name)
        if newest and not self._is_over(_path(self._folder, name, newest)):
            return None
        try:
            return Lease(self._folder, name, newest + 1)
        except FileExistsError:  # another contender was first
            return None

    def is_held(self, name: str) -> bool:
        """Whether the lease was seen to beat; before that, and unless it is given up, its holder may be dead."""
        watch = self._watched.get(_path(self._folder, name, _newest(self._folder, name)))
        return watch is not None and watch.beats

    def _is_over(self, path: Path) -> bool:
        content = b""
        try:
            with contextlib.suppress(PermissionError), path.open("rb") as file:
                content = file.read()  # to open a file also asks the server, where to stat it may ask a cache
            stamp = path.stat().st_mtime_ns
        except OSError:  # cleared away since it was listed, or out of reach for now
            return False
        if stamp == RELEASED or _is_dead(content):
            return True
        watch = self._watched.setdefault(path, _Watch(stamp, time.monotonic()))
        if stamp != watch.stamp:
            self._watched[path] = _Watch(stamp, time.monotonic(), beats=True)
            return False
        return time.monotonic() - watch.since >= EXPIRY


@dataclass(frozen=True)
class _Watch:
    """A lease file's time, since when (on this worker's clock) it has been that, and whether it ever changed."""

    stamp: int
    since: float
    beats: bool = False


def share(
    work: Iterable[Work],
    folder: Path,
    *,
    name: Callable[[Work], str],
    result: Callable[[Work], Path],
    is_done: Callable[[Work], bool],
    wait: bool = False,
    deadline: float = math.inf,
) -> Iterator[tuple[Work, Lease]]:
    """Each piece of work that is not done and that nobody else is at, with its lease, one after the other.

    Pieces that others are at are looked at again when the rest is done, and taken if their holders are dead by then.

    Args:
        work: the pieces, in the order to do them.
        folder: where their leases lie.
        name: of a piece's lease; may contain slashes.
        result: the file a piece ends in.
        is_done: whether that file is there and right; asked again, of all hosts, once the lease is taken.
        wait: whether to stay while others are at the last pieces, to take over from those that die; if False, only
            as long as it takes to tell the living from the dead.
        deadline: of ``time.monotonic()``; no longer wait is begun.

    Yields:
        (piece, lease); the caller leaves the lease as a context, after ``finish`` if the piece is done.

    Raises:
        RecordError: the folder, or a result's, cannot be written.
    """
    leases = Leases(folder)
    left = list(work)
    while left := [piece for piece in left if not is_done(piece)]:
        taken = False
        for piece in left:
            lease = leases.take(name(piece))
            if lease is None:
                continue
            taken = True
            with contextlib.ExitStack() as stack:
                stack.enter_context(lease)
                check_writable(result(piece).parent)
                if is_done(piece):  # by another worker, since the list was made
                    lease.finish()
                    continue
                stack.pop_all()  # the caller leaves it
            yield piece, lease
        if not taken:
            undecided = any(not leases.is_held(name(piece)) for piece in left)
            if not (wait or undecided) or time.monotonic() + HEARTBEAT > deadline:
                return
            time.sleep(HEARTBEAT)


def _path(folder: Path, name: str, generation: int) -> Path:
    return folder / f"{name}.lease-{generation}"


def _newest(folder: Path, name: str) -> int:
    """The newest generation of a lease; 0 if there is none."""
    start = _path(folder, name, 0).name[:-1]
    ends = (path.name.removeprefix(start) for path in (folder / name).parent.glob(f"{glob.escape(start)}*"))
    return max((int(end) for end in ends if end.isdigit()), default=0)


def _create(path: Path) -> None:
    """Create a lease file that is not there.

    Raises:
        FileExistsError: it is there.
        RecordError: it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _cannot_write(path, error) from error
    try:
        with path.open("x", encoding="utf-8") as file:
            started = datetime.now(UTC).isoformat(timespec="seconds")
            json.dump({"host": platform.node(), "pid": os.getpid(), "machine": _machine(), "since": started}, file)
    except FileExistsError:
        raise
    except OSError as error:
        with contextlib.suppress(OSError):
            os.utime(path, ns=(RELEASED, RELEASED))
        raise _cannot_write(path, error) from error


def _cannot_write(path: Path, error: OSError) -> RecordError:
    return RecordError(
        f"cannot write the lease {path} ({error.strerror}); make room or make the folder writable, or set "
        "RETHINKING_CHECKPOINTS to another folder, the same for all workers"
    )


def _is_dead(content: bytes) -> bool:
    """Whether a lease's holder was a process of this machine that is there no more.

    A process that is there may be another of the same number, so it proves nothing, and the beats decide.
    """
    try:
        holder = json.loads(content)
        here, pid = holder["machine"] == _machine(), int(holder["pid"])
    except (ValueError, KeyError, TypeError):
        return False
    if not here or os.name != "posix":
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except OSError:  # it is another user's
        return False
    return False


def _machine() -> str:
    """What two processes must have in common for their process numbers to mean the same: host, boot, and container."""
    parts = [platform.node()]
    with contextlib.suppress(OSError):  # elsewhere than on Linux the host must do
        parts.append(Path("/proc/sys/kernel/random/boot_id").read_text(encoding="utf-8").strip())
        parts.append(os.readlink("/proc/self/ns/pid"))
    return " ".join(parts)
