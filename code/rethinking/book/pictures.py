"""Figures on the page: SVG drawings become part of it, so that they follow its theme and can be signed with links.

Their colours become the page's variables (``rethinking.colors``). Below a figure that carries its provenance stands
what it was trained on, the command that makes it again, and its records, which are copied into the site.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Iterable
from html import escape
from pathlib import Path
from xml.etree import ElementTree

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

from rethinking.colors import themed
from rethinking.experiments import results_folder
from rethinking.figures.style import Provenance

DUBLIN_CORE = "{http://purl.org/dc/elements/1.1/}"
PIXELS_PER_POINT = 4 / 3
NARROW = 560
"""Pixels; a narrower figure is legible on a phone, a wider one keeps its size there and scrolls."""

logger = logging.getLogger(__name__)


def inline(svg: str, alt: str) -> str:
    """A matplotlib drawing as a part of an HTML page.

    Args:
        svg: the whole file.
        alt: what a reader who does not see it is told.

    Raises:
        ValueError: not an SVG file with a ``viewBox``.
    """
    match = re.search(r'<svg\b[^>]*?viewBox="([\d. -]+)"[^>]*>(.*)</svg>', svg, flags=re.S)
    if match is None:
        raise ValueError(f"not an SVG file with a viewBox: {svg[:60]!r}")
    box, body = match.groups()
    body = re.sub(r"<metadata>.*?</metadata>|<style\b.*?</style>|<!--.*?-->", "", body, flags=re.S)
    own = "f" + hashlib.sha256(body.encode()).hexdigest()[:8] + "-"  # several figures on one page
    body = re.sub(r'\bid="', f'id="{own}', body)
    body = re.sub(r'(xlink:href="#|url\(#)', rf"\g<1>{own}", body)
    body = re.sub(r"\n\s*", "\n", themed(body)).strip()
    width = float(box.split()[2]) * PIXELS_PER_POINT
    kind = "figure narrow" if width < NARROW else "figure"
    return (
        f'<div class="drawing"><svg class="{kind}" role="img" aria-label="{escape(alt)}" viewBox="{box}" '
        f'style="width: {width:.0f}px; stroke-linejoin: round" '
        f'xmlns:xlink="http://www.w3.org/1999/xlink">{body}</svg></div>'
    )


def provenance_of(svg: str) -> Provenance | None:
    """What ``BookFigure`` wrote into the file about where its numbers come from; None if it is not signed."""
    if "<metadata>" not in svg:
        return None
    found = ElementTree.fromstring(svg)

    def texts(tag: str) -> list[str]:
        return [text for node in found.iter(DUBLIN_CORE + tag) if (text := "".join(node.itertext()).strip())]

    made, command = texts("description"), texts("source")
    records = tuple(text for node in found.iter(DUBLIN_CORE + "relation") for text in "".join(node.itertext()).split())
    return Provenance(made[0], command[0], records) if made and command else None


def behind(provenance: Provenance, root: str) -> str:
    """The words below a figure, folded: what it was made of, how to make it again, its records as links.

    Args:
        root: from the page to the site's top, ``""`` or ``"../"``.
    """
    links = [
        f'<a href="{root}results/{escape(record)}">{escape(record.removesuffix(".json"))}</a>'
        for record in provenance.records
    ]
    rows = [
        ("Made of", escape(provenance.made)),
        ("Again", f"<code>{escape(provenance.command)}</code>"),
        ("Records", ", ".join(links) or "none yet"),
    ]
    body = "".join(f"<dt>{name}</dt><dd>{text}</dd>" for name, text in rows)
    return f'<details class="behind"><summary>Behind this figure</summary><dl>{body}</dl></details>'


class InlineFigures(SphinxPostTransform):
    """Puts the page's SVG images into the page, and below each signed figure what is behind it."""

    default_priority = 5  # before Sphinx collects images to copy
    formats = ("html",)

    def run(self, **kwargs: object) -> None:
        for image in list(self.document.findall(nodes.image)):
            file = Path(self.env.srcdir) / image["uri"]
            if file.suffix != ".svg" or not file.is_file():
                continue
            svg = file.read_text(encoding="utf-8")
            try:
                html = inline(svg, image.get("alt", ""))
            except ValueError as error:
                logger.warning("%s: %s", image["uri"], error, location=image)
                continue
            drawing = nodes.raw("", html, format="html")
            image.replace_self(drawing)
            if provenance := provenance_of(svg):
                self._explain(drawing, provenance)

    def _explain(self, drawing: nodes.raw, provenance: Provenance) -> None:
        """After the drawing, or after the figure that it is the drawing of."""
        place = drawing.parent if isinstance(drawing.parent, nodes.figure) else drawing
        words = behind(provenance, "../" * self.env.docname.count("/"))
        place.parent.insert(place.parent.index(place) + 1, nodes.raw("", words, format="html"))
        copy_records(provenance.records, Path(self.app.outdir))


def copy_records(records: Iterable[str], site: Path) -> None:
    """Put records, named from the results folder, below ``site``, where the pages link them."""
    for record in records:
        source, target = results_folder() / record, site / "results" / record
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
        else:
            logger.warning("a figure names the record %s, which is not there", record)


def setup(app: Sphinx) -> None:
    app.add_post_transform(InlineFigures)
