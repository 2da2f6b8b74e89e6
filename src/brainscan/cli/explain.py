"""``brainscan explain``."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import brainscan
from brainscan.cli.common import ALL_FAILED, INTERRUPTED, SOME_FAILED, fail
from brainscan.cli.root import app

if TYPE_CHECKING:
    import keras
    import numpy as np
    from numpy.typing import NDArray

    from brainscan.scans import Scan

_AT_ONCE = 16


@app.command()
def explain(
    images: Annotated[
        list[Path],
        typer.Argument(
            metavar="IMAGE...",
            help="Pictures, DICOM files, folders with a DICOM series, NIfTI volumes.",
            show_default=False,
        ),
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
            help="layer_cam, grad_cam, grad_cam_plus_plus, hires_cam, integrated_gradients or "
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

    Exit codes: 0 all images were explained, 3 some were not, 1 none was, 2 wrong input.
    """
    import json

    from brainscan._core.artifacts import write_json

    try:
        chosen = brainscan.explain.methods[method]()
        network = _load(model)
        rows = list(_explain_each(network, images, chosen, target, out))
    except (ValueError, OSError, ImportError) as error:
        if debug:
            raise
        fail(str(error))
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED) from None
    settings = {"model": str(model), "method": method, "target": target}
    report = {**settings, "brainscan": brainscan.__version__, "images": rows}
    write_json(out / "explain.json", report)
    if as_json:
        typer.echo(json.dumps(report, indent=2))
    failed = [row for row in rows if "error" in row]
    for row in rows:
        if "error" in row:
            typer.echo(f"brainscan: {row['file']}: {row['error']}", err=True)
        elif not as_json:
            typer.echo(f"{row['score']:.3f}  {row['file']}  {row['picture']}")
    if failed:
        raise typer.Exit(ALL_FAILED if len(failed) == len(rows) else SOME_FAILED)


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
    model: "keras.Model", paths: Sequence[Path], method: Any, target: int, out: Path
) -> Iterator[dict[str, Any]]:
    """Yield what was found of each file, in order; one that cannot be read is a row too."""
    from brainscan._core.progress import JobProgress

    with JobProgress(len(paths), shown=len(paths) > 1) as progress:
        for path, name in zip(paths, _own_names(paths), strict=True):
            try:
                scan = brainscan.scans.read(path)
            except (ValueError, OSError, ImportError) as error:
                yield {"file": str(path), "error": str(error)}
            else:
                maps, scores = _explain(model, scan, method, target)
                row = _write(scan, maps, scores, target, out / name)
                yield {"file": str(path), **row}
            progress.advance(path.name)


def _explain(
    model: "keras.Model", scan: "Scan", method: Any, target: int
) -> "tuple[list[NDArray[np.float32]], NDArray[np.float32]]":
    """Return a map of each slice, in the slice's own size, and the probabilities of the class."""
    import numpy as np

    from brainscan._core.images import to_gray, to_rgb, to_uint8
    from brainscan.preprocess import BrainCropper

    network: Any = model
    _, height, width, channels = network.input_shape
    cropper = BrainCropper(size=(height, width), blank="keep")
    maps: list[NDArray[np.float32]] = []
    scores: list[NDArray[np.float32]] = []
    for start in range(0, len(scan.slices), _AT_ONCE):
        slices = scan.slices[start : start + _AT_ONCE]
        crops = [cropper(image) for image in slices]
        seen = [to_gray(crop)[:, :, None] if channels == 1 else to_rgb(crop) for crop in crops]
        batch = np.stack([to_uint8(crop) for crop in seen]).astype(np.float32)
        found = brainscan.explain.heat_map(model, batch, method, target)
        maps += [
            brainscan.explain.uncrop(one, cropper.box(image), image.shape)
            for one, image in zip(found, slices, strict=True)
        ]
        given = network.predict(batch, batch_size=_AT_ONCE, verbose=0)
        given = np.concatenate([1 - given, given], axis=1) if given.shape[1] == 1 else given
        scores.append(given[:, target])
    return maps, np.concatenate(scores)


def _write(
    scan: "Scan",
    maps: "list[NDArray[np.float32]]",
    scores: "NDArray[np.float32]",
    target: int,
    stem: Path,
) -> dict[str, Any]:
    """Write the picture of the surest slice, its map, and the maps of all slices."""
    import cv2
    import numpy as np

    from brainscan._core.artifacts import write_atomic

    surest = int(scores.argmax())
    whole, score = maps[surest], float(scores[surest])
    place = "" if len(maps) == 1 else f", slice {surest + 1} of {len(maps)}"
    title = f"{stem.name}{place}: probability of class {target}, {score:.3f}"
    drawn = brainscan.explain.figure(scan.windowed(surest), whole, title)
    deep = np.rint(whole * 65535).astype(np.uint16)
    # Maps of one volume must bear comparison: where the class is unlikely they are dim.
    scaled = maps if len(maps) == 1 else [one * p for one, p in zip(maps, scores, strict=True)]
    files: dict[str, tuple[str, Callable[[Path], object]]] = {
        "picture": (".png", lambda path: drawn.savefig(path, dpi=150)),
        "map": ("_map.png", lambda path: cv2.imwrite(str(path), deep)),
        "array": ("_map.npz", lambda path: _save(path, scaled, scores)),
    }
    if scan.format == "nifti":
        files["volume"] = ("_map.nii.gz", lambda path: _save_volume(path, scaled, scan))
    written = {
        kind: str(write_atomic(stem.with_name(f"{stem.name}{ending}"), write))
        for kind, (ending, write) in files.items()
    }
    row = {"score": round(score, 6), **written}
    return row if len(maps) == 1 else {**row, "slice": surest + 1, "slices": len(maps)}


def _save(path: Path, maps: "list[NDArray[np.float32]]", scores: "NDArray[np.float32]") -> None:
    import numpy as np

    sizes = {one.shape for one in maps}
    arrays = (
        {"map": np.stack(maps)} if len(sizes) == 1 else {f"map_{i}": m for i, m in enumerate(maps)}
    )
    np.savez_compressed(path, score=scores, **arrays)


def _save_volume(path: Path, maps: "list[NDArray[np.float32]]", scan: "Scan") -> None:
    """Write maps as a NIfTI volume that lies on the one they came from."""
    import numpy as np

    from brainscan._core.extras import require

    nibabel = require("nibabel", extra="nifti")
    layout: Any = scan.layout
    image = nibabel.Nifti1Image(np.ascontiguousarray(layout.volume(np.stack(maps))), scan.affine)
    image.header.set_xyzt_units("mm")
    image.to_filename(path)


def _own_names(paths: Sequence[Path]) -> list[str]:
    """Return a name a file for what is written of it: files of several folders may share one."""
    names: list[str] = []
    for path in paths:
        stem, number = path.name.split(".")[0] or "scan", 2
        name = stem
        while name in names:
            name, number = f"{stem}-{number}", number + 1
        names.append(name)
    return names
