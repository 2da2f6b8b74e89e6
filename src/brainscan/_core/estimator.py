"""What makes a frozen dataclass a scikit-learn transformer of images."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import FrozenInstanceError, replace
from typing import Any, TypeVar

from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import Tags

from brainscan._core.types import Image

_Self = TypeVar("_Self", bound="ImageTransformer")  # typing.Self is beyond the run-time checks


class ImageTransformer(TransformerMixin, BaseEstimator):
    """A stateless transformer: a frozen dataclass that is called on images.

    A subclass defines ``__call__``. Its fields are its parameters; they are frozen except for
    `set_params`, which grid searches and pipelines need, and which checks the new values first.
    """

    def __new__(cls, *args: object, **kwargs: object) -> Any:
        """Make an instance whose class takes the private notes of scikit-learn."""
        # A frozen dataclass refuses every name, also those that a Pipeline notes on its steps;
        # __setattr__ and __delattr__ below refuse only the public ones.
        for owner in cls.__mro__[: cls.__mro__.index(ImageTransformer)]:
            if "__dataclass_params__" in vars(owner):
                for name in vars(owner).keys() & {"__setattr__", "__delattr__"}:
                    with suppress(AttributeError):  # another thread was quicker
                        delattr(owner, name)
        return super().__new__(cls)

    def __setattr__(self, name: str, value: object) -> None:
        if not name.startswith("_"):
            raise FrozenInstanceError(f"cannot assign to field {name!r}")
        super().__setattr__(name, value)

    def __delattr__(self, name: str) -> None:
        if not name.startswith("_"):
            raise FrozenInstanceError(f"cannot delete field {name!r}")
        super().__delattr__(name)

    def __call__(self, images: Any) -> Any:
        """Transform one image or several."""
        raise NotImplementedError

    def fit(self: _Self, X: Image | Iterable[Image], y: object = None) -> _Self:  # noqa: N803
        """Return itself: there is nothing to learn."""
        return self

    def transform(self, X: Image | Iterable[Image]) -> Any:  # noqa: N803
        """Transform images; the same as a call."""
        return self(X)

    def set_params(self: _Self, **params: Any) -> _Self:
        """Change parameters in place, as scikit-learn's searches do.

        Raises:
            ValueError: there is no such parameter, or its value is refused.
        """
        nested = {name for name in params if "__" in name}
        own = {name: value for name, value in params.items() if name not in nested}
        unknown = own.keys() - self.get_params(deep=False).keys()
        if unknown:
            raise ValueError(
                f"{type(self).__name__} must be given its own parameters "
                f"{sorted(self.get_params(deep=False))}; got {sorted(unknown)}."
            )
        checked = replace(self, **own)  # pyright: ignore[reportArgumentType]
        for name in own:
            object.__setattr__(self, name, getattr(checked, name))
        if nested:
            super().set_params(**{name: params[name] for name in nested})
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        tags.no_validation = True
        tags.input_tags.two_d_array = False
        tags.input_tags.three_d_array = True
        return tags
