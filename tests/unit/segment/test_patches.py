import numpy as np
import pytest

from brainscan.segment import cut_patches


@pytest.fixture
def slices():
    """Two slices with a tumour and one without, each pixel with a value of its own in its row."""
    rng = np.random.default_rng(0)
    images = [rng.integers(60, 256, size, np.uint8) for size in ((50, 60), (64, 64, 3), (70, 55))]
    masks = [np.zeros(image.shape[:2], bool) for image in images]
    masks[0][20:30, 30:42] = masks[1][2:4, 60:64] = True
    return images, masks


def test_the_class_is_that_of_the_pixel_in_the_middle(slices):
    images, masks = slices
    patches = cut_patches(images, masks, size=17, per_image=6)
    for patch, label, source in zip(patches.images, patches.labels, patches.sources, strict=True):
        colour = images[source] if images[source].ndim == 3 else np.stack([images[source]] * 3, 2)
        wide = np.pad(colour, ((8, 8), (8, 8), (0, 0)), mode="edge")
        rows, columns = np.nonzero((colour == patch[8, 8]).all(axis=2))
        centres = [
            (row, column)
            for row, column in zip(rows, columns, strict=True)
            if (wide[row : row + 17, column : column + 17] == patch).all()
        ]
        assert len(centres) == 1
        assert masks[source][centres[0]] == label


def test_the_classes_are_balanced_and_every_image_gives_negatives(slices):
    patches = cut_patches(*slices, size=32, per_image=7)
    assert len(patches) == 28
    assert patches.labels.sum() == 14
    positives = np.bincount(patches.sources[patches.labels == 1], minlength=3)
    negatives = np.bincount(patches.sources[patches.labels == 0], minlength=3)
    assert positives.tolist() == [7, 7, 0]
    assert negatives.tolist() == [5, 5, 4]


def test_the_seed_decides_and_a_tumour_of_few_pixels_gives_as_many_patches(slices):
    first, same, other = (cut_patches(*slices, 32, per_image=20, seed=s) for s in (1, 1, 2))
    np.testing.assert_array_equal(first.images, same.images)
    assert not np.array_equal(first.images, other.images)
    assert (first.sources[first.labels == 1] == 1).sum() == 20  # of 8 pixels


def test_deep_images_are_stretched_and_masks_of_any_dtype_are_taken(slices):
    images, masks = slices
    deep = [images[0].astype(np.uint16) * 200]
    patches = cut_patches(deep, [masks[0].astype(np.uint8) * 255], size=32, per_image=2)
    assert patches.images.dtype == np.uint8
    assert patches.labels.tolist() == [0, 0, 1, 1]


def test_bad_input_is_refused(slices):
    images, masks = slices
    with pytest.raises(ValueError, match="mask 1 must have the size of its image, 64x64"):
        cut_patches(images, [masks[0], masks[0], masks[2]], size=32)
    with pytest.raises(ValueError, match="mark a tumour in one image at least; all 1 are empty"):
        cut_patches(images[2:], masks[2:], size=32)
    with pytest.raises(ValueError, match="image 0 must be at least as large as a patch, 51x51"):
        cut_patches(images, masks, size=51)
    with pytest.raises(ValueError, match="mask 0 must leave some of the head out"):
        cut_patches(images[:1], [np.ones((50, 60), bool)], size=32)
    with pytest.raises(ValueError, match="images 3, masks 2"):
        cut_patches(images, masks[:2], size=32)
    with pytest.raises(ValueError, match="per_image must be a positive whole number; got 0"):
        cut_patches(images, masks, size=32, per_image=0)
