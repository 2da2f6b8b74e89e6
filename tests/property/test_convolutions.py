"""Whatever the shapes, our convolutions and their gradients are XLA's."""

import jax
import jax.numpy as jnp
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from jax import lax

from brainscan.models.convolution import convolve, depthwise, pointwise
from brainscan.models.window import Window

SIZES = st.integers(5, 12)
FEW = st.integers(1, 3)
WINDOWS = st.one_of(
    st.builds(Window, st.tuples(FEW, FEW), st.sampled_from(["same", "valid"]), st.just((1, 1))),
    st.builds(Window, st.just((1, 1)), st.sampled_from(["same", "valid"]), st.tuples(FEW, FEW)),
    st.builds(Window, st.just((2, 3)), st.just("same"), st.just((3, 2))),
)


def check(ours, image, kernel, window, groups=1):
    def xla(image, kernel):
        return lax.conv_general_dilated(
            image,
            kernel.reshape(*kernel.shape[:2], kernel.shape[2] // groups, -1),
            window.strides,
            window.padding.upper(),
            rhs_dilation=window.dilation,
            dimension_numbers=("NHWC", "HWIO", "NHWC"),
            feature_group_count=groups,
        )

    def results(convolution):
        outputs, back = jax.vjp(convolution, image, kernel)
        return outputs, *back(draw(outputs.shape, 2))

    both = jax.jit(lambda: (results(ours), results(xla)))()
    for one, other in zip(*both, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5 * max(1, float(jnp.abs(other).max())))


def draw(shape, seed):
    return jnp.asarray(np.random.default_rng(seed).normal(size=shape), jnp.float32)


@settings(max_examples=8)
@given(FEW, SIZES, SIZES, FEW, FEW, st.tuples(FEW, FEW), WINDOWS)
def test_depthwise(count, height, width, channels, multiplier, kernel, window):
    if window.padding == "valid":  # so that there is something to see
        height, width = height + 3, width + 3
    check(
        lambda image, kernel: depthwise(image, kernel, window),
        draw((count, height, width, channels), 0),
        draw((*kernel, channels, multiplier), 1),
        window,
        groups=channels,
    )


@settings(max_examples=6)
@given(st.sampled_from([1, 4, 6]), SIZES, SIZES, FEW, FEW, st.tuples(FEW, FEW), WINDOWS)
def test_convolve(count, height, width, channels, filters, kernel, window):
    if window.padding == "valid":
        height, width = height + 3, width + 3
    check(
        lambda image, kernel: convolve(image, kernel, window),
        draw((count, height, width, channels), 0),
        draw((*kernel, channels, filters), 1),
        window,
    )


@settings(max_examples=5)
@given(FEW, SIZES, SIZES, FEW, FEW, st.tuples(FEW, FEW), st.sampled_from(["same", "valid"]))
def test_pointwise(count, height, width, channels, filters, strides, padding):
    check(
        lambda image, kernel: pointwise(image, kernel, strides),
        draw((count, height, width, channels), 0),
        draw((1, 1, channels, filters), 1),
        Window(strides, padding),
    )
