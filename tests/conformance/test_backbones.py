"""Our own backbones pass the public checks; test_applications.py counts the rest of Keras's."""

import pytest

from brainscan import models, testing

QUICK = ("small_cnn", "googlenet")
# Table II of the paper, its literature review, and what pip brings weights for.
SLOW = (
    "efficientnet_b0",
    "efficientnet_lite0",
    "efficientnet_v2_s",
    "inception_resnet_v2",
    "inception_v3",
    "mobilenet_v2",
    "resnet101_v2",
    "resnet50",
    "vgg16",
    "xception",
)


@pytest.mark.parametrize(
    "name", [*QUICK, *(pytest.param(name, marks=pytest.mark.slow) for name in SLOW)]
)
def test_backbone(name):
    testing.check_backbone(name)


@pytest.mark.parametrize("name", models.names())
def test_facts_are_filled_in(name):
    info = models.info(name)
    assert info.citation
    assert info.licence != "unknown"
    assert info.parameters


@pytest.mark.parametrize("name", models.names())
def test_one_pixel_less_is_refused(name):
    size = models.info(name).minimum_size
    with pytest.raises(ValueError, match=f"at least {size}x{size} pixels; got {size - 1}x300"):
        models.build(name, (size - 1, 300, 3), weights=None)
