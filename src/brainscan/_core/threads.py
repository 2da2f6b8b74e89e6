"""How many threads read and describe images."""

import os

_CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

THREADS = min(32, _CORES)
"""One a core: decoding and the loops over pixels leave Python's lock."""
