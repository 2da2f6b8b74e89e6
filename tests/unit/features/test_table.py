import jax.numpy as jnp
import numpy as np
import pytest

from brainscan.features import table as tables
from brainscan.features.table import describe_each


def mean(grays, name):
    assert grays.dtype == np.uint8
    return np.stack([grays.mean((1, 2)), np.full(len(grays), float(grays.shape[1]))], 1)


def test_a_row_an_image_in_order_of_any_size_and_depth():
    images = [
        np.full((4, 6), 10, np.uint8),
        np.full((5, 3, 3), 20, np.uint8),
        np.full((6, 3, 1), 30, np.uint8),
        np.array([[0, 1000]], np.uint16),
        np.array([[-1.0, 1.0, -1.0, -1.0]]),
        np.array([[True, False]]),
    ]
    table = describe_each(images, mean)
    assert table.dtype == np.float32
    np.testing.assert_array_equal(table[:, 0], [10, 20, 30, 127.5, 63.75, 127.5])
    np.testing.assert_array_equal(table[:, 1], [4, 5, 6, 1, 1, 1])


@pytest.mark.parametrize("most_pixels", [1, 100, 2**22])
def test_rows_keep_their_order_however_many_are_described_together(most_pixels, monkeypatch):
    monkeypatch.setattr(tables, "_MOST_PIXELS", most_pixels)
    images = [np.full((4 + i % 3, 6), i, np.uint8) for i in range(101)]
    found = describe_each(images, mean)
    np.testing.assert_array_equal(found[:, 0], np.arange(101))
    np.testing.assert_array_equal(found[:, 1], 4 + np.arange(101) % 3)


def test_one_image_and_a_batch_are_taken():
    batch = np.arange(2 * 3 * 4 * 3, dtype=np.uint8).reshape(2, 3, 4, 3)
    assert describe_each(batch[0], mean).shape == (1, 2)
    np.testing.assert_array_equal(describe_each(batch, mean)[:1], describe_each(batch[0], mean))


@pytest.mark.usefixtures("as_a_user")
def test_an_image_on_a_device_is_one_image():
    image = np.arange(3 * 4, dtype=np.uint8).reshape(3, 4)
    found = describe_each(jnp.asarray(image), mean)
    np.testing.assert_array_equal(found, describe_each(image, mean))


@pytest.mark.parametrize("images", [[], np.zeros((0, 5, 5, 1))])
def test_no_image_is_refused(images):
    with pytest.raises(ValueError, match=r"images must hold at least one image; got none\."):
        describe_each(images, mean)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (np.full((3, 3), np.nan), "image 1 must hold finite pixels; got 9"),
        (np.zeros((3, 3, 2)), r"image 1 must have shape .* got \(3, 3, 2\)"),
        (np.zeros((0, 3)), "image 1 must hold at least one pixel"),
    ],
)
def test_a_bad_image_is_named_by_its_position(bad, message):
    with pytest.raises(ValueError, match=message):
        describe_each([np.zeros((3, 3)), bad], mean)


@pytest.mark.parametrize("bad", [3, 8, 70])
def test_a_bad_image_among_many_is_named_by_its_position(bad):
    images = [np.zeros((3, 3))] * 101
    images[bad] = np.full((3, 3), np.inf)
    with pytest.raises(ValueError, match=f"image {bad} must hold finite pixels"):
        describe_each(images, mean)

    def refusing(grays, name):
        if grays.shape[1] < 3:
            raise ValueError(f"{name} is too small.")
        return mean(grays, name)

    images[bad] = np.zeros((2, 3))
    with pytest.raises(ValueError, match=f"image {bad} is too small"):
        describe_each(images, refusing)


@pytest.mark.usefixtures("as_a_user")
@pytest.mark.parametrize("images", [None, 5, "scan.png", (image for image in ())])
def test_what_is_no_sequence_is_refused(images):
    with pytest.raises(TypeError, match="images must be an image or a sequence of images, as arr"):
        describe_each(images, mean)


@pytest.mark.usefixtures("as_a_user")
def test_a_path_is_no_image():
    with pytest.raises(ValueError, match="image 0 must hold real numbers; got dtype <U8"):
        describe_each(["scan.png"], mean)
