import jaxtyping
import pytest


@pytest.fixture
def as_a_user():
    """Switch the run-time checks of the tests off, which would refuse a wrong type first."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)
