"""Train a network in one call."""

from typing import Any

import keras
from numpy.typing import NDArray

from brainscan._core.progress import JobProgress
from brainscan.train.checks import check_fit
from brainscan.train.history import Epoch, History
from brainscan.train.last_layer_trainer import make_trainer
from brainscan.train.recipe import PAPER, Recipe
from brainscan.train.trainer import Masks


def fit(
    model: keras.Model,
    images: NDArray[Any],
    labels: NDArray[Any] | None,
    validation: tuple[Any, ...] | None = None,
    recipe: Recipe = PAPER,
    seed: int = 0,
    progress: bool = True,
    masks: Masks | None = None,
) -> History:
    """Train ``model`` as ``recipe`` says; it ends with the weights of its best epoch.

    Images, augmentation and training stay on the device. Ctrl-C stops after keeping the best of
    the finished epochs. To train one model several times, `Trainer` compiles once for all.

    Args:
        model: as `brainscan.models.build` or `brainscan.models.build_segmenter` returns it; changed
            in place.
        images: ``(n, height, width, channels)`` in 0 to 255, uint8 or float32.
        labels: ``(n,)`` class indices, of any integer dtype; 1 = tumour. None where the network
            gives no score.
        validation: images, labels and, where they are learnt, masks that choose the best epoch, by
            the lowest loss. Without them the last epoch's weights stay.
        recipe: how to train; see `Recipe`.
        seed: decides the order of the images, the augmentation and the dropout. The same seed, on
            the same device and versions, gives the same bits.
        progress: whether to show a bar (a line an epoch where there is no terminal).
        masks: for a network that outlines, one an image, as high and wide as it; None for an image
            whose mask is not known. See `Trainer.fit`.

    Returns:
        The figures of every epoch.

    Raises:
        ValueError: the lengths or shapes don't fit, a label is no class index, or masks are missing
            or not wanted.
        TypeError: ``model`` is no network, ``recipe`` no Recipe, or ``validation`` no tuple.
        FloatingPointError: the loss became NaN or infinite.
        RuntimeError: Keras does not run on JAX.

    Examples:
        >>> import numpy as np
        >>> import brainscan as bs
        >>> images = np.random.default_rng(0).integers(0, 256, (8, 64, 64, 3), np.uint8)
        >>> labels = np.array([0, 1] * 4)
        >>> model = bs.models.build("small_cnn", (64, 64, 3), weights=None, head="global_average")
        >>> recipe = bs.train.Recipe(epochs=1, batch_size=4)
        >>> bs.train.fit(model, images, labels, recipe=recipe, progress=False).best_epoch
        1
        >>> masks = images[..., 0] > 200
        >>> outliner = bs.models.build_segmenter("small_cnn", (64, 64, 3), weights=None)
        >>> history = bs.train.fit(
        ...     outliner, images, None, recipe=recipe, masks=masks, progress=False
        ... )
    """
    check_fit(model, recipe, validation)
    epochs = 1 if recipe.trained == "last_layer" else recipe.epochs
    with JobProgress(epochs, shown=progress) as shown:

        def on_epoch(epoch: Epoch) -> None:
            text = f"epoch {epoch.number}/{epochs} loss {epoch.loss:.3f}"
            if epoch.validation_accuracy is not None:
                text += f" validation accuracy {epoch.validation_accuracy:.3f}"
            if epoch.validation_dice is not None:
                text += f" validation Dice {epoch.validation_dice:.3f}"
            shown.advance(text)

        trainer = make_trainer(model, recipe)
        return trainer.fit(images, labels, validation, seed, on_epoch, masks)
