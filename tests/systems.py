"""What only some systems have, and waiting for other processes."""

import os
import time

import pytest

posix_only = pytest.mark.skipif(os.name != "posix", reason="this system has no POSIX signals or resource limits")


def wait_for(condition, seconds: float = 60) -> None:
    """Until ``condition()`` holds; fails where it does not within so many seconds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
