"""Names for the arrays that pass between the layers."""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Image: TypeAlias = NDArray[Any]
"""``(height, width)`` or ``(height, width, channels)``; uint8, uint16 or float32."""

Mask: TypeAlias = NDArray[np.bool_]
"""``(height, width)``; True inside."""

Labels: TypeAlias = NDArray[np.int64]
"""``(n,)``; the index of the class; with two classes 1 = tumour."""

Scores: TypeAlias = NDArray[Any]
"""``(n,)`` probability of class 1, or ``(n, classes)`` rows that sum to 1; float."""
