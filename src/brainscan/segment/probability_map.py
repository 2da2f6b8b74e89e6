"""How likely each pixel is tumour, by a patch classifier that is asked everywhere at once."""

from typing import Any

import keras
import numpy as np
from jaxtyping import Float32
from numpy.typing import NDArray

from brainscan._backend import require_jax
from brainscan._core.checks import check_image, is_one_image
from brainscan._core.images import to_gray, to_rgb
from brainscan._core.types import Image
from brainscan.segment.fully_convolutional import FullyConvolutional, fully_convolutional
from brainscan.segment.patches import check_holds_patch


def probability_map(
    model: keras.Model, images: NDArray[Any], step: int = 8
) -> Float32[np.ndarray, "..."]:
    """Return the probability of tumour at each pixel of images larger than the patches.

    The network is run over the whole image, not over its patches: the convolutions once, then what
    gathers a patch's feature map as a moving window of that map's size, then the layers behind it
    at each position (Long et al., doi:10.1109/CVPR.2015.7298965). At every ``step``-th pixel of
    every ``step``-th row, beginning with the first, the map has the score of the patch with that
    pixel in its middle; between them it is interpolated. A step below the network's stride runs it
    on as many shifts of the image as it takes (Sermanet et al., https://arxiv.org/abs/1312.6229).
    What a patch sees beyond the border of the image repeats the border's pixels, as `cut_patches`
    has it.

    Two things differ from cutting the patch out and asking the network of it. The convolutions see
    the image's own pixels beyond the patch, where a patch alone ends in zeros: a backbone that pads
    nothing gives equal scores, others nearly so, the less the larger the patch is beside what a
    feature sees. And a mean over the whole map inside the backbone (squeeze-and-excitation) becomes
    one over a window of the patch's size around each feature (Chu et al.,
    doi:10.1007/978-3-031-20071-7_4).

    Args:
        model: a trained classifier of patches as `brainscan.models.build` makes it: with one
            sigmoid unit, any head but ``"stages"``, and a scaling that treats each pixel alike,
            which ``"standardized"`` does not.
        images: ``(n, height, width, channels)``, or one image, ``(height, width)`` or ``(height,
            width, channels)``; 0 to 255, as they were read. Grey becomes what the model takes.
        step: how many pixels lie between the positions where the network is asked; of the divisors
            of its stride, the largest up to this is taken. Half the step takes four times as long.

    Returns:
        ``(n, height, width)`` in 0 to 1, or ``(height, width)`` for one image.

    Raises:
        TypeError: ``model`` is no functional model.
        ValueError: ``model`` is no such classifier or has no convolutional features, an image is
            smaller than a patch or has pixels outside 0 to 255, or ``step`` is no positive whole
            number.
        RuntimeError: Keras does not run on JAX.

    Examples:
        >>> import brainscan as bs
        >>> image = bs.datasets.load("phantom", n=2)[0]
        >>> model = bs.models.build("small_cnn", (32, 32, 3), weights=None, head="global_average")
        >>> bs.segment.probability_map(model, image, step=32).shape == image.shape
        True
    """
    require_jax("brainscan.segment.probability_map")
    if not isinstance(step, int) or step < 1:
        raise ValueError(f"step must be a positive whole number of pixels; got {step!r}.")
    network = fully_convolutional(model)
    if is_one_image(images):
        return _map_of(network, images, step)
    if len(images) == 0:
        raise ValueError("images must hold one image at least; got none.")
    return np.stack([_map_of(network, image, step) for image in images])


def _map_of(network: FullyConvolutional, image: Image, step: int) -> Float32[np.ndarray, "h w"]:
    pixels = _as_input(image, network.channels)
    check_holds_patch(pixels, network.patch, "image")
    stride = network.stride
    step = max(d for d in range(1, min(step, stride) + 1) if stride % d == 0)
    shifts = stride // step
    height, width = pixels.shape[:2]
    rows, columns = _count(height, step, shifts), _count(width, step, shifts)
    size = network.patch[0] + (rows - 1) * stride, network.patch[1] + (columns - 1) * stride
    padded = _pad(pixels, network.patch, (size[0] + stride - step, size[1] + stride - step))
    corners = [(i * step, j * step) for i in range(shifts) for j in range(shifts)]
    windows = np.stack([padded[i : i + size[0], j : j + size[1]] for i, j in corners])
    scores = network.scores(windows).reshape(shifts, shifts, rows, columns)
    grid = scores.transpose(2, 0, 3, 1).reshape(rows * shifts, columns * shifts)
    return _between(_between(grid, height, step).T, width, step).T


def _count(side: int, step: int, shifts: int) -> int:
    """Return how many positions of each shift reach from the first pixel of a side to its last."""
    positions = 1 + -(-(side - 1) // step)
    return -(-positions // shifts)


def _as_input(image: Any, channels: int) -> Float32[np.ndarray, "h w c"]:
    image = check_image(image)
    if image.min() < 0 or image.max() > 255:
        raise ValueError(
            f"image must have pixels in 0 to 255; got {image.min()} to {image.max()}. "
            "brainscan.preprocess.ToRange255 stretches others."
        )
    pixels = to_rgb(image) if channels == 3 else to_gray(image)[:, :, None]
    return pixels.astype(np.float32)


def _pad(
    pixels: Float32[np.ndarray, "h w c"], patch: tuple[int, int], size: tuple[int, int]
) -> Float32[np.ndarray, "hp wp c"]:
    """Repeat the border's pixels: half a patch before the first, as far as needed beyond."""
    before = [side // 2 for side in patch]
    widths = [(b, s - b - n) for b, s, n in zip(before, size, pixels.shape, strict=False)]
    return np.pad(pixels, [*widths, (0, 0)], mode="edge")


def _between(
    grid: Float32[np.ndarray, "rows columns"], n: int, step: int
) -> Float32[np.ndarray, "n columns"]:
    """Interpolate rows that lie ``step`` pixels apart, linearly, to ``n`` pixels."""
    position = np.arange(n, dtype=np.float32) / np.float32(step)
    below = position.astype(np.int64)
    above = np.minimum(below + 1, len(grid) - 1)
    share = (position - below.astype(np.float32))[:, None]
    return grid[below] * (1 - share) + grid[above] * share
