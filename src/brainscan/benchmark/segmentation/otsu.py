"""The brightest part of the head: what a method that learns nothing reaches."""

import time

import numpy as np
from jaxtyping import Float
from skimage.filters import threshold_multiotsu

from brainscan.benchmark.contender import Advance, Training
from brainscan.benchmark.images import Images
from brainscan.benchmark.segmentation.contender import MaskContender, Probabilities, segmenters
from brainscan.benchmark.segmentation.images import MaskInputs
from brainscan.datasets.splits import Split
from brainscan.train import Recipe

_CLASSES = 4  # background, fluid, tissue, and what is brighter


@segmenters.register("otsu")
class Otsu(MaskContender):
    """The brightest of four classes of grey, parted by Otsu's method in each image for itself.

    It is the floor of a comparison: tumours are bright in contrast-enhanced and in T2-weighted
    images, and so is fat.

    References:
        Otsu, IEEE Trans. Syst. Man Cybern. 1979, doi:10.1109/TSMC.1979.4310076.
    """

    def __init__(self, inputs: MaskInputs, recipe: Recipe, seed: int) -> None:
        self._some = inputs.images[: recipe.batch_size]

    def train(self, split: Split, seed: int, advance: Advance) -> Training:
        """Learn nothing."""
        advance("nothing to learn")
        return Training(0.0)

    def probabilities(self, images: Images) -> Probabilities:
        """Return 1 in the brightest class and 0 elsewhere."""
        return np.stack([_brightest(image.mean(axis=2)) for image in images])

    def ms_per_step(self) -> float:
        """Return the time of a batch, which needs no warming up."""
        begin = time.perf_counter()
        self.probabilities(self._some)
        return 1000 * (time.perf_counter() - begin)


def _brightest(gray: Float[np.ndarray, "h w"]) -> Float[np.ndarray, "h w"]:
    whole = np.rint(gray).astype(np.uint8)
    if len(np.unique(whole)) < _CLASSES:
        return np.zeros(whole.shape, np.float32)
    return (whole > threshold_multiotsu(whole, _CLASSES)[-1]).astype(np.float32)
