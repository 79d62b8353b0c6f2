"""Records and measurements in, a matplotlib figure out; a chapter's cell only names what it shows."""

from rethinking.figures.style import show_as_svg

show_as_svg()
