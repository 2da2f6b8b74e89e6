"""Draw docs/explanation/phantom.png: four contrasts, healthy and with a tumour.

python tools/phantom_figure.py
"""

from pathlib import Path

import matplotlib as mpl

mpl.use("agg")

import matplotlib.pyplot as plt

from brainscan.datasets.phantom import Slice, simulate

TARGET = Path(__file__).parents[1] / "docs/explanation/phantom.png"
SEED = 0
COLUMNS = ("t1", "t2", "flair", "t1ce")
KINDS = ("", "", "glioblastoma", "meningioma", "metastasis", "low_grade_glioma")


def main() -> None:
    """Take the first slice of each kind and contrast, and outline its tumour."""
    figure, axes = plt.subplots(4, 6, figsize=(9, 6.4), dpi=74, facecolor="black")
    found = first_of_each()
    for row, contrast in enumerate(COLUMNS):
        used = dict.fromkeys(KINDS, 0)
        for column, kind in enumerate(KINDS):
            scan = found[contrast, kind][used[kind]]
            used[kind] += 1
            axis = axes[row, column]
            axis.imshow(scan.image, cmap="gray", vmin=0, vmax=255)
            if scan.label:
                axis.contour(scan.tumour, [0.5], colors="tab:orange", linewidths=0.6)
            axis.set_axis_off()
            name = kind.replace("_", " ") or "healthy"
            axis.set_title(f"{contrast}, {name}", color="white", fontsize=7, pad=2)
    figure.subplots_adjust(0.005, 0.005, 0.995, 0.97, 0.02, 0.1)
    figure.savefig(TARGET, pil_kwargs={"optimize": True}, facecolor="black")
    print(f"{TARGET.name}: {TARGET.stat().st_size / 1000:.0f} kB, seed {SEED}")


def first_of_each() -> dict[tuple[str, str], list[Slice]]:
    """Simulate axial slices until there are two of every kind and contrast."""
    wanted = {(contrast, kind) for contrast in COLUMNS for kind in KINDS}
    found: dict[tuple[str, str], list[Slice]] = {key: [] for key in wanted}
    index = 0
    while any(len(slices) < 2 for slices in found.values()):
        scan = simulate(index, SEED)
        if scan.plane == "axial":
            found[scan.contrast, scan.kind].append(scan)
        index += 1
    return found


if __name__ == "__main__":
    main()
