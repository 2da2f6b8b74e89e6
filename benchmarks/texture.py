"""Texture features of GLCM and LBP: brainscan beside scikit-image, images a second.

    python -m benchmarks texture

The settings of the paper's classifiers (256 levels, 3 distances, 4 angles; 3 scales) on slices of
the phantom at 150x150, on all cores: brainscan's threads beside a process a core of scikit-image.
The values agree to 1e-6; this is checked in the same run. On a GPU brainscan counts there, and is
measured beside its own loops on the processor too.
"""

import argparse
import importlib
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from multiprocessing import get_context
from typing import Any
from unittest.mock import patch

import jax
import numpy as np
from skimage.feature import graycomatrix, graycoprops, local_binary_pattern

import brainscan as bs
from benchmarks.timing import machine, rates_table, ratio, spread, take_turns, write
from brainscan._core.images import to_gray
from brainscan.features import kernels

COUNTING = ("glcm", "lbp", "table")
PROCESSOR = "brainscan on the processor's cores"
PROPERTIES = ("contrast", "dissimilarity", "homogeneity", "energy", "correlation", "ASM")
IMAGES, SHARE, ROUNDS = 200, 8, 7  # scikit-image describes one image in eight, to take less long


def main() -> None:
    """Run both in turns and write the result."""
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    crop = bs.preprocess.BrainCropper(size=(150, 150))
    images = [to_gray(crop(image)) for image in bs.datasets.load("phantom", n=IMAGES)]
    few = images[::SHARE]
    on_gpu = jax.default_backend() == "gpu"
    many = images * (20 if on_gpu else 1)
    table = bs.features.glcm_lbp(many)  # compiles
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        expected = list(pool.map(by_scikit_image, few))
        np.testing.assert_allclose(table[:IMAGES:SHARE], np.stack(expected), rtol=1e-6, atol=1e-6)
        functions = {
            "brainscan": lambda: bs.features.glcm_lbp(many),
            "scikit-image": lambda: list(pool.map(by_scikit_image, few)),
        }
        if on_gpu:
            np.testing.assert_array_equal(by_the_processor(images), table[:IMAGES])
            functions[PROCESSOR] = lambda: by_the_processor(images)
        seconds = take_turns(functions, ROUNDS)
    counts = {"brainscan": len(many), "scikit-image": len(few), PROCESSOR: len(images)}
    each = {who: [s / counts[who] for s in some] for who, some in seconds.items()}
    result = {"machine": machine(), "seconds_an_image": each}
    result["ratio"] = ratio(each["scikit-image"], each["brainscan"])
    shown = rates_table(result, "GLCM and LBP", "scikit-image", each)
    if on_gpu:
        result["ratio_to_the_processor"] = ratio(each[PROCESSOR], each["brainscan"])
        share = result["ratio_to_the_processor"]["median"]
        rate = spread([1 / s for s in each[PROCESSOR]], ".0f")
        shown += f"\n{PROCESSOR}: {rate} images a second; on the GPU {share:.0f} times as many.\n"
    write("texture-gpu" if on_gpu else "texture", result, shown)


def by_the_processor(images: Any) -> Any:
    """Return the features as brainscan's own loops count them, though there is a GPU."""
    with ExitStack() as changed:
        for name in COUNTING:
            module = importlib.import_module(f"brainscan.features.{name}")
            changed.enter_context(patch.object(module, "counting", lambda: kernels))
        return bs.features.glcm_lbp(images)


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
