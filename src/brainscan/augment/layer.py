"""A Keras layer that augments while a model is trained and does nothing otherwise."""

from typing import Any, no_type_check

import jax
import jax.numpy as jnp
import keras

from brainscan._backend import require_jax
from brainscan.augment.chain import Compose
from brainscan.augment.registry import from_config, to_config


@keras.saving.register_keras_serializable(package="brainscan")
class Augmentation(keras.layers.Layer):
    """Apply a chain of augmentations, in the training step only, on the device.

    Its random state is a Keras variable: it works under ``model.fit``, ``stateless_call`` and
    ``jax.jit``. A ``.keras`` file holds the parts' names, their settings and the seed as plain
    values; the random state starts anew at the seed when it is loaded, as that of Keras's dropout
    does. Import this class before ``keras.saving.load_model``, so that Keras knows it.

    Args:
        warp: the chain, such as `brainscan.augment.paper`'s.
        seed: an integer that decides the random numbers, or None for others in each run.
        **kwargs: of `keras.layers.Layer`, such as ``name``.

    Raises:
        RuntimeError: Keras does not run on JAX.
        TypeError: ``warp`` is no `Compose`.

    Examples:
        >>> import keras
        >>> import brainscan as bs
        >>> layer = bs.augment.Augmentation(bs.augment.paper(), seed=0)
        >>> model = keras.Sequential([keras.Input((150, 150, 3)), layer])
    """

    # Keras reads the bare signature, which a checker that wraps the method would hide.
    @no_type_check
    def __init__(self, warp: Compose, seed: int | None = None, **kwargs: Any) -> None:
        require_jax("brainscan.augment.Augmentation")
        if not isinstance(warp, Compose):
            raise TypeError(
                f"warp must be a brainscan.augment.Compose; got {warp!r}. "
                "Call the preset: Augmentation(brainscan.augment.paper())."
            )
        super().__init__(**kwargs)
        self.warp = warp
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, images: Any, training: bool | None = None) -> Any:
        """Change ``(n, height, width, channels)`` images in 0 to 255 if ``training``."""
        images = jnp.asarray(images)
        if training:
            # Always these bits, whatever generator of random numbers JAX is set to.
            key = jax.random.wrap_key_data(self.seed_generator.next(), impl="threefry2x32")
            exact = images if images.dtype == jnp.uint8 else images.astype(jnp.float32)
            images = self.warp(key, exact)
        return images.astype(self.compute_dtype)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the input's shape."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Return the settings as plain values.

        Raises:
            ValueError: a part is not registered.
        """
        config: dict[str, Any] = super().get_config()
        return {**config, "warp": [to_config(part) for part in self.warp.parts], "seed": self.seed}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Augmentation":
        """Make the layer that `get_config` described.

        Raises:
            ValueError: a part has an unknown name or refuses its settings.
        """
        settings = dict(config)
        warp = Compose(tuple(from_config(part) for part in settings.pop("warp")))
        return cls(warp, **settings)
