"""A copied kernel is as a kernel of its own would be, but has imported what all pages import."""

import json
import os
import subprocess
import sys

import psutil
import pytest

from rethinking.book import parallel
from systems import wait_for

pytestmark = pytest.mark.skipif(parallel.pages_at_once() < 2, reason="this machine executes one page at a time")

CELL = """
import json, os, sys
package = sorted(name for name in sys.modules if name.startswith("rethinking"))
print(json.dumps({
    "torch": "torch" in sys.modules, "package": package, "main": __name__, "folder": os.getcwd(),
    "page": os.environ["PAGE"], "outer": "OUTER" in os.environ, "kernel": os.getpid(), "parent": os.getppid(),
}))
"""
EXECUTE = """
import json, os, sys
import nbformat
from nbclient import NotebookClient
from rethinking.book.copies import copy_kernels

copy_kernels()
for page in sys.argv[2:]:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(sys.argv[1])])
    environment = {name: value for name, value in os.environ.items() if name != "OUTER"} | {"PAGE": page}
    NotebookClient(notebook, timeout=60).execute(cwd=page, env=environment)
    (output,) = notebook.cells[0].outputs
    print(output["text"], flush=True)
"""


def test_each_has_its_folder_and_environment_and_none_has_the_package(tmp_path):
    pages = [tmp_path / name for name in ("one", "two")]
    for page in pages:
        page.mkdir()
    command = [sys.executable, "-c", EXECUTE, CELL, *map(str, pages)]
    done = subprocess.run(command, env={**os.environ, "OUTER": "1"}, capture_output=True, text=True, check=True)
    found = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    for page, kernel in zip(pages, found, strict=True):
        assert kernel["torch"] and kernel["package"] == [] and kernel["main"] == "__main__"
        assert kernel["folder"] == str(page) and kernel["page"] == str(page) and not kernel["outer"]
    one, two = found
    assert one["parent"] == two["parent"] and one["kernel"] != two["kernel"]
    wait_for(lambda: not any(psutil.pid_exists(kernel[name]) for kernel in found for name in ("kernel", "parent")))


def test_an_error_in_a_cell_is_reported(tmp_path):
    command = [sys.executable, "-c", EXECUTE, "1 / 0", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode and "ZeroDivisionError" in done.stderr


def test_none_outlives_the_process_that_asked_for_it(tmp_path):
    note = tmp_path / "kernel.txt"
    cell = f"import os, pathlib, time; pathlib.Path({str(note)!r}).write_text(str(os.getpid())); time.sleep(600)"
    asking = subprocess.Popen([sys.executable, "-c", EXECUTE, cell, str(tmp_path)])
    wait_for(lambda: note.exists() and note.read_text("utf-8"))
    kernel = psutil.Process(int(note.read_text("utf-8")))
    asking.kill()
    asking.wait()
    wait_for(lambda: not kernel.is_running())
