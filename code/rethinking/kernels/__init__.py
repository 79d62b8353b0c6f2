"""The linear models of the paper's Section 5: which interpolant SGD finds, kernel machines, and their features.

- ``sgd``, ``sgd_limit``, ``minimum_norm_interpolant``, ``hessian``: a linear model in few dimensions, written out.
- ``stopping_factors``, ``ridge_factors``: what stopping early and weight decay do to a linear model.
- ``Gaussian``, ``Linear``: kernels. ``solve_interpolation``, ``predict``, ``minimum_norm``: the kernel machine.
- ``GaborBank``, ``random_convnet``: features. ``RidgeByPoints``, ``RidgeByFeatures``: fits to features in blocks.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
