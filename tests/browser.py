"""A headless Chromium for tests, the system's own, and a server for a built site."""

from __future__ import annotations

import functools
import http.server
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def chromium_path() -> str | None:
    """``RETHINKING_CHROMIUM``, else the first Chromium in PATH; None if there is none."""
    return os.environ.get("RETHINKING_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


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
        browser = running.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield browser
        browser.close()


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of a server on this machine that serves a folder."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
