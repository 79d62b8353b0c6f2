"""What measurements ask of the machine, each in a process of its own."""

import contextlib
import os
import subprocess
import sys

import pytest

from rethinking.experiments import Measurement, Study, machine, measure
from rethinking.experiments.machine import accelerator, devices_given, measuring
from rethinking.training import DeviceError


def said(program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env={**os.environ, "CUDA_VISIBLE_DEVICES": ""}
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_studies_are_known_where_there_is_no_resource_module():
    blocked = "import sys; sys.modules['resource'] = None\nfrom rethinking import experiments\n"
    assert said(blocked + "print(experiments.load('table-3').experiment.name)") == "table-3"


def test_measurements_compute_where_they_are_told_to():
    with measuring("cpu"):
        assert accelerator() == "cpu"
    with pytest.raises(DeviceError, match="quantum"), measuring("quantum"):
        pass


def test_what_was_asked_for_an_accelerator_is_known():
    with measuring("cpu"), devices_given() as given:
        assert given == [] and accelerator() == "cpu" and given == ["cpu"]


@pytest.mark.parametrize(("asks", "place"), [(True, "cuda:1"), (False, "cpu")])
def test_a_record_names_the_device_that_its_measurement_asked_for(tmp_path, monkeypatch, asks, place):
    monkeypatch.setattr(measure, "measuring", lambda *_: contextlib.nullcontext())
    monkeypatch.setattr(measure, "describe", lambda device: {"device": str(device)})
    token = machine._device.set("cuda:1")
    study = Study("asking", "", "", (Measurement("one", lambda report: {"on": accelerator()} if asks else {}),))
    (record,) = measure.measure_missing(study, folder=tmp_path)
    machine._device.reset(token)
    assert record.environment["device"] == place


def test_memory_is_measured_if_it_was_then_that_it_grew():
    program = """
from rethinking.experiments.machine import PeakMemory
memory = PeakMemory()
held = bytearray(b"x" * 300_000_000)
print(memory.bytes() > 200_000_000)
del held
print(PeakMemory().bytes())
"""
    assert said(program).split() == ["True", "None"]
    held = bytearray(b"x" * 1_000_000_000)
    assert said(program).split() == ["True", "None"], "what this process has had is not that one's"
    del held
