"""Kernels that have already imported what all pages import, since they are copies of one process that has.

Most pages take two seconds to import torch, matplotlib and the kernel, and less for everything else. The process that
is copied, Python's ``forkserver``, has imported these and nothing of this package. So a page uses the package's
modules and files that it would use with a kernel of its own, and ``rethinking.trace`` hears of all of them.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from importlib.metadata import EntryPoint
from multiprocessing.context import ForkServerProcess
from subprocess import Popen
from types import ModuleType
from typing import Any, cast

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning import KernelProvisionerFactory, LocalProvisioner

IMPORTED = ["ipykernel.kernelapp", "matplotlib.pyplot", "myst_nb", "scipy.linalg", "torch"]

BEGIN = """
import multiprocessing, os, runpy, sys, threading

def end_with_who_asked():
    multiprocessing.parent_process().join()
    os._exit(1)

threading.Thread(target=end_with_who_asked, daemon=True).start()
os.environ.clear()
os.environ.update(env)
os.chdir(cwd)
sys.argv[:] = argv
runpy.run_module("ipykernel_launcher", run_name="__main__", alter_sys=True)
"""
"""What a copy does; as text, since a function would bring its module along, and with it the package."""


class CopiedKernel(LocalProvisioner):
    """Where Jupyter would start a kernel's process, it gets a copy."""

    async def launch_kernel(self, cmd: list[str], **settings: Any) -> KernelConnectionInfo:
        arguments = ["ipykernel_launcher", *cmd[cmd.index("-f") :]]
        names = {"argv": arguments, "env": settings["env"], "cwd": settings.get("cwd") or os.getcwd()}
        process = multiprocessing.get_context("forkserver").Process(target=exec, args=(BEGIN, names))
        process.start()
        self.process = cast(Popen, _Handle(process))
        self.pid = process.pid
        return self.connection_info


class _Handle:
    """A process with the names of ``subprocess.Popen``, as Jupyter expects."""

    stdin = stdout = stderr = None

    def __init__(self, process: ForkServerProcess) -> None:
        self._process = process
        self.kill, self.terminate = process.kill, process.terminate

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self) -> int | None:
        self._process.join()
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        if self._process.pid is not None and self.poll() is None:
            os.kill(self._process.pid, number)


def copy_kernels() -> None:
    """From now on, the kernels of this process are copies. It must be a process that does nothing but execute pages."""
    sys.modules["__main__"] = ModuleType("__main__")  # else each copy would import what this process began with
    multiprocessing.set_forkserver_preload(IMPORTED)
    factory = KernelProvisionerFactory.instance()
    factory.provisioners["copied"] = EntryPoint("copied", f"{__name__}:{CopiedKernel.__name__}", factory.GROUP_NAME)
    factory.default_provisioner_name = "copied"
