"""A tissue and where it covers what was painted before."""

from dataclasses import dataclass

from brainscan.datasets.phantom.fields import Field


@dataclass(frozen=True, eq=False)
class Layer:
    """One coat of paint.

    Args:
        tissue: a name of `TISSUES`.
        cover: ``(h, w)`` 0 to 1: the fraction of a pixel that it takes from what lies under it.
    """

    tissue: str
    cover: Field
