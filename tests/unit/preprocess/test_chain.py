import numpy as np
import pytest
from sklearn.base import clone

from brainscan.preprocess import BrainCropper, Chain, Resize, Standardize, ToRGB
from heads import draw_head


def test_steps_follow_each_other():
    image = draw_head()[0]
    chain = Chain((BrainCropper(size=None), Resize((32, 48)), ToRGB(), Standardize()))
    by_hand = Standardize()(ToRGB()(Resize((32, 48))(BrainCropper(size=None)(image))))
    np.testing.assert_array_equal(chain(image), by_hand, strict=True)


def test_the_order_matters():
    gray = np.arange(12, dtype=np.uint8).reshape(3, 4)
    assert Chain((ToRGB(), Resize((2, 2))))(gray).shape == (2, 2, 3)
    np.testing.assert_allclose(Chain((Resize((1, 1)), Standardize()))(gray), [[0]])
    assert abs(Chain((Standardize(), Resize((1, 2))))(gray)).sum() > 0.1


def test_a_chain_is_a_step_of_a_chain():
    image = draw_head()[0]
    inner = Chain((Resize((8, 8)), ToRGB()))
    np.testing.assert_array_equal(
        Chain((inner, Standardize()))(image), Chain((*inner.steps, Standardize()))(image)
    )


def test_an_empty_chain_changes_nothing():
    image = draw_head()[0]
    np.testing.assert_array_equal(Chain(())(image), image)


def test_several_images_become_one_array():
    images = [draw_head((100, 90))[0], draw_head((120, 100))[0]]
    assert Chain((BrainCropper((32, 32)), ToRGB()))(images).shape == (2, 32, 32, 3)


def test_the_error_of_a_batch_names_the_index():
    with pytest.raises(ValueError, match=r"^image 1: image must show a head"):
        Chain((BrainCropper(), ToRGB()))([draw_head()[0], np.zeros((9, 9), np.uint8)])


@pytest.mark.usefixtures("as_a_user")
def test_something_else_among_the_steps_is_refused():
    with pytest.raises(TypeError, match="steps must be preprocessing steps; got <function"):
        Chain((Resize(), np.flipud))


def test_a_chain_can_be_cloned_and_compared():
    chain = Chain((Resize((8, 8)), ToRGB()))
    assert clone(chain) == chain
    assert clone(chain) is not chain
    assert chain != Chain((ToRGB(), Resize((8, 8))))
