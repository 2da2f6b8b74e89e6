"""What brainscan tells XLA is known to the XLA that it is tested with."""

import jax
import jax.numpy as jnp
import pytest

from brainscan._backend import compiler_options
from brainscan.train.compiled import _compile


@pytest.mark.parametrize("inference", [True, False])
def test_the_options_are_known_to_xla(inference):
    lowered = jax.jit(jnp.dot).lower(jnp.ones((4, 4)), jnp.ones((4, 4)))
    lowered.compile(compiler_options=compiler_options(inference))  # else it raises


@pytest.mark.parametrize(
    "unknown",
    [{"xla_no_such_option": True}, {"xla_cpu_experimental_ynn_fusion_type": "NO_SUCH_KIND"}],
)
def test_what_another_xla_does_not_know_is_left_out(unknown):
    lowered = jax.jit(jnp.dot).lower(jnp.ones((4, 4)), jnp.ones((4, 4)))
    assert _compile(lowered, unknown)(jnp.ones((4, 4)), jnp.ones((4, 4)))[0, 0] == 4


def test_options_that_the_user_gave_xla_hold(monkeypatch):
    if jax.default_backend() != "cpu":
        pytest.skip("the options are for a CPU")
    assert compiler_options(inference=True)
    monkeypatch.setenv("XLA_FLAGS", "--xla_cpu_experimental_ynn_fusion_type=")
    assert compiler_options(inference=True) == compiler_options(inference=False) == {}
