"""The book's Sphinx extension: what Jupyter Book does not do by itself.

- ``inputs``: a page is executed again when what it used has changed.
- ``parallel``: many pages are executed side by side, their ``kernels`` being copies of one that has imported torch.
- ``pictures``: figures become part of the page, follow its theme, and say where their numbers come from.
- ``site``: notebooks to download, mathematics offline, a site map, cards, a 404 page.
- ``theme``: faults of the theme, mended.
- ``typography``: what stays on one line.
"""

from __future__ import annotations

from sphinx.application import Sphinx

from rethinking.book import inputs, parallel, pictures, site, theme, typography

PARTS = (inputs, parallel, pictures, site, theme, typography)


def setup(app: Sphinx) -> dict[str, object]:
    for part in PARTS:
        part.setup(app)
    return {"version": "2", "parallel_read_safe": True, "parallel_write_safe": True}
