"""The scanner and the display: point spread, coil, noise, window."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import UInt8

from brainscan.datasets.phantom.fields import Field, smooth_field
from brainscan.datasets.phantom.layer import Layer


@dataclass(frozen=True)
class Scanner:
    """What happens between tissue and screen; drawn without looking at the label.

    Args:
        blur_mm: width of the point spread: resolution and slice thickness.
        bias: strength of the coil's uneven sensitivity, as a standard deviation of its logarithm.
        snr: signal of the brain over the noise of each channel.
        black: the display window's lower end, as a fraction of its upper one.
        white: the percentile of the head's pixels that is shown white.
        gamma: of the display.
    """

    blur_mm: float
    bias: float
    snr: float
    black: float
    white: float
    gamma: float

    def image(
        self,
        rng: np.random.Generator,
        layers: Sequence[Layer],
        signals: Mapping[str, float],
        spacing_mm: float,
    ) -> UInt8[np.ndarray, "h w"]:
        """Paint the layers with their tissues' signals and acquire the image.

        References:
            H. Gudbjartsson and S. Patz, "The Rician distribution of noisy MRI data", Magnetic
            Resonance in Medicine 34(6), 910-914, 1995, doi:10.1002/mrm.1910340618
        """
        signal = np.full(layers[0].cover.shape, signals["air"], np.float32)
        for layer in layers:
            signal += layer.cover * (np.float32(signals[layer.tissue]) - signal)
        signal = cv2.GaussianBlur(signal, (0, 0), self.blur_mm / spacing_mm).astype(np.float32)
        height, width = signal.shape
        coil = smooth_field(rng, (height, width), spacing_mm, 110.0)
        signal *= np.exp(np.float32(self.bias) * coil)
        reference = float(signals["gray"] + signals["white"]) / 2
        noise = rng.standard_normal((2, height, width), np.float32)
        noise *= np.float32(reference / self.snr)
        return self._shown(np.hypot(signal + noise[0], noise[1]), reference)

    def _shown(self, magnitude: Field, reference: float) -> UInt8[np.ndarray, "h w"]:
        head = magnitude[magnitude > 0.25 * reference]
        top = float(np.percentile(head, self.white)) if head.size else 1.0
        bottom = self.black * top
        shown = np.clip((magnitude - np.float32(bottom)) / np.float32(top - bottom), 0, 1)
        return np.rint(255 * shown ** np.float32(self.gamma)).astype(np.uint8)


def draw_scanner(rng: np.random.Generator) -> Scanner:
    """Draw a scanner and its display."""
    return Scanner(
        blur_mm=float(rng.uniform(0.5, 1.0)),
        bias=float(rng.uniform(0.02, 0.12)),
        snr=float(np.exp(rng.uniform(np.log(16), np.log(70)))),
        black=float(rng.uniform(0.0, 0.12)),
        white=float(rng.uniform(97.0, 99.8)),
        gamma=float(rng.uniform(0.85, 1.15)),
    )
