"""Steps one after the other."""

from dataclasses import dataclass

from brainscan._core.checks import check_image
from brainscan._core.types import Image
from brainscan.preprocess.step import Step


@dataclass(frozen=True)
class Chain(Step):
    """Apply steps in their order; a chain is a step itself.

    Args:
        steps: the steps.

    Raises:
        TypeError: something else is among the steps.

    Examples:
        >>> import brainscan as bs
        >>> prepare = Chain((bs.preprocess.Resize((64, 64)), bs.preprocess.Standardize()))
    """

    steps: tuple[Step, ...]

    def __post_init__(self) -> None:
        for step in self.steps:
            if not isinstance(step, Step):
                raise TypeError(f"steps must be preprocessing steps; got {step!r}.")

    def apply(self, image: Image) -> Image:
        """Apply every step to one image."""
        for step in self.steps:
            image = step.apply(check_image(image))
        return image
