"""How large a scan may be: checked from what its header says, before anything is unpacked."""

from dataclasses import dataclass, fields

import numpy as np


@dataclass(frozen=True)
class Limits:
    """What `read` accepts; a file beyond it is refused before memory is taken for its content.

    Reading takes, beside the file itself, about three times the unpacked bytes at its peak.

    Args:
        file_bytes: the size of the file, or of all the files of a series together.
        pixels: rows times columns of one slice.
        slices: the slices of a volume, the frames or pages of a file, the DICOM files of a folder.
        unpacked_bytes: all slices together as they are returned or as the file stores them,
            whichever is more; and what a compressed file holds once it is inflated.

    Raises:
        ValueError: one of them is not a positive whole number.

    Examples:
        >>> Limits(slices=300)
        Limits(file_bytes=536870912, pixels=100000000, slices=300, unpacked_bytes=1073741824)
    """

    file_bytes: int = 512 * 2**20
    pixels: int = 100_000_000
    slices: int = 2_000
    unpacked_bytes: int = 2**30

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
            if not whole or value < 1:
                raise ValueError(
                    f"{field.name} must be a positive whole number; got {value!r}. "
                    "A limit that is large enough is as good as none."
                )

    def check_file(self, size: int) -> None:
        """Raise ValueError where a file, or a series of files, has too many bytes."""
        self._check("file_bytes", "bytes", size)

    def check_slices(self, count: int) -> None:
        """Raise ValueError where there are too many slices."""
        self._check("slices", "slices", count)

    def check_unpacked(self, size: int) -> None:
        """Raise ValueError where the content takes too many bytes."""
        self._check("unpacked_bytes", "bytes once unpacked", size)

    def check_volume(self, rows: int, columns: int, slices: int, pixel_bytes: int) -> None:
        """Raise ValueError where slices of this size are too many or too large."""
        self._check("pixels", "pixels a slice", rows * columns)
        self.check_slices(slices)
        self.check_unpacked(rows * columns * slices * pixel_bytes)

    def _check(self, limit: str, unit: str, found: int) -> None:
        most = int(getattr(self, limit))
        if found > most:
            raise ValueError(
                f"must have at most {most:,} {unit}; it has {found:,}. "
                f"If it is sound, raise the limit: limits=Limits({limit}={found})."
            )


DEFAULT_LIMITS = Limits()
