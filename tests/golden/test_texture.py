"""Texture features against scikit-image, and against matrices counted by hand."""

import cv2
import numpy as np
import pytest
from skimage.feature import graycomatrix, graycoprops, local_binary_pattern

from brainscan._core.images import to_gray
from brainscan._core.reading import read_image
from brainscan.features import Glcm, GlcmLbp, Lbp

PROPERTIES = ("contrast", "dissimilarity", "homogeneity", "energy", "correlation", "ASM")


def by_scikit_image(gray, distances=(1, 2, 3), angles_deg=(0, 45, 90, 135)):
    matrix = graycomatrix(gray, distances, np.deg2rad(angles_deg), 256, symmetric=True, normed=True)
    properties = [graycoprops(matrix, name).ravel() for name in PROPERTIES]
    histograms = []
    for points, radius in ((8, 1), (16, 2), (24, 3)):
        patterns = local_binary_pattern(gray, points, radius, method="uniform")
        histogram, _ = np.histogram(patterns, np.arange(points + 3), density=True)
        histograms.append(histogram)
    return np.concatenate([*properties, *histograms])


def same(found, expected):
    """Contrast reaches 65025 and float32 keeps 7 digits: 1e-6 of the value where it is large."""
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6)


def test_real_slices_agree_with_scikit_image(kaggle253):
    files = sorted((kaggle253 / "yes").iterdir())[::26] + sorted((kaggle253 / "no").iterdir())[::24]
    assert len(files) >= 10
    slices = [to_gray(read_image(path)) for path in files]
    slices = [cv2.resize(image, (150, 150), interpolation=cv2.INTER_AREA) for image in slices]
    same(GlcmLbp()(slices), np.stack([by_scikit_image(image) for image in slices]))


@pytest.mark.parametrize("shape", [(4, 4), (5, 40), (33, 6)])
def test_other_shapes_distances_and_angles_agree_with_scikit_image(shape):
    gray = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    settings = {"distances": (1, 3), "angles_deg": (0, 30, 90, 135, 160, 180)}
    same(GlcmLbp(**settings)(gray)[0], by_scikit_image(gray, **settings))


@pytest.mark.parametrize("value", [0, 1, 255])
def test_constant_images_agree_with_scikit_image(value):
    gray = np.full((9, 8), value, np.uint8)
    found = GlcmLbp()(gray)[0]
    same(found, by_scikit_image(gray))
    by_name = dict(zip(GlcmLbp().get_feature_names_out(), found, strict=True))
    assert by_name["glcm_correlation_d1_a0"] == 1


def test_one_pixel_that_differs_is_no_constant_image():
    gray = np.full((200, 300), 255, np.uint8)
    gray[100, 100] = 254
    same(GlcmLbp()(gray)[0], by_scikit_image(gray))


def test_a_matrix_counted_by_hand():
    gray = np.array([[0, 0, 1], [0, 2, 1]], np.uint8)
    # Pairs to the right: 00, 01, 02, 21. Symmetric, in eighths: (0,0) 2; (0,1), (1,0), (0,2),
    # (2,0), (1,2), (2,1) 1 each.
    asm = (2**2 + 6 * 1**2) / 64
    mean, square = (0 * 4 + 1 * 2 + 2 * 2) / 8, (1 * 2 + 4 * 2) / 8
    covariance = (2 * 2 * 1) / 8 - mean**2
    expected = {
        "contrast": (1 + 4 + 1) * 2 / 8,
        "dissimilarity": (1 + 2 + 1) * 2 / 8,
        "homogeneity": (1 * 2 + 2 * (1 / 2 + 1 / 5 + 1 / 2)) / 8,
        "energy": asm**0.5,
        "correlation": covariance / (square - mean**2),
        "asm": asm,
    }
    glcm = Glcm(distances=(1,), angles_deg=(0,))
    names = [f"glcm_{name}_d1_a0" for name in expected]
    assert glcm.get_feature_names_out().tolist() == names
    np.testing.assert_allclose(glcm(gray)[0], list(expected.values()), rtol=1e-6)


def test_patterns_counted_by_hand():
    gray = np.zeros((3, 3), np.uint8)
    gray[1, 1] = 9
    # The bright centre has no point as bright: pattern 0. Outside the image it is dark, so each
    # other pixel has all 8 points at least as bright.
    expected = np.zeros(10)
    expected[[0, 8]] = 1 / 9, 8 / 9
    np.testing.assert_allclose(Lbp(scales=((8, 1),))(gray)[0], expected, rtol=1e-6)


@pytest.mark.parametrize("scale", [(1, 1), (4, 0.5), (8, 1.5), (24, 3), (40, 2.5), (70, 5)])
@pytest.mark.parametrize("levels", [2, 5, 256])
def test_patterns_are_those_of_scikit_image_ties_among_them(scale, levels):
    gray = np.random.default_rng(0).integers(0, levels, (31, 40), dtype=np.uint8)[:, ::-1]
    patterns = local_binary_pattern(gray, *scale, method="uniform").astype(int)
    counts = np.bincount(patterns.ravel(), minlength=scale[0] + 2)
    np.testing.assert_array_equal(Lbp((scale,))(gray)[0], (counts / gray.size).astype(np.float32))
