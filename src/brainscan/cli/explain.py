"""``brainscan explain``."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

import brainscan
from brainscan.cli.common import ALL_FAILED, fail
from brainscan.cli.root import app

if TYPE_CHECKING:
    import keras

    from brainscan._core.types import Image
    from brainscan.preprocess import Box

_AT_ONCE = 16


class _Seen(NamedTuple):
    """An image that could be read, and its crop as the model takes it."""

    path: Path
    name: str
    image: "Image"
    box: "Box"
    crop: "Image"


@app.command()
def explain(
    images: Annotated[
        list[Path], typer.Argument(metavar="IMAGE...", help="Image files.", show_default=False)
    ],
    model: Annotated[
        Path, typer.Option(help="A trained classifier, a .keras file.", show_default=False)
    ],
    out: Annotated[
        Path, typer.Option(help="The folder to write into; made if missing.", show_default=False)
    ],
    method: Annotated[
        str,
        typer.Option(
            help="grad_cam, grad_cam_plus_plus, hires_cam, layer_cam, integrated_gradients or "
            "occlusion."
        ),
    ] = "layer_cam",
    target: Annotated[int, typer.Option(help="The class; with two, 1 is the tumour.")] = 1,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON, and nothing else, on standard output.")
    ] = False,
    debug: Annotated[bool, typer.Option(help="Show the whole trace of an error.")] = False,
) -> None:
    """Show where a classifier found what speaks for a class, in images cropped to the head.

    Writes, for each image, a picture with a legend and the map by itself, in the image's own size.
    A heat map is no segmentation, and no diagnosis.
    """
    import json

    from brainscan._core.artifacts import write_json

    try:
        chosen = brainscan.explain.methods[method]()
        network = _load(model)
        rows = list(_explain_each(network, images, chosen, target, out, debug))
    except (ValueError, OSError, ImportError) as error:
        if debug:
            raise
        fail(str(error))
    settings = {"model": str(model), "method": method, "target": target}
    report = {**settings, "brainscan": brainscan.__version__, "images": rows}
    write_json(out / "explain.json", report)
    if as_json:
        typer.echo(json.dumps(report, indent=2))
    else:
        for row in rows:
            if "error" not in row:
                typer.echo(f"{row['score']:.3f}  {row['file']}  {row['picture']}")
    for row in rows:
        if "error" in row:
            typer.echo(f"brainscan: {row['file']}: {row['error']}", err=True)
    if all("error" in row for row in rows):
        raise typer.Exit(ALL_FAILED)


def _load(path: Path) -> "keras.Model":
    """Load a classifier; nothing in its file can run code.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is no model.
    """
    if not path.is_file():
        raise FileNotFoundError(f"--model must be a .keras file; there is none at {str(path)!r}.")
    _ = brainscan.models.build  # its layers must be known before a file asks for them
    import keras

    try:
        loaded: Any = keras.saving.load_model(path, compile=False, safe_mode=True)
    except (ValueError, OSError, TypeError, KeyError) as error:
        reason = str(error).strip().splitlines()[0]
        raise ValueError(
            f"--model must be a Keras model that brainscan can load; {path.name} is not: {reason}"
        ) from error
    return loaded


def _explain_each(
    model: "keras.Model", paths: Sequence[Path], method: Any, target: int, out: Path, debug: bool
) -> Iterator[dict[str, Any]]:
    """Yield what was found of each image, in order; a file that cannot be read is a row too."""
    names = _own_names(paths)
    for start in range(0, len(paths), _AT_ONCE):
        some = range(start, min(start + _AT_ONCE, len(paths)))
        read = {index: _read(model, paths[index], names[index], debug) for index in some}
        seen = [one for one in read.values() if isinstance(one, _Seen)]
        done = iter(_explain(model, seen, method, target, out) if seen else [])
        for index, one in read.items():
            failed = {"file": str(paths[index]), "error": one}
            yield failed if isinstance(one, str) else next(done)


def _read(model: "keras.Model", path: Path, name: str, debug: bool) -> _Seen | str:
    """Return the image and its crop, or why there is none."""
    from brainscan._core.images import to_gray, to_rgb, to_uint8
    from brainscan._core.reading import read_image
    from brainscan.preprocess import BrainCropper

    _, height, width, channels = model.input_shape
    cropper = BrainCropper(size=(height, width), blank="keep")
    try:
        image = read_image(path)
        crop = cropper(image)
        crop = to_uint8(to_gray(crop)[:, :, None] if channels == 1 else to_rgb(crop))
        return _Seen(path, name, image, cropper.box(image), crop)
    except (ValueError, OSError) as error:
        if debug:
            raise
        return str(error)


def _explain(
    model: "keras.Model", seen: Sequence[_Seen], method: Any, target: int, out: Path
) -> list[dict[str, Any]]:
    """Write the picture and the map of each image."""
    import numpy as np

    crops = np.stack([one.crop for one in seen])
    maps = brainscan.explain.heat_map(model, crops, method, target)
    scores: Any = model.predict(crops.astype(np.float32), batch_size=_AT_ONCE, verbose=0)
    if scores.shape[1] == 1:
        scores = np.concatenate([1 - scores, scores], axis=1)
    return [
        _write(one, maps[i], float(scores[i, target]), target, out) for i, one in enumerate(seen)
    ]


def _write(one: _Seen, found: Any, score: float, target: int, out: Path) -> dict[str, Any]:
    import cv2
    import numpy as np

    from brainscan._core.artifacts import write_atomic

    whole = brainscan.explain.uncrop(found, one.box, one.image.shape)
    title = f"{one.path.name}: probability of class {target}, {score:.3f}"
    drawn = brainscan.explain.figure(one.image, whole, title)
    deep = np.rint(whole * 65535).astype(np.uint16)
    box = np.array(one.box)
    files = {
        "picture": (".png", lambda path: drawn.savefig(path, dpi=150)),
        "map": ("_map.png", lambda path: cv2.imwrite(str(path), deep)),
        "array": (
            "_map.npz",
            lambda path: np.savez_compressed(path, map=whole, box=box, score=score),
        ),
    }
    written = {
        kind: str(write_atomic(out / f"{one.name}{ending}", write))
        for kind, (ending, write) in files.items()
    }
    return {"file": str(one.path), "score": round(score, 6), "box": list(one.box), **written}


def _own_names(paths: Sequence[Path]) -> list[str]:
    """Return a name a file for what is written of it: files of several folders may share one."""
    names: list[str] = []
    for path in paths:
        stem, number = path.stem, 2
        while stem in names:
            stem, number = f"{path.stem}-{number}", number + 1
        names.append(stem)
    return names
