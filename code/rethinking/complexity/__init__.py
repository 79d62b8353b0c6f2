"""The measures of Section 2.2: what classical theory would have a network's generalization depend on."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
