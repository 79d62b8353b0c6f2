"""The networks' names, for whoever speaks of them and builds none."""

MODELS = ("inception", "inception-no-bn", "alexnet", "mlp-3x512", "mlp-1x512")
"""As ``networks.build`` knows them, from the one that takes longest to the one that takes least."""
