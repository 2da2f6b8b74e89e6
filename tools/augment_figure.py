"""Draw docs/how-to/augment.png: one simulated slice, its mask, and seven augmented copies.

python tools/augment_figure.py
"""

from pathlib import Path

import jax
import numpy as np
from matplotlib.figure import Figure

import brainscan as bs
from brainscan._core.images import to_rgb
from brainscan.datasets.phantom import simulate

TARGET = Path(__file__).parents[1] / "docs/how-to/augment.png"


def main() -> None:
    """Write the figure."""
    scans = (simulate(index) for index in range(100))
    scan = next(scan for scan in scans if scan.label and scan.plane == "axial")
    image, mask = to_rgb(scan.image), scan.tumour
    warp = bs.augment.paper()
    figure = Figure(figsize=(9, 4.6), dpi=80, layout="constrained")
    for number, axis in enumerate(figure.subplots(2, 4).ravel()):
        key = jax.random.key(number)
        shown = (image, mask) if number == 0 else (warp(key, image), warp.transform_mask(key, mask))
        axis.imshow(np.asarray(shown[0]))
        if np.asarray(shown[1]).any():
            axis.contour(np.asarray(shown[1]), [0.5], colors="tab:orange", linewidths=0.8)
        axis.set_title("as read" if number == 0 else f"key {number}", fontsize=8)
        axis.set_axis_off()
    figure.savefig(TARGET, pil_kwargs={"optimize": True})
    print(f"{TARGET.name}: {TARGET.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
