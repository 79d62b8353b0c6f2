"""What the doctor says of a machine: all that a report of an error needs, and nothing private."""

from factory import record_of
from rethinking.doctor import examine
from rethinking.experiments import paper_run, records


def test_doctor_names_what_an_error_report_needs():
    found = examine()
    assert {"rethinking", "system", "device", "bfloat16", "packages", "data", "records", "browser"} <= set(found)
    assert "torch 2" in found["packages"] and "times the speed" in found["bfloat16"]


def test_doctor_counts_each_record_once_and_wants_data_that_can_be_read(tmp_path, monkeypatch):
    results, data = tmp_path / "results", tmp_path / "data"
    records.write(record_of(paper_run("mlp-1x512")), results)
    (data / "cifar-10-batches-py").mkdir(parents=True)
    monkeypatch.setenv("RETHINKING_RESULTS", str(results))
    monkeypatch.setenv("RETHINKING_DATA", str(data))
    found = examine()
    assert found["records"].startswith("1 done, "), "which four experiments share"
    assert found["data"].startswith("no full data set")
    (data / "cifar-10-batches-py" / "data_batch_1").touch()
    assert examine()["data"].startswith("no full data set"), "a file that is not whole"


def test_doctor_names_the_data_that_are_there(cifar10_folder):
    assert examine()["data"].startswith("cifar10")


def test_doctor_does_not_name_the_user(tmp_path, monkeypatch):
    results = tmp_path / "results"
    results.mkdir()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setenv("RETHINKING_RESULTS", str(results))
    found = examine()
    assert str(tmp_path) not in " ".join(found.values())
    assert "RETHINKING_RESULTS=~" in found["variables"] and "~" in found["records"]
