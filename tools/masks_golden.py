"""Make golden values of the figures of masks with MONAI, MedPy and panoptica.

It needs, in an environment of its own, monai (1.6.1 was used), medpy 0.5.2, panoptica 2.1.7,
scikit-image and torch:

    python tools/masks_golden.py
"""

from pathlib import Path

import numpy as np

GOLDEN = Path(__file__).parents[1] / "tests/golden/masks.npz"
SPACING_MM = (0.5, 1.25)  # of rows and of columns
LEAST_IOU = 0.1
SHAPE = (56, 44)
SEED = 6


def blobs(rng, level):
    """Return a mask of several parts, some of them cut by the border of the image."""
    from scipy.ndimage import gaussian_filter

    return gaussian_filter(rng.normal(size=SHAPE), 4) > level


def masks():
    """Return truths and predictions, ``(n, height, width)`` bool, none of them empty."""
    from scipy.ndimage import gaussian_filter, shift

    rng = np.random.default_rng(SEED)
    truths, predictions = [], []
    for level in (0.0, 0.02, 0.05, 0.08, 0.1):
        for kind in range(4):
            truth = blobs(rng, level)
            if kind == 0:
                prediction = blobs(rng, level)
            elif kind == 1:
                prediction = shift(truth.astype(float), rng.integers(-4, 5, 2), order=0) > 0
            elif kind == 2:
                prediction = truth ^ (gaussian_filter(rng.normal(size=SHAPE), 1) > 0.4)
            else:
                truth = np.zeros(SHAPE, bool)
                truth[tuple(rng.integers(0, SHAPE, 2))] = True  # a single pixel
                prediction = blobs(rng, level)
            truths.append(truth)
            predictions.append(prediction)
    kept = [
        i for i, pair in enumerate(zip(truths, predictions, strict=True)) if all(map(np.any, pair))
    ]
    return np.stack([truths[i] for i in kept]), np.stack([predictions[i] for i in kept])


def of_medpy(truth, prediction):
    """Return overlaps and a distance by MedPy."""
    from medpy.metric import binary

    return {
        "dice": binary.dc(prediction, truth),
        "iou": binary.jc(prediction, truth),
        "mask_sensitivity": binary.recall(prediction, truth),
        "mask_precision": binary.precision(prediction, truth),
        "average_surface_distance": binary.assd(prediction, truth, voxelspacing=SPACING_MM),
    }


def of_monai(truth, prediction):
    """Return distances by MONAI, which counts in float32."""
    import torch
    from monai.metrics import compute_average_surface_distance, compute_hausdorff_distance

    both = [torch.from_numpy(mask[None, None].astype(np.float32)) for mask in (prediction, truth)]
    options = {"include_background": True, "spacing": list(SPACING_MM)}
    return {
        "hd95": compute_hausdorff_distance(*both, percentile=95, **options).item(),
        "average_surface_distance_monai": compute_average_surface_distance(
            *both, symmetric=True, **options
        ).item(),
    }


def of_panoptica(truth, prediction):
    """Return F1 of lesions (recognition quality), those of scikit-image's labels."""
    from panoptica import InputType, NaiveThresholdMatching, Panoptica_Evaluator
    from skimage.measure import label

    evaluator = Panoptica_Evaluator(
        expected_input=InputType.UNMATCHED_INSTANCE,
        instance_matcher=NaiveThresholdMatching(matching_threshold=LEAST_IOU),
    )
    parts = [label(mask, connectivity=2).astype(np.uint16) for mask in (prediction, truth)]
    found = evaluator.evaluate(*parts, verbose=False)["ungrouped"]
    return {"lesion_f1": found.rq}


def main():
    """Write the masks, and what the packages say of them."""
    truths, predictions = masks()
    rows = [
        of_medpy(*pair) | of_monai(*pair) | of_panoptica(*pair)
        for pair in zip(truths, predictions, strict=True)
    ]
    values = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    np.savez_compressed(GOLDEN, truths=truths, predictions=predictions, **values)
    for name, value in values.items():
        print(name, value.round(3))


if __name__ == "__main__":
    main()
