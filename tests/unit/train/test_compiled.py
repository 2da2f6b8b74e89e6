"""What brainscan tells XLA is known to the XLA that it is tested with, and reaches it."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import brainscan as bs
from brainscan._backend import compiler_options, xla_knows
from brainscan.predict.scorer import Scorer

YNN = "xla_cpu_experimental_ynn_fusion_type"


def on_a_cpu():
    if jax.default_backend() != "cpu":
        pytest.skip("the options are for a CPU")


@pytest.mark.parametrize("inference", [True, False])
def test_the_options_are_known_to_xla(inference):
    on_a_cpu()
    options = compiler_options(inference)
    assert list(options) == [YNN]
    lowered = jax.jit(jnp.dot).lower(jnp.ones((4, 4)), jnp.ones((4, 4)))
    lowered.compile(compiler_options=options)  # else it raises


@pytest.mark.parametrize(("option", "value"), [("xla_no_such_option", True), (YNN, "NO_SUCH_KIND")])
def test_what_another_xla_does_not_know_is_left_out(option, value):
    on_a_cpu()
    assert not xla_knows(option, value)


def test_a_trainer_and_a_predictor_compile_with_them(monkeypatch):
    on_a_cpu()
    seen, jit = [], jax.jit

    def note(*arguments, compiler_options=None, **settings):
        seen.append(compiler_options)
        return jit(*arguments, compiler_options=compiler_options, **settings)

    monkeypatch.setattr(jax, "jit", note)
    images = np.zeros((4, 32, 32, 3), np.uint8)
    model = bs.models.build("small_cnn", (32, 32, 3), None, head="global_average")
    bs.train.Trainer(model, bs.train.Recipe(epochs=1, weights=None)).fit(
        images, np.array([0, 1, 0, 1])
    )
    assert compiler_options(inference=False) in seen
    seen.clear()
    Scorer(model, flips=False)
    assert compiler_options(inference=True) in seen


def test_options_that_the_user_gave_xla_hold(monkeypatch):
    on_a_cpu()
    assert compiler_options(inference=True)
    monkeypatch.setenv("XLA_FLAGS", "--xla_cpu_experimental_ynn_fusion_type=")
    assert compiler_options(inference=True) == compiler_options(inference=False) == {}
