import numpy as np
import pytest

from brainscan.predict.plausible import colourfulness, in_colour, inverted, other_modality
from bundles import head


def test_a_grey_image_has_no_colour_however_it_is_kept():
    gray = head(0)
    assert colourfulness(gray) == colourfulness(gray[..., None]) == 0
    assert in_colour(np.repeat(gray[..., None], 3, axis=2)) is None


def test_a_photo_is_in_colour_and_a_coloured_arrow_is_not_enough():
    image = np.repeat(head(0)[..., None], 3, axis=2)
    image[10:14, 10:30] = (255, 0, 0)
    assert in_colour(image) is None
    image[:32] = (255, 0, 0)
    assert "in colour" in in_colour(image)
    assert "in colour" in in_colour(np.dstack([image, np.full((64, 64), 255, np.uint8)]))


def test_an_inverted_slice(predictor):
    gray = head(0)
    assert inverted(gray) is None
    assert "inverted" in inverted(255 - gray)
    assert any("inverted" in warning for warning in predictor(255 - gray).warnings)
    assert inverted(np.zeros((3, 3), np.uint8)) is None


@pytest.mark.parametrize(("modality", "warned"), [(None, False), ("MR", False), ("CT", True)])
def test_a_scan_that_says_it_is_not_mr(modality, warned):
    assert (other_modality(modality) is not None) == warned
