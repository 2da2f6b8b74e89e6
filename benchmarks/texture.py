"""Texture features of GLCM and LBP: brainscan beside scikit-image, images a second.

    python -m benchmarks texture

The settings of the paper's classifiers (256 levels, 3 distances, 4 angles; 3 scales) on slices of
the phantom at 150x150, on all cores: brainscan's threads beside a process a core of scikit-image.
The values agree to 1e-6; this is checked in the same run.
"""

from concurrent.futures import ProcessPoolExecutor
from typing import Any

import numpy as np
from skimage.feature import graycomatrix, graycoprops, local_binary_pattern

import brainscan as bs
from benchmarks.timing import machine, rates_table, ratio, take_turns, write
from brainscan._core.images import to_gray

PROPERTIES = ("contrast", "dissimilarity", "homogeneity", "energy", "correlation", "ASM")
IMAGES, SHARE, ROUNDS = 200, 8, 7  # scikit-image describes one image in eight, to take less long


def main() -> None:
    """Run both in turns and write the result."""
    crop = bs.preprocess.BrainCropper(size=(150, 150))
    images = [to_gray(crop(image)) for image in bs.datasets.load("phantom", n=IMAGES)]
    few = images[::SHARE]
    table = bs.features.glcm_lbp(images)  # compiles
    with ProcessPoolExecutor() as pool:
        expected = list(pool.map(by_scikit_image, few))
        np.testing.assert_allclose(table[::SHARE], np.stack(expected), rtol=1e-6, atol=1e-6)
        seconds = take_turns(
            {
                "brainscan": lambda: bs.features.glcm_lbp(images),
                "scikit-image": lambda: list(pool.map(by_scikit_image, few)),
            },
            ROUNDS,
        )
    each = {
        "brainscan": [s / len(images) for s in seconds["brainscan"]],
        "scikit-image": [s / len(few) for s in seconds["scikit-image"]],
    }
    result = {"machine": machine(), "seconds_an_image": each}
    result["ratio"] = ratio(each["scikit-image"], each["brainscan"])
    write("texture", result, rates_table(result, "GLCM and LBP", "scikit-image", each))


def by_scikit_image(gray: Any) -> Any:
    """Return the same features of one image by scikit-image."""
    angles = np.deg2rad((0, 45, 90, 135))
    matrix = graycomatrix(gray, (1, 2, 3), angles, 256, symmetric=True, normed=True)
    parts = [graycoprops(matrix, name).ravel() for name in PROPERTIES]
    for points, radius in ((8, 1), (16, 2), (24, 3)):
        patterns = local_binary_pattern(gray, points, radius, method="uniform").astype(int)
        parts.append(np.bincount(patterns.ravel(), minlength=points + 2) / gray.size)
    return np.concatenate(parts)


if __name__ == "__main__":
    main()
