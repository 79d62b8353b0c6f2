"""What only some systems have."""

import os

import pytest

posix_only = pytest.mark.skipif(os.name != "posix", reason="this system has no POSIX signals or resource limits")
