"""Our own backbones pass the public checks; see also test_reviewed.py, test_applications.py."""

import pytest

from brainscan import models, testing
from brainscan.benchmark.presets import PAPER_NETWORKS


@pytest.mark.parametrize("name", ["small_cnn", "googlenet"])
def test_backbone(name):
    testing.check_backbone(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", PAPER_NETWORKS)
def test_backbone_of_the_paper(name):
    testing.check_backbone(name, gradients=False)  # test_table_ii.py trains them, on real images


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
