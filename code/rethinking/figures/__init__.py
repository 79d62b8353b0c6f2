"""Records and measurements in, a figure, a table or a phrase out; a chapter's cell only names what it shows."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
