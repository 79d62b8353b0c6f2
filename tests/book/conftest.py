"""The book, built once for all tests of it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from chapters import HTML, PAGES, ROOT


@pytest.fixture(scope="session")
def site() -> dict[str, BeautifulSoup]:
    """The pages, built by the README's own command; quick if they are built already."""
    command = [str(Path(sys.executable).with_name("jupyter-book")), "build", "book/"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RETHINKING_")}
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=900, env=environment)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return {page: BeautifulSoup((HTML / f"{page}.html").read_text("utf-8"), "html.parser") for page in PAGES}
