"""The built site, read as HTML: every page is there, cells ran, links land, pictures speak."""

from types import SimpleNamespace
from urllib.parse import unquote, urlsplit

import pytest
import yaml
from bs4 import BeautifulSoup

from chapters import HTML, PAGES, ROOT
from rethinking.book import site as site_extension


@pytest.mark.parametrize("page", PAGES)
def test_cells_ran_without_error(site, page):
    article = site[page].find("article")
    source = (ROOT / "book" / f"{page}.md").read_text("utf-8")
    if "{code-cell}" in source and "remove-input" not in source:
        assert article.select(".cell, .cell_input"), "no cell was executed"
    assert not article.select(".output.traceback")
    assert "Traceback (most recent call last)" not in article.get_text()


@pytest.mark.parametrize("page", PAGES)
def test_no_internal_link_is_broken(site, page):
    for link in site[page].find_all("a", href=True):
        parts = urlsplit(link["href"])
        if parts.scheme or parts.netloc:
            continue
        target = (HTML / f"{page}.html").parent / unquote(parts.path) if parts.path else HTML / f"{page}.html"
        assert target.exists(), link["href"]
        if parts.fragment and target.suffix == ".html":
            other = site.get(target.stem) or BeautifulSoup(target.read_text("utf-8"), "html.parser")
            assert other.find(id=unquote(parts.fragment)), link["href"]


@pytest.mark.parametrize("page", PAGES)
def test_references_resolved(site, page):
    article = site[page].find("article").get_text()
    assert "??" not in article and "{prf:ref}" not in article and "{glue" not in article and "{cite" not in article


@pytest.mark.parametrize("page", PAGES)
def test_a_percent_sign_stays_on_the_line_of_its_number(site, page):
    for paragraph in site[page].find("article").find_all("p"):
        words = [text for text in paragraph.find_all(string=True) if not text.find_parent(["code", "pre", "script"])]
        assert " %" not in "".join(words), paragraph.get_text()[:80]


def test_every_picture_has_alternative_text(site):
    pictures = [picture for soup in site.values() for picture in soup.select("article svg.figure, article img")]
    assert len(pictures) > 30
    for picture in pictures:
        assert len(picture.get("aria-label") or picture.get("alt", "")) > 40, str(picture)[:300]


def test_a_downloaded_notebook_has_the_kernel_that_readers_have():
    spec = {"name": "python3", "display_name": "Python 3, execution ab12", "language": "python"}
    downloaded = site_extension.notebook({"cells": [], "metadata": {"kernelspec": spec}})
    assert downloaded["metadata"]["kernelspec"] == {**spec, "display_name": "Python 3"}


def test_an_address_that_is_none_is_refused(monkeypatch):
    monkeypatch.setenv("RETHINKING_BASE_URL", "example.org/book")
    with pytest.raises(ValueError, match="must be an address like https://example.org/book/, not 'example.org/book/'"):
        site_extension.configure(None, SimpleNamespace())


def test_every_statement_has_a_proof(site):
    """A page has as many proofs as theorems, lemmas, corollaries and propositions, each after a statement."""
    found = 0
    for page, soup in site.items():
        statements = soup.select("div.theorem, div.lemma, div.corollary, div.proposition")
        proofs = [block for block in soup.select("div.proof") if set(block["class"]) == {"proof", "admonition"}]
        assert len(proofs) == len(statements), page
        found += len(proofs)
        in_order = soup.select("div.proof")
        for number, proof in enumerate(proofs, 1):  # a statement has the class of its kind as well
            before = in_order[: in_order.index(proof)]
            assert sum(block in statements for block in before) >= number, (page, proof.get_text()[:80])
    assert found > 30


def test_cards_for_social_networks_carry_the_books_name_and_emblem():
    config = yaml.safe_load((ROOT / "book" / "_config.yml").read_text("utf-8"))
    sphinx = config["sphinx"]["config"]
    assert sphinx["project"] == config["title"]
    assert (ROOT / "book" / sphinx["ogp_social_cards"]["image_mini"]).is_file()


def test_nothing_comes_from_another_host(site):
    for page, soup in site.items():
        for tag in soup.find_all(["script", "link", "img"]):
            address = tag.get("src") or (tag.get("href") if tag.name == "link" else None) or ""
            if tag.name == "link" and "stylesheet" not in tag.get("rel", []):
                continue
            assert not address.startswith(("http:", "https:", "//")), f"{page}: {address}"
