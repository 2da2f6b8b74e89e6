import logging
import threading
import warnings

import pytest

from brainscan.scans.quiet import Quiet

LOGGERS = ("pydicom", "pydicom.pixels.decoders.base", "nibabel.global", "PIL.TiffImagePlugin")


@pytest.mark.parametrize("name", LOGGERS)
def test_the_libraries_are_quiet_inside_and_heard_outside(name, caplog):
    logger = logging.getLogger(name)
    with Quiet(), Quiet():
        logger.warning("inside")
        warnings.warn("inside", stacklevel=1)  # would be an error outside
    logger.warning("outside")
    with pytest.warns(UserWarning, match="outside"):
        warnings.warn("outside", stacklevel=1)
    assert [record.message for record in caplog.records] == ["outside"]
    assert not logger.filters


def test_a_logger_made_inside_is_quiet_from_the_next_block_on(caplog):
    with Quiet():
        logger = logging.getLogger("pydicom.made_inside")
        with Quiet():
            logger.error("inside")
    assert not caplog.records


def test_threads_overlap_and_others_are_heard(caplog):
    entered, leave = threading.Event(), threading.Event()

    def read():
        with Quiet():
            entered.set()
            leave.wait(10)

    before = warnings.filters[:]
    thread = threading.Thread(target=read)
    with Quiet():
        thread.start()
        assert entered.wait(10)
    logging.getLogger("pydicom").warning("of this thread")  # while the other is inside
    leave.set()
    thread.join()
    assert [record.message for record in caplog.records] == ["of this thread"]
    assert warnings.filters == before


def test_an_error_inside_ends_the_quiet():
    before = warnings.filters[:]
    with pytest.raises(KeyError), Quiet():
        raise KeyError
    assert warnings.filters == before
