import numpy as np
import pytest

from brainscan.benchmark import corrupt, corruptions
from brainscan.datasets import load


@pytest.fixture(scope="module")
def images():
    data = load("phantom", n=2)
    return np.stack([np.repeat(data[i][:128, :128, None], 3, 2) for i in range(2)])


@pytest.mark.parametrize("name", corruptions.names())
def test_harm_grows_with_severity(name, images):
    original = images.copy()
    harm = []
    for severity in (1, 2, 3, 4, 5):
        changed = corrupt(images, name, severity)
        assert changed.shape == images.shape
        assert changed.dtype == np.uint8
        harm.append(np.abs(changed.astype(float) - images).mean())
    np.testing.assert_array_equal(images, original)
    assert harm[0] > 0
    assert harm == sorted(harm)


@pytest.mark.parametrize("name", corruptions.names())
def test_seeded_and_alike_in_a_batch(name, images):
    np.testing.assert_array_equal(corrupt(images, name, 3, 7), corrupt(images, name, 3, 7))
    np.testing.assert_array_equal(corrupt(images, name, 3)[:1], corrupt(images[:1], name, 3))


def test_rician_noise_by_its_moments():
    """Without signal its mean is sigma times the root of pi/2; strong signal keeps its mean."""
    sigma = 0.07 * 255
    noise = corrupt(np.zeros((1, 200, 200, 3), np.uint8), "noise", 3)
    assert noise.mean() == pytest.approx(sigma * np.sqrt(np.pi / 2), rel=0.02)
    strong = corrupt(np.full((1, 200, 200, 3), 150, np.uint8), "noise", 3)
    assert strong.std() == pytest.approx(sigma, rel=0.02)
    assert strong.mean() == pytest.approx(150 + sigma**2 / 300, abs=0.3)


def test_ghost_lies_half_a_field_away():
    image = np.zeros((1, 64, 64, 3), np.uint8)
    image[0, 10:14, 30:34] = 200
    changed = corrupt(image, "ghosting", 5)[0, :, :, 0]
    assert changed[42:46, 30:34].min() > 40
    assert changed[25:40].max() < 10


def test_bad_severity(images):
    with pytest.raises(ValueError, match="severity must be a whole number from 1 to 5; got 0"):
        corrupt(images, "blur", 0)
    with pytest.raises(ValueError, match=r"got 'bluur'\. Did you mean 'blur'"):
        corrupt(images, "bluur", 1)
