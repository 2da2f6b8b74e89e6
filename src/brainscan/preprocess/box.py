"""Where a crop lies in its image."""

from typing import NamedTuple


class Box(NamedTuple):
    """A rectangle of pixels; ``bottom`` and ``right`` are the first row and column outside.

    Examples:
        >>> box = Box(top=10, left=20, bottom=110, right=100)
        >>> box.height, box.width
        (100, 80)
    """

    top: int
    left: int
    bottom: int
    right: int

    @property
    def height(self) -> int:
        """The number of rows."""
        return self.bottom - self.top

    @property
    def width(self) -> int:
        """The number of columns."""
        return self.right - self.left
