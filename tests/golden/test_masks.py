"""Figures of masks against MONAI, MedPy and panoptica, whose values tools/masks_golden.py made."""

import runpy
from pathlib import Path

import numpy as np
import pytest

from brainscan import metrics

TOOL = runpy.run_path(str(Path(__file__).parents[2] / "tools/masks_golden.py"))
GOLDEN = np.load(TOOL["GOLDEN"])
PAIRS = list(zip(GOLDEN["truths"], GOLDEN["predictions"], strict=True))


def test_there_is_much_to_compare():
    assert len(PAIRS) == 20
    assert len(np.unique(GOLDEN["lesion_f1"])) > 8
    assert GOLDEN["dice"].min() < 0.1
    assert GOLDEN["dice"].max() > 0.8


@pytest.mark.parametrize("name", ["dice", "iou", "mask_sensitivity", "mask_precision"])
def test_overlap_as_in_medpy(name):
    found = [getattr(metrics, name)(*pair) for pair in PAIRS]
    np.testing.assert_allclose(found, GOLDEN[name], rtol=1e-12)


def test_average_surface_distance_as_in_medpy_and_monai():
    found = [metrics.average_surface_distance(*pair, TOOL["SPACING_MM"]) for pair in PAIRS]
    np.testing.assert_allclose(found, GOLDEN["average_surface_distance"], rtol=1e-12)
    np.testing.assert_allclose(found, GOLDEN["average_surface_distance_monai"], rtol=1e-5)


def test_hd95_as_in_monai():
    found = [metrics.hd95(*pair, TOOL["SPACING_MM"]) for pair in PAIRS]
    np.testing.assert_allclose(found, GOLDEN["hd95"], rtol=1e-5)


def test_lesions_as_in_panoptica():
    found = [metrics.lesion_f1(*pair, TOOL["LEAST_IOU"]) for pair in PAIRS]
    np.testing.assert_allclose(found, GOLDEN["lesion_f1"], rtol=1e-12)


def test_evaluate_masks_gives_the_same():
    found = metrics.evaluate_masks(
        GOLDEN["truths"], GOLDEN["predictions"], spacing_mm=TOOL["SPACING_MM"]
    )
    for name in ("dice", "iou", "hd95", "average_surface_distance", "lesion_f1"):
        np.testing.assert_allclose(found.values[name], GOLDEN[name], rtol=1e-5)
