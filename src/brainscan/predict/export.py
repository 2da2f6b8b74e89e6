"""Write a trained model in a format that runs without Keras, and check it there."""

import tempfile
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from brainscan._core.artifacts import require_output, write_json
from brainscan.datasets import load
from brainscan.models import fold_batch_norm
from brainscan.predict.bundle import Bundle
from brainscan.predict.exporters import Exporter, exporters
from brainscan.predict.sidecar import Facts, describe, digests, sidecar_path, versions
from brainscan.preprocess import BrainCropper

TOLERANCE = 1e-4
_IMAGES = 4


def export(
    model: keras.Model | Bundle,
    path: str | Path,
    format: str = "onnx",  # noqa: A002
) -> Path:
    """Write a model in a format of its own runtime, with what has to be known of it beside.

    Batch norm is folded into the convolutions before it, unless that changes the answers. The file
    is run on slices of the phantom in its own runtime, in batches of one and more, and must give
    what the model gives, to 1e-4. A JSON file beside it, such as ``model.onnx.json``, says what an
    image goes through before (the crop, the size, the order of axes, the range), what is done with
    the output, what the file's SHA-256 is and how well it agreed.

    Args:
        model: a bundle; or a functional model over raw images ``(n, height, width, channels)`` in 0
            to 255 with one output, such as `brainscan.models.build` returns, of which the file
            beside can tell no temperature, threshold or classes. It is left as it is.
        path: the file to write or replace; its suffix is the format's. OpenVINO's weights come
            beside it, in a file that ends in ``.bin``.
        format: ``"onnx"``, ``"openvino"``, ``"stablehlo"``, or another of
            `brainscan.predict.exporters`.

    Returns:
        The path.

    Raises:
        TypeError: the model is none.
        ValueError: an unknown format, a suffix that is not the format's, a model of another kind,
            or an exported model that does not agree with its original.
        ImportError: the extra of this format is not installed.

    Examples:
        >>> import tempfile
        >>> import brainscan as bs
        >>> model = bs.models.build("small_cnn", (32, 32, 3), None, "global_average", seed=0)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = bs.predict.export(model, f"{folder}/model.stablehlo", "stablehlo")
        ...     print(sorted(file.name for file in path.parent.iterdir()))
        ['model.stablehlo', 'model.stablehlo.json']
    """
    exporter, path = exporters[format], Path(path)
    if path.suffix != exporter.suffix:
        raise ValueError(
            f"path must end in {exporter.suffix} for the format {format!r}; got {path.name!r}."
        )
    model, facts = _parts(model)
    require_output(path)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".export-") as folder:
        draft = Path(folder) / path.name
        agreement = _write_checked(model, exporter, draft)
        # The file that is named comes last: where it is, all is.
        files = sorted(Path(folder).iterdir(), key=lambda file: file == draft)
        said = {
            "format": format,
            "files": digests(files),
            **describe(model, facts),
            "agreement": agreement,
            "versions": versions(exporter.packages),
        }
        write_json(sidecar_path(path), said)
        for file in files:
            file.replace(path.parent / file.name)
    return path


def _parts(model: Any) -> tuple[keras.Model, Facts]:
    if isinstance(model, Bundle):
        return model.model(), Facts(
            model.cropper,
            model.classes,
            model.temperature.value,
            model.threshold,
            model.conformal,
            model.card.intended_use,
        )
    if not isinstance(model, keras.Model):
        raise TypeError(
            f"model must be a Bundle or a keras.Model; got {type(model).__name__}. Load the file "
            "with Bundle.load or keras.saving.load_model first."
        )
    _check_functional(model)
    return model, Facts(BrainCropper(size=model.input_shape[1:3], blank="keep"))


def _check_functional(model: Any) -> None:
    inputs: Any = getattr(model, "inputs", None) or ()
    outputs: Any = getattr(model, "outputs", None) or ()
    one = len(inputs) == len(outputs) == 1 and not isinstance(model, keras.Sequential)
    if not one or len(inputs[0].shape) != 4 or None in inputs[0].shape[1:]:
        raise ValueError(
            "model must be functional, with one input (n, height, width, channels) of a fixed "
            f"size and one output; got a {type(model).__name__} from {_shapes(inputs)} to "
            f"{_shapes(outputs)}."
        )


def _shapes(tensors: Any) -> str:
    return ", ".join(str(tensor.shape) for tensor in tensors) or "what is not known"


def _write_checked(model: keras.Model, exporter: Exporter, path: Path) -> dict[str, Any]:
    """Write a model that agrees with its original: folded, or as it is where that is not so.

    Folding rounds otherwise, which a network with very large features may show.
    """
    images = check_images(model.input_shape[1:])
    expected = np.asarray(model.predict_on_batch(images))
    difference = np.inf
    for folded in (True, False):
        exporter.write(fold_batch_norm(model) if folded else model, path)
        run = exporter.load(path)
        found = np.concatenate([run(images[:1]), run(images[1:])])
        difference = float(np.abs(found - expected).max())
        if difference <= TOLERANCE:
            return {
                "runtime": exporter.runtime,
                "images": len(images),
                "largest_difference": difference,
                "tolerance": TOLERANCE,
                "batch_norm_folded": folded,
            }
    raise ValueError(
        f"the exported model must agree with its original to {TOLERANCE}; in "
        f"{exporter.runtime} it differs by {difference:.3g}. Export it to another format."
    )


def check_images(shape: tuple[int, int, int]) -> NDArray[np.float32]:
    """Return slices of the phantom, ``(n, height, width, channels)``, to compare models on."""
    height, width, channels = shape
    crop = BrainCropper(size=(height, width), blank="keep")
    gray = np.stack([crop(image) for image in load("phantom", n=_IMAGES)])
    return np.repeat(gray[..., None], channels, axis=-1).astype(np.float32)
