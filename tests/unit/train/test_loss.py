from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest
from sklearn.utils.class_weight import compute_class_weight

from brainscan.train.loss import class_weights, loss_function
from brainscan.train.recipe import PAPER

FOCAL = replace(PAPER, loss="focal")


def test_cross_entropy_by_hand():
    losses = loss_function(PAPER, 2)(jnp.array([1, 0]), jnp.array([[0.8], [0.8]]))
    np.testing.assert_allclose(losses, [-np.log(0.8), -np.log(0.2)], rtol=1e-5)


def test_cross_entropy_of_three_classes_by_hand():
    scores = jnp.array([[0.7, 0.2, 0.1], [0.7, 0.2, 0.1]])
    losses = loss_function(PAPER, 3)(jnp.array([0, 2]), scores)
    np.testing.assert_allclose(losses, [-np.log(0.7), -np.log(0.1)], rtol=1e-5)


def test_label_smoothing_by_hand():
    """A share of 0.2 is spread over the classes: a target of 1 becomes 0.9 of two, 0.8667 of 3."""
    smooth = replace(PAPER, label_smoothing=0.2)
    losses = loss_function(smooth, 2)(jnp.array([1]), jnp.array([[0.8]]))
    np.testing.assert_allclose(losses, [-0.9 * np.log(0.8) - 0.1 * np.log(0.2)], rtol=1e-5)
    losses = loss_function(smooth, 3)(jnp.array([0]), jnp.array([[0.7, 0.2, 0.1]]))
    targets = np.array([0.8 + 0.2 / 3, 0.2 / 3, 0.2 / 3])
    np.testing.assert_allclose(losses, [-targets @ np.log([0.7, 0.2, 0.1])], rtol=1e-5)


def test_focal_loss_by_hand():
    """(1 - p)^2 times the cross-entropy, p the score of the true class (Lin et al., equation 4)."""
    losses = loss_function(FOCAL, 2)(jnp.array([1, 0]), jnp.array([[0.8], [0.8]]))
    expected = [0.2**2 * -np.log(0.8), 0.8**2 * -np.log(0.2)]
    np.testing.assert_allclose(losses, expected, rtol=1e-5)
    losses = loss_function(FOCAL, 3)(jnp.array([0]), jnp.array([[0.7, 0.2, 0.1]]))
    np.testing.assert_allclose(losses, [0.3**2 * -np.log(0.7)], rtol=1e-5)


def test_balanced_class_weights_are_scikit_learns():
    labels = np.array([0, 0, 0, 1, 2, 2])
    weights = class_weights(replace(PAPER, class_weights="balanced"), labels, 3)
    expected = compute_class_weight("balanced", classes=np.arange(3), y=labels)
    np.testing.assert_allclose(weights, expected, rtol=1e-6)


def test_class_weights_given_or_none():
    labels = np.array([0, 1])
    assert class_weights(PAPER, labels, 2).tolist() == [1, 1]
    assert class_weights(replace(PAPER, class_weights=(1.0, 3.0)), labels, 2).tolist() == [1, 3]


def test_bad_class_weights():
    with pytest.raises(ValueError, match=r"one weight for each of 3 classes; got \(1\.0, 2\.0\)"):
        class_weights(replace(PAPER, class_weights=(1.0, 2.0)), np.array([0]), 3)
    with pytest.raises(ValueError, match=r"images of every class; got counts \[2, 0\]"):
        class_weights(replace(PAPER, class_weights="balanced"), np.array([0, 0]), 2)
