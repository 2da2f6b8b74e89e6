"""The other systems that the paper reviews, and what pip brings weights for, pass the checks."""

import pytest

from brainscan import testing


@pytest.mark.slow
@pytest.mark.parametrize("name", ["efficientnet_lite0", "vgg16"])
def test_backbone(name):
    testing.check_backbone(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["efficientnet_b0", "resnet50"])
def test_backbone_whose_like_is_trained_elsewhere(name):
    testing.check_backbone(name, gradients=False)  # test_table_ii.py trains their kin


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["mobilenet", "mobilenet_v3_small", "densenet121", "nasnet_mobile", "convnext_tiny"]
)
def test_the_smallest_of_the_other_families(name):
    testing.check_backbone(name, gradients=name.startswith("mobilenet"))
