"""Where many pages are to be executed, they are executed side by side.

Sphinx reads pages side by side only if every extension can put the parts together again, and sphinx-proof cannot. So
the pages are read twice: first by copies of this process, which leave nothing behind but executed cells in the cache,
and then one after the other as ever. The copies' kernels are copies too (``copies``).
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import sys

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

from rethinking.book.copies import copy_kernels
from rethinking.book.inputs import unexecuted
from rethinking.system import free_memory, processors

MOST = 8
BYTES = 1_500_000_000
"""What a page takes while it is executed: its kernel with torch, and a copy of Sphinx."""

log = logging.getLogger(__name__)


def pages_at_once() -> int:
    """As many as there are processors and memory for; one where a process cannot safely be copied."""
    if sys.platform != "linux":
        return 1
    return max(1, min(processors(), free_memory() // BYTES, MOST))


def _execute(app: Sphinx, env: BuildEnvironment, pages: list[str]) -> None:
    todo = unexecuted(app, env, pages)
    copies = min(pages_at_once(), len(todo))
    if copies < 2:
        return
    log.info("executing side by side, %d at once: %s", copies, ", ".join(todo))
    context = multiprocessing.get_context("fork")
    queue = context.SimpleQueue()
    for page in [*todo, *[None] * copies]:
        queue.put(page)
    workers = [context.Process(target=_work, args=(app, queue, processors() // copies)) for _ in range(copies)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


def _work(app: Sphinx, queue: multiprocessing.SimpleQueue, threads: int) -> None:
    os.environ.setdefault("OMP_NUM_THREADS", str(threads))  # else each page's kernel would ask for all processors
    silence = os.open(os.devnull, os.O_WRONLY)  # whatever is to be said is said when the page is read again
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    copy_kernels()
    while (page := queue.get()) is not None:
        with contextlib.suppress(Exception):
            app.builder.read_doc(page)
    os._exit(0)  # nothing of this process is wanted, its handlers at exit least


def setup(app: Sphinx) -> None:
    app.connect("env-before-read-docs", _execute)
