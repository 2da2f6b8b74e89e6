"""Keep what other libraries say of a file to ourselves: it may name the patient."""

import logging
import threading
import warnings
from types import TracebackType

_LIBRARIES = frozenset({"pydicom", "nibabel", "PIL", "pylibjpeg", "openjpeg", "jpeg_ls"})


class Quiet:
    """A ``with`` block in which no warning and no log line of the libraries below gets out.

    Several threads may be inside at once: the first that enters turns the warnings off, the last
    that leaves turns them on. The libraries' logs are cut off for the threads inside only.
    """

    _lock = threading.Lock()
    _inside = 0
    thread = threading.local()
    _warnings: warnings.catch_warnings | None = None
    _loggers: tuple[logging.Logger, ...] = ()

    def __enter__(self) -> None:
        with Quiet._lock:
            Quiet._inside += 1
            if Quiet._inside == 1:
                Quiet._warnings = warnings.catch_warnings()
                Quiet._warnings.__enter__()
                warnings.simplefilter("ignore")
            loggers = _loggers()
            for logger in loggers:
                logger.addFilter(_outside)  # a second time it is not added
            Quiet._loggers = loggers
        Quiet.thread.depth = _depth() + 1

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        Quiet.thread.depth = _depth() - 1
        with Quiet._lock:
            Quiet._inside -= 1
            if Quiet._inside == 0 and Quiet._warnings is not None:
                for logger in Quiet._loggers:
                    logger.removeFilter(_outside)
                Quiet._warnings.__exit__(None, None, None)
                Quiet._warnings = None


def _loggers() -> tuple[logging.Logger, ...]:
    """Return the libraries' loggers; a filter acts on its own logger, not on those below it."""
    known = list(logging.root.manager.loggerDict.items())
    return tuple(
        logger
        for name, logger in known
        if isinstance(logger, logging.Logger) and name.partition(".")[0] in _LIBRARIES
    )


def _depth() -> int:
    return getattr(Quiet.thread, "depth", 0)


def _outside(_: logging.LogRecord) -> bool:
    return _depth() == 0
