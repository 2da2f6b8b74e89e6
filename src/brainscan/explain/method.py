"""What a method of explanation is, and the methods by name."""

from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from brainscan._core.registry import Registry
from brainscan.explain.network import Network


@runtime_checkable
class Method(Protocol):
    """A way to tell where in an image the evidence for a class lies; a frozen dataclass."""

    def attribute(
        self, network: Network, images: NDArray[np.float32], target: int
    ) -> NDArray[np.float32]:
        """Return ``(n, height, width)`` what each pixel adds to the logit of a class.

        Args:
            network: one classifier.
            images: ``(n, height, width, channels)``, 0 to 255, n of 1 or more.
            target: the class.
        """
        ...


methods: Registry[Any] = Registry("method")
"""The methods by name: classes whose defaults are what the name stands for."""


def method_of(given: str | Method) -> Method:
    """Return the method of a name, or the one given.

    Raises:
        ValueError: no method has this name.
        TypeError: it is neither a name nor a method.
    """
    if isinstance(given, str):
        method: Method = methods[given]()
        return method
    if isinstance(given, type) or not isinstance(given, Method):
        raise TypeError(
            f"method must be a name, one of {', '.join(methods.names())}, or a method with its "
            f"settings, such as LayerCAM(stages=2); got {given!r}."
        )
    return given
