"""``python -m rethinking``, where the package is not installed."""

from rethinking.cli import main

main()
