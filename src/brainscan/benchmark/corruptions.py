"""What scanners, patients and file formats do to an image, at five severities."""

from collections.abc import Callable

import cv2
import numpy as np
from jaxtyping import UInt8

from brainscan._core.registry import Registry
from brainscan.benchmark.images import Images

Rgb = UInt8[np.ndarray, "height width 3"]
Corruption = Callable[[Rgb, int, np.random.Generator], np.ndarray]

SEVERITIES = (1, 2, 3, 4, 5)

corruptions: Registry[Corruption] = Registry("corruption")
"""The corruptions by name: functions ``(image, severity, generator) -> image``, values 0 to 255."""


def corrupt(images: Images, name: str, severity: int, seed: int = 0) -> Images:
    """Return corrupted images.

    Args:
        images: ``(n, height, width, 3)`` uint8; left alone.
        name: of a corruption; see `corruptions`.
        severity: 1, hardly to be seen, to 5, hard to read.
        seed: of noise and of the directions of fields and movements; image ``i`` draws the same
            for every severity.

    Raises:
        ValueError: an unknown name, or a severity out of range.

    References:
        D. Hendrycks and T. Dietterich, "Benchmarking Neural Network Robustness to Common
        Corruptions and Perturbations", ICLR 2019, arXiv:1903.12261
    """
    if severity not in SEVERITIES:
        raise ValueError(f"severity must be a whole number from 1 to 5; got {severity!r}.")
    change = corruptions[name]
    changed = [
        change(image, severity, np.random.default_rng((seed, index)))
        for index, image in enumerate(images)
    ]
    return np.clip(np.rint(changed), 0, 255).astype(np.uint8)


def _noise(image: Rgb, severity: int, generator: np.random.Generator) -> np.ndarray:
    """Rician: the magnitude of a signal with Gaussian noise in both channels."""
    sigma = 255 * (0.02, 0.04, 0.07, 0.11, 0.16)[severity - 1]
    real, imaginary = generator.normal(0, sigma, (2, *image.shape[:2], 1))
    return np.hypot(image + real, imaginary)


def _blur(image: Rgb, severity: int, generator: np.random.Generator) -> np.ndarray:
    share = (0.005, 0.01, 0.015, 0.022, 0.03)[severity - 1]
    return cv2.GaussianBlur(image, (0, 0), share * max(image.shape[:2]))


def _bias_field(image: Rgb, severity: int, generator: np.random.Generator) -> np.ndarray:
    """A smooth gain of the receive coil: the exponential of a quadratic over the image."""
    strength = (0.15, 0.3, 0.5, 0.75, 1.0)[severity - 1]
    height, width = image.shape[:2]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    weights = generator.uniform(-1, 1, 5)
    field = sum(w * t for w, t in zip(weights, (x, y, x * y, x**2, y**2), strict=True))
    field = field / max(float(np.abs(field).max()), 1e-6)
    return image * np.exp(strength * field)[..., None]


def _ghosting(image: Rgb, severity: int, generator: np.random.Generator) -> np.ndarray:
    """Every other line of k-space is weaker, which repeats the image half a field further."""
    weight = 1 - (0.1, 0.2, 0.3, 0.45, 0.6)[severity - 1]
    spectrum = np.fft.fft2(image, axes=(0, 1))
    spectrum[1::2] *= weight
    return np.abs(np.fft.ifft2(spectrum, axes=(0, 1)))


def _motion(image: Rgb, severity: int, generator: np.random.Generator) -> np.ndarray:
    """The patient moves once: a part of k-space's lines belongs to a shifted image."""
    share = (0.1, 0.2, 0.3, 0.4, 0.5)[severity - 1]
    height, width = image.shape[:2]
    shift = generator.uniform(-1, 1, 2) * (0.02 + 0.06 * share) * (height, width)
    moved = cv2.warpAffine(image, np.array([[1, 0, shift[1]], [0, 1, shift[0]]]), (width, height))
    spectrum = np.fft.fftshift(np.fft.fft2(image, axes=(0, 1)), axes=0)
    later = np.fft.fftshift(np.fft.fft2(moved, axes=(0, 1)), axes=0)
    first = round(height * (1 - share))
    spectrum[first:] = later[first:]
    return np.abs(np.fft.ifft2(np.fft.ifftshift(spectrum, axes=0), axes=(0, 1)))


def _gamma(image: Rgb, severity: int, generator: np.random.Generator) -> np.ndarray:
    exponent = (1.15, 1.35, 1.6, 2.0, 2.6)[severity - 1]
    if generator.random() < 0.5:
        exponent = 1 / exponent
    return 255 * (image / 255) ** exponent


def _jpeg(image: Rgb, severity: int, generator: np.random.Generator) -> np.ndarray:
    quality = (60, 35, 20, 10, 5)[severity - 1]
    _, content = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    decoded = cv2.imdecode(content, cv2.IMREAD_COLOR)
    assert decoded is not None  # encoded just above
    return decoded


def _resolution(image: Rgb, severity: int, generator: np.random.Generator) -> np.ndarray:
    factor = (0.7, 0.5, 0.35, 0.25, 0.18)[severity - 1]
    height, width = image.shape[:2]
    small = (max(1, round(factor * width)), max(1, round(factor * height)))
    reduced = cv2.resize(image, small, interpolation=cv2.INTER_AREA)
    return cv2.resize(reduced, (width, height), interpolation=cv2.INTER_LINEAR)


for _name, _change in {
    "noise": _noise,
    "blur": _blur,
    "bias_field": _bias_field,
    "ghosting": _ghosting,
    "motion": _motion,
    "gamma": _gamma,
    "jpeg": _jpeg,
    "resolution": _resolution,
}.items():
    corruptions.add(_name, _change)
