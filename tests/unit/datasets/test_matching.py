import numpy as np
import pytest

from brainscan.datasets.duplicates import group_thumbnails
from brainscan.datasets.orientation import ORIENTATIONS, orient, orient_cosines


def test_the_eight_orientations_by_hand():
    square = np.array([[1, 2], [3, 4]])
    seen = {tuple(orient(square, o).ravel().tolist()) for o in range(len(ORIENTATIONS))}
    turns = [np.rot90(square, k) for k in range(4)]
    expected = [turn.ravel().tolist() for turn in turns + [np.fliplr(turn) for turn in turns]]
    assert seen == {tuple(one) for one in expected}
    assert orient(square, 0).tolist() == [[1, 2], [3, 4]]


@pytest.mark.parametrize("orientation", range(8))
def test_cosines_turn_as_pixels_do(orientation):
    from scipy.fft import dctn

    square = np.random.default_rng(0).normal(size=(6, 6))
    expected = dctn(orient(square, orientation), norm="ortho")
    found = orient_cosines(dctn(square, norm="ortho"), orientation)
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_a_turned_image_must_come_closer_than_one_as_it_is():
    rng = np.random.default_rng(1)
    a, noise = rng.normal(size=(2, 32, 32))
    a, noise = a - a.mean(), noise - noise.mean()
    noise -= (noise * a).sum() / (a * a).sum() * a
    noise *= np.linalg.norm(a) / np.linalg.norm(noise)
    for correlation, alike_as_it_is, alike_turned in (
        (0.98, True, False),
        (0.99, True, True),
        (0.96, False, False),
    ):
        b = correlation * a + np.sqrt(1 - correlation**2) * noise
        for copy, alike in ((b, alike_as_it_is), (np.rot90(b), alike_turned)):
            pair = np.stack([a, copy]).astype(np.float32)
            assert group_thumbnails(pair).tolist() == ([0, 0] if alike else [0, 1])


def test_progress_counts_every_image_once(monkeypatch):
    from brainscan.datasets import matching

    monkeypatch.setattr(matching, "_ROWS", 7)
    counts = []
    rng = np.random.default_rng(0)
    group_thumbnails(rng.normal(size=(50, 32, 32)).astype(np.float32), advance=counts.append)
    assert sum(counts) == 50
    assert len(counts) == 8
