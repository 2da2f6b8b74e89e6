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
