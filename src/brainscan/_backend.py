"""The one place that picks the Keras backend: JAX, unless the user chose another.

`brainscan` imports this before anything that imports Keras. Subpackages that run on JAX also let it
keep what it compiled, for the processes to come.
"""

import ctypes
import mmap
import os
import platform
from functools import cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "jax")


def prepare_jax() -> None:
    """Set what makes JAX quicker from one call, and from one process, to the next."""
    _keep_compiled_code()
    _keep_memory()


def _keep_compiled_code() -> None:
    """Let JAX keep what it compiled on the disk, unless the user named a folder."""
    import jax

    config: Any = jax.config  # its type does not tell the settings
    if config.jax_compilation_cache_dir is not None or not config.jax_enable_compilation_cache:
        return
    folder = _folder_for_compiled_code()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return  # JAX would warn at each program that it cannot keep
    if not os.access(folder, os.W_OK):
        return
    config.update("jax_compilation_cache_dir", str(folder))
    # The many small programs too, by which Keras fills new weights: half of the time to load.
    if "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS" not in os.environ:
        config.update("jax_persistent_cache_min_compile_time_secs", 0)


@cache
def _keep_memory() -> None:
    """Let the process keep the memory that a step frees, for the next step, in large pages.

    XLA asks for the memory of a step anew each time. By default glibc takes that much from the
    system and gives it back, and every page costs a fault: a fifth of a step on a CPU. Where the
    user set glibc's own variables (``MALLOC_ARENA_MAX``, ``MALLOC_TRIM_THRESHOLD_``), or there is
    another C library, nothing is changed.
    """
    if "MALLOC_ARENA_MAX" in os.environ or "MALLOC_TRIM_THRESHOLD_" in os.environ:
        return
    if platform.libc_ver()[0] != "glibc":
        return
    arena_max, mmap_threshold, trim_threshold = -8, -3, -1  # of <malloc.h>
    allocator = ctypes.CDLL(None)
    allocator.mallopt(arena_max, 1)  # the other arenas cannot hold what is large
    large = allocator.mallopt(mmap_threshold, 2**30)
    if not large:  # an older glibc, which takes no more than this
        allocator.mallopt(mmap_threshold, 2**25)
    blocks = _blocks_to_ask_for() if large else 0
    # What was asked for lies free above the rest: trimmed, it would be given back at once.
    allocator.mallopt(trim_threshold, -1 if blocks else 2**31 - 1)
    _ask_for_large_pages(allocator, blocks)


def _blocks_to_ask_for() -> int:
    """Return for how many GiB large pages are asked for: none where address space is counted."""
    import resource  # there is none on Windows

    limits = [resource.getrlimit(kind)[0] for kind in (resource.RLIMIT_AS, resource.RLIMIT_DATA)]
    try:
        size = Path("/sys/kernel/mm/transparent_hugepage/hpage_pmd_size").read_text()
        counted = Path("/proc/sys/vm/overcommit_memory").read_text().strip() == "2"
    except OSError:
        return 0
    if counted or int(size) != 2**21 or any(limit != resource.RLIM_INFINITY for limit in limits):
        return 0
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return min(8, memory // 2**31)  # of half of the memory


def _ask_for_large_pages(allocator: Any, blocks: int) -> None:
    """Let the memory that the process is going to take come in pages of 2 MiB.

    A step walks over gigabytes, and of small pages the processor has the places of too few at hand.
    What is asked for is freed at once: untouched, it is address space and no memory.
    """
    allocator.malloc.argtypes, allocator.malloc.restype = [ctypes.c_size_t], ctypes.c_void_p
    allocator.free.argtypes = [ctypes.c_void_p]
    allocator.madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    block, huge = 2**30 - 2**20, 14  # below the threshold above; MADV_HUGEPAGE of <sys/mman.h>
    addresses = [allocator.malloc(block) for _ in range(blocks)]
    for address in filter(None, addresses):
        allocator.madvise(address - address % mmap.PAGESIZE, block, huge)
    for address in addresses:
        allocator.free(address)


def compiler_options(inference: bool) -> dict[str, Any]:
    """Return XLA's options on a CPU for a forward pass, or for a training step, where it has them.

    jaxlib 0.10 calls YNNPACK for products, convolutions and sums. By measurement (2 cores with
    AVX-512) it makes a training step's products and sums faster and its convolutions slower, and
    a forward pass slower, since it packs the weights at every call.
    """
    import jax

    option = "xla_cpu_experimental_ynn_fusion_type"
    if jax.default_backend() != "cpu" or option in os.environ.get("XLA_FLAGS", ""):
        return {}
    kinds = "" if inference else "LIBRARY_FUSION_TYPE_INDIVIDUAL_DOT,LIBRARY_FUSION_TYPE_REDUCE"
    return {option: kinds} if xla_knows(option, kinds) else {}


@cache
def xla_knows(option: str, value: Any) -> bool:
    """Whether the installed XLA can be told this; other versions may have no such option."""
    import jax

    lowered: Any = jax.jit(lambda: 0).lower()
    try:
        lowered.compile(compiler_options={option: value})
    except jax.errors.JaxRuntimeError as error:
        if "option" not in str(error):
            raise
        return False
    return True


def _folder_for_compiled_code() -> Path:
    """Return a folder of its own for each kind of processor: code of another may not run here."""
    import platformdirs

    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        kind = next((line for line in lines if line.startswith(("flags", "Features"))), "")
    except OSError:
        kind = platform.processor()
    digest = sha256(f"{platform.machine()} {kind}".encode()).hexdigest()[:16]
    return platformdirs.user_cache_path("brainscan") / "compiled" / digest


def check_installed() -> None:
    """Check that what KERAS_BACKEND names is installed, for Keras's own error names no mend.

    Raises:
        ImportError: it is not.
    """
    chosen = os.environ["KERAS_BACKEND"]
    package = {"jax": "jax", "tensorflow": "tensorflow", "torch": "torch", "openvino": "openvino"}
    if chosen in package and find_spec(package[chosen]) is None:
        raise ImportError(
            f"the environment variable KERAS_BACKEND must name an installed backend; got "
            f"{chosen!r}, which is not installed. brainscan runs on JAX: set KERAS_BACKEND=jax, "
            "or unset it."
        )


def require_jax(what: str) -> None:
    """Check that Keras runs on JAX, for what cannot work otherwise.

    Args:
        what: the thing that needs JAX, as the subject of the error's sentence.

    Raises:
        RuntimeError: Keras was imported on another backend.
    """
    import keras

    backend = keras.backend.backend()
    if backend != "jax":
        raise RuntimeError(
            f"{what} needs Keras on the JAX backend; Keras was imported on {backend!r}. "
            "Import brainscan before Keras, or set the environment variable KERAS_BACKEND=jax "
            "before Keras is first imported, then restart Python."
        )
