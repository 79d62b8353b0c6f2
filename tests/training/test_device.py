"""Where a record says that it was made."""

import re
import subprocess

import torch

from rethinking.training import device


def test_the_revision_is_that_of_the_package(tmp_path, monkeypatch):
    module = tmp_path / "code" / "rethinking" / "training" / "device.py"
    module.parent.mkdir(parents=True)
    module.touch()
    monkeypatch.setattr(device, "__file__", str(module))

    def git(*arguments: str) -> None:
        who = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.org")
        subprocess.run(["git", "-C", str(tmp_path), *who, *arguments], check=True, capture_output=True)

    def revision() -> object:
        return device.describe(torch.device("cpu"))["revision"]

    git("init")
    assert revision() is None, "git does not know the package"
    git("add", ".")
    git("commit", "-m", "all of it")
    assert re.fullmatch("[0-9a-f]{12}", revision())
    (tmp_path / "README").touch()
    assert re.fullmatch("[0-9a-f]{12}", revision()), "what changed is not the package's"
    module.write_text("changed = True")
    assert revision().endswith("-dirty")
