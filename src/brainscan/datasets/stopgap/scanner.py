"""What the scanner and the window make of the signal."""

import cv2
import numpy as np
from jaxtyping import Bool, UInt8

from brainscan.datasets.stopgap.fields import Field, smooth_field


def scan(
    rng: np.random.Generator, signal: Field, head: Bool[np.ndarray, "h w"]
) -> UInt8[np.ndarray, "h w"]:
    """Return the picture of a signal: bias field, blur, Rician noise, and a window to 8 bits.

    Everything is drawn without a look at whether there is a tumour.

    References:
        The noise of magnitude images: Gudbjartsson and Patz, Magnetic Resonance in Medicine 1995,
        doi:10.1002/mrm.1910340618.
    """
    size = (signal.shape[0], signal.shape[1])
    bias = np.exp(rng.uniform(0.03, 0.2) * smooth_field(rng, size, max(size) / 2.5))
    blurred = cv2.GaussianBlur(signal * bias.astype(np.float32), (0, 0), rng.uniform(0.35, 0.9))
    reference = float(np.percentile(blurred[head], 90))
    sigma = rng.uniform(0.008, 0.045) * reference
    noise = rng.standard_normal((2, *size), np.float32) * np.float32(sigma)
    measured = np.hypot(blurred + noise[0], noise[1])
    low = rng.uniform(0.0, 0.06) * reference
    high = rng.uniform(1.0, 1.7) * float(np.percentile(measured[head], rng.uniform(93, 99)))
    scaled = np.clip((measured - low) / (high - low), 0, 1) ** rng.uniform(0.8, 1.2)
    return np.rint(255 * scaled).astype(np.uint8)
