from dataclasses import FrozenInstanceError, dataclass

import numpy as np
import pytest

from brainscan.preprocess import Resize, ToRGB
from brainscan.preprocess.step import Step


@dataclass(frozen=True)
class Brighten(Step):
    """A user's own step."""

    by: int = 1

    def apply(self, image):
        if image.max() > 255 - self.by:
            raise ValueError(f"image must leave room; got {image.max()}.")
        return image + image.dtype.type(self.by)


GRAY = np.zeros((4, 5), np.uint8)
COLOUR = np.zeros((4, 5, 3), np.uint8)


@pytest.mark.parametrize("image", [GRAY, COLOUR], ids=["gray", "colour"])
def test_one_image_gives_one_image(image):
    np.testing.assert_array_equal(Brighten(3)(image), image + np.uint8(3), strict=True)


def test_an_array_of_four_dimensions_is_a_batch():
    batch = np.stack([COLOUR, COLOUR + np.uint8(1)])
    np.testing.assert_array_equal(Brighten()(batch), batch + np.uint8(1), strict=True)


def test_colour_images_of_one_shape_are_stacked():
    assert Brighten()([COLOUR, COLOUR]).shape == (2, 4, 5, 3)


def test_gray_images_stay_a_list_since_their_stack_would_pass_for_one_image():
    done = Brighten()([GRAY, GRAY, GRAY])
    assert [type(done), len(done)] == [list, 3]
    assert ToRGB()(done).shape == (3, 4, 5, 3)


@pytest.mark.parametrize(
    "other", [COLOUR[:3], COLOUR.astype(np.uint16), GRAY], ids=["shape", "dtype", "channels"]
)
def test_images_that_differ_stay_a_list(other):
    done = Brighten()([COLOUR, other])
    assert isinstance(done, list)
    assert [image.dtype for image in done] == [COLOUR.dtype, other.dtype]
    assert done[1].shape == other.shape


def test_an_iterator_is_read_one_image_at_a_time():
    asked = []

    def read():
        for index in range(3):
            asked.append(index)
            yield COLOUR

    assert Brighten()(read()).shape == (3, 4, 5, 3)
    assert asked == [0, 1, 2]


def test_no_image_is_refused():
    with pytest.raises(ValueError, match="images must hold at least one image; got none"):
        Brighten()([])


def test_the_error_of_one_image_stands_alone():
    with pytest.raises(ValueError, match="^image must leave room; got 255"):
        Brighten()(GRAY + np.uint8(255))


def test_the_error_of_a_batch_names_the_index_and_keeps_the_cause():
    with pytest.raises(ValueError, match="^image 1: image must leave room; got 255") as caught:
        Brighten()([GRAY, GRAY + np.uint8(255)])
    assert isinstance(caught.value.__cause__, ValueError)


def test_a_wrong_image_in_a_batch_is_named():
    with pytest.raises(ValueError, match=r"^image 1 must have shape .* got \(4, 5, 2\)"):
        Brighten()([GRAY, np.zeros((4, 5, 2), np.uint8)])


def test_an_image_without_pixels_is_refused():
    with pytest.raises(ValueError, match=r"at least one pixel; got shape \(0, 5\)"):
        Brighten()(np.zeros((0, 5), np.uint8))


def test_settings_are_frozen():
    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'size'"):
        Resize().size = (1, 1)


def test_steps_with_the_same_settings_are_equal_and_hash_alike():
    assert Resize((3, 4)) == Resize((3, 4)) != Resize((4, 3))
    assert hash(Resize((3, 4))) == hash(Resize((3, 4)))
    assert Brighten(2) != Brighten(3)


def test_the_base_class_has_no_apply():
    with pytest.raises(NotImplementedError):
        Step()(GRAY)
