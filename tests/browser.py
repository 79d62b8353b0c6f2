"""A headless Chromium for tests, the system's own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from rethinking.system import BROWSER_ARGUMENTS
from rethinking.system import chromium as chromium_path


@contextmanager
def chromium() -> Iterator:
    """A running browser; where there is none the test is skipped, or fails if RETHINKING_REQUIRE_CHROMIUM is set."""
    path = chromium_path()
    if path is None:
        if os.environ.get("RETHINKING_REQUIRE_CHROMIUM"):
            pytest.fail("no Chromium in PATH, and RETHINKING_REQUIRE_CHROMIUM is set: install chromium")
        pytest.skip("no Chromium in PATH; install chromium, or set RETHINKING_CHROMIUM to one")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as running:
        browser = running.chromium.launch(executable_path=path, args=list(BROWSER_ARGUMENTS))
        yield browser
        browser.close()
