"""What an audit found, as plain values."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Int64

from brainscan.datasets.audit.copies import Copies
from brainscan.datasets.audit.outliers import Outlier
from brainscan.datasets.audit.shortcut import Shortcut
from brainscan.datasets.dataset import Unreadable


@dataclass(frozen=True, eq=False, repr=False)
class Audit:
    """What `audit` found. Print it, or write ``to_html()`` to a file and open that.

    Args:
        name: of the data set.
        ids: of its images, in its order.
        groups: ``(n,)``; one number for images that must stay on one side of a split: the data
            set's own groups, with those joined that share a near-duplicate. For
            ``data.with_groups(report.groups)``.
        class_counts: the number of images of each class.
        sizes: the number of images of each ``(height, width)``, the commonest first.
        formats: the number of files of each format; empty where images are not files.
        file_copies: groups of byte-identical files.
        pixel_copies: groups of images with the same pixels, those of `file_copies` among them.
        near_copies: groups of near-duplicates, those of `pixel_copies` among them.
        conflicts: those groups of near-duplicates whose images have different labels.
        torn: those groups of near-duplicates that the data set's own groups tear apart.
        other_name: of the other data set, if two were compared.
        overlaps: groups of near-duplicates with images of both data sets.
        outliers: images unlike the rest.
        shortcuts: how well the class can be told without the brain.
        untested: why there are no ``shortcuts``; empty where there are.
        unreadable: files that cannot be read, with the reasons.
        previews: small pictures as PNG for the HTML page, by ``(data set: 0 or 1, id)``.
    """

    name: str
    ids: tuple[str, ...]
    groups: Int64[np.ndarray, " n"]
    class_counts: Mapping[str, int]
    sizes: Mapping[tuple[int, int], int]
    formats: Mapping[str, int]
    file_copies: tuple[Copies, ...]
    pixel_copies: tuple[Copies, ...]
    near_copies: tuple[Copies, ...]
    conflicts: tuple[Copies, ...]
    torn: tuple[Copies, ...]
    other_name: str | None
    overlaps: tuple[Copies, ...]
    outliers: tuple[Outlier, ...]
    shortcuts: tuple[Shortcut, ...]
    untested: str
    unreadable: tuple[Unreadable, ...]
    previews: Mapping[tuple[int, str], bytes] = field(default_factory=dict[tuple[int, str], bytes])

    def __repr__(self) -> str:
        return (
            f"Audit({self.name!r}: {len(self.ids)} images, {self.n_groups} groups, "
            f"{len(self.near_copies)} of near-duplicates, {len(self.conflicts)} conflicts)"
        )

    def __str__(self) -> str:
        return self.to_text()

    @property
    def n_groups(self) -> int:
        """The number of groups that are independent of each other."""
        return len(np.unique(self.groups))

    def to_text(self) -> str:
        """Return a report for a terminal."""
        from brainscan.datasets.audit.text import render_text

        return render_text(self)

    def to_html(self) -> str:
        """Return a page that shows the images of each finding, and needs no other file."""
        from brainscan.datasets.audit.page import render_page

        return render_page(self)

    def to_json(self) -> dict[str, Any]:
        """Return all but the pictures as plain values, for ``json.dumps``."""
        return {
            "name": self.name,
            "images": len(self.ids),
            "class_counts": dict(self.class_counts),
            "sizes": [
                {"height": height, "width": width, "images": count}
                for (height, width), count in self.sizes.items()
            ],
            "formats": dict(self.formats),
            "independent_groups": self.n_groups,
            "file_copies": [asdict(copies) for copies in self.file_copies],
            "pixel_copies": [asdict(copies) for copies in self.pixel_copies],
            "near_copies": [asdict(copies) for copies in self.near_copies],
            "conflicts": [asdict(copies) for copies in self.conflicts],
            "torn": [asdict(copies) for copies in self.torn],
            "other_name": self.other_name,
            "overlaps": [asdict(copies) for copies in self.overlaps],
            "outliers": [asdict(outlier) for outlier in self.outliers],
            "shortcuts": [
                asdict(shortcut) | {"found": shortcut.found, "meaning": shortcut.meaning}
                for shortcut in self.shortcuts
            ],
            "untested": self.untested,
            "unreadable": [asdict(file) for file in self.unreadable],
            "groups": dict(zip(self.ids, self.groups.tolist(), strict=True)),
        }
