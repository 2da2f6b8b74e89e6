"""The other systems that the paper reviews, and what pip brings weights for, pass the checks."""

import pytest

from brainscan import testing


@pytest.mark.slow
@pytest.mark.parametrize("name", ["efficientnet_b0", "efficientnet_lite0", "resnet50", "vgg16"])
def test_backbone(name):
    testing.check_backbone(name)
