"""What this machine has: processors, memory, a browser, packages, and the date."""

from __future__ import annotations

import contextlib
import math
import os
import re
import shutil
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

BROWSER_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""For a browser that asks no other host for anything."""

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
CONTAINER = Path("/sys/fs/cgroup")
"""Where Linux tells a process in a container how much memory that may have."""


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def free_memory() -> int:
    """Bytes that can be had now, of the machine's memory and of what a container allows."""
    import psutil  # only here: training runs where it is not installed

    return int(min(psutil.virtual_memory().available, _left_in_the_container()))


def _left_in_the_container() -> float:
    """Bytes; files that are kept in memory, and can be dropped, are not counted as used."""
    with contextlib.suppress(OSError, ValueError):  # there is no container, or its limit is "max"
        limit, used = (int((CONTAINER / name).read_text("utf-8")) for name in ("memory.max", "memory.current"))
        kept = re.search(r"^inactive_file (\d+)$", (CONTAINER / "memory.stat").read_text("utf-8"), flags=re.M)
        return max(0, limit - used + (int(kept[1]) if kept else 0))
    return math.inf


def chromium() -> str | None:
    """``RETHINKING_CHROMIUM``, else the first Chromium in PATH; None if there is none."""
    return os.environ.get("RETHINKING_CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)


def version_of(package: str) -> str:
    """The version of an installed package; ``none`` where it is not installed."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "none"


def today() -> str:
    """The date, as 2017-04-24, in Greenwich."""
    return datetime.now(UTC).date().isoformat()
