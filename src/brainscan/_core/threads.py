"""How many threads read and describe images."""

import os

THREADS = os.cpu_count() or 1
"""One a core: decoding and the loops over pixels leave Python's lock."""
