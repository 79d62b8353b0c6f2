"""Pages are executed again when the package, a record or a library changes."""

from types import SimpleNamespace

import pytest

from factory import record_of
from rethinking import book
from rethinking.experiments import paper_run, records


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("RETHINKING_RESULTS", str(tmp_path))
    return tmp_path


def test_a_new_or_changed_record_changes_the_digest(folder):
    before = book.digest()
    assert book.digest() == before
    path = records.write(record_of(paper_run("mlp-1x512"), test=0.5), folder)
    with_record = book.digest()
    assert with_record != before
    records.write(record_of(paper_run("mlp-1x512"), test=0.6), folder)
    assert book.digest() not in (before, with_record)
    path.unlink()
    assert book.digest() == before


def test_a_changed_library_changes_the_digest(folder, monkeypatch):
    before = book.digest()
    monkeypatch.setattr(book.metadata, "version", lambda name: "0")
    assert book.digest() != before


def test_under_a_new_digest_every_page_is_read_again_and_the_old_cache_goes(folder, tmp_path):
    app = SimpleNamespace(outdir=str(tmp_path / "_build" / "html"), config=SimpleNamespace())
    old = tmp_path / "_build" / ".jupyter_cache" / "old"
    old.mkdir(parents=True)
    book._choose_cache(app, app.config)
    assert not old.exists() and app.config.nb_execution_cache_path.endswith(book.digest())
    env = SimpleNamespace(found_docs={"index", "setup"})
    assert book._outdated(app, env, set(), set(), set()) == ["index", "setup"]
    assert book._outdated(app, env, set(), set(), set()) == []
