"""``brainscan explain``."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import brainscan
from brainscan.cli.common import (
    ALL_FAILED,
    INTERRUPTED,
    SOME_FAILED,
    fail,
    in_words,
    own_names,
)
from brainscan.cli.root import app

if TYPE_CHECKING:
    import keras
    import numpy as np
    from numpy.typing import NDArray

    from brainscan.predict import Prediction, Predictor
    from brainscan.scans import Scan

_AT_ONCE = 16
_TITLE_WIDTH = 88  # characters of a line above the picture


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
        Path,
        typer.Option(help="A trained classifier: a .keras file, or a bundle.", show_default=False),
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
    With a bundle it says what `brainscan predict` says; a .keras file has a score alone, which is
    not calibrated. A heat map is no segmentation. For research use only: no output is a diagnosis.

    Exit codes: 0 all images were explained, 3 some were not, 1 none was, 2 wrong input.
    """
    import json

    from brainscan._core.artifacts import require_folder, write_json
    from brainscan.predict.card import DISCLAIMER

    try:
        chosen = brainscan.explain.methods[method]()
        loaded = _load(model)
        require_folder(out)
        rows: list[dict[str, Any]] = []
        lines: list[str] = []
        for row, line in _explain_each(loaded, images, chosen, target, out):
            rows.append(row)
            lines.append(line)
        settings = {"model": str(model), "method": method, "target": target}
        versions = {"brainscan": brainscan.__version__, "notice": DISCLAIMER}
        report = {**settings, **versions, "images": rows}
        write_json(out / "explain.json", report)
    except (ValueError, OSError, ImportError) as error:
        if debug:
            raise
        fail(error)
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED) from None
    if as_json:
        typer.echo(json.dumps(report, indent=2))
    failed = [row for row in rows if "error" in row]
    for row, line in zip(rows, lines, strict=True):
        if "error" in row or not as_json:
            typer.echo(line, err="error" in row)
    if failed:
        raise typer.Exit(ALL_FAILED if len(failed) == len(rows) else SOME_FAILED)


def _load(path: Path) -> "keras.Model | Predictor":
    """Load a classifier, or a bundle as its predictor; nothing in the file can run code.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is no model.
    """
    from brainscan.predict.archive import has_manifest

    if not path.is_file():
        raise FileNotFoundError(
            f"--model must be a .keras file or a bundle; there is none at {str(path)!r}."
        )
    if has_manifest(path):
        return brainscan.predict.Predictor.load(path)
    _ = brainscan.models.build  # its layers must be known before a file asks for them
    import keras

    try:
        loaded: Any = keras.saving.load_model(path, compile=False, safe_mode=True)
    except (ValueError, OSError, TypeError, KeyError) as error:
        reason = str(error).strip().splitlines()[0]
        if path.suffix == ".segmenter":
            raise ValueError(
                f"--model must be a classifier; {path.name} outlines: `brainscan segment` uses it."
            ) from None
        raise ValueError(
            f"--model must be a Keras model that brainscan can load; {path.name} is not: {reason}"
        ) from error
    return loaded


@dataclass(frozen=True)
class _Found:
    """What was found of a scan, slice by slice.

    Attributes:
        maps: in each slice's own size.
        scores: of the class that the maps speak for.
        target: that class.
        predictions: what `brainscan predict` says; none without a bundle.
    """

    maps: "list[NDArray[np.float32]]"
    scores: "NDArray[np.floating[Any]]"
    target: str
    predictions: "list[Prediction]"

    @property
    def score_name(self) -> str:
        kind = "probability" if self.predictions else "score (not calibrated)"
        return f"{kind} of {self.target}"


def _explain_each(
    model: "keras.Model | Predictor",
    paths: Sequence[Path],
    method: Any,
    target: int,
    out: Path,
) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield what was found of each file, in order, and the line that says it.

    One that cannot be read has a row and a line too.
    """
    from brainscan._core.progress import JobProgress

    explained = _explainer(model, method, target)
    with JobProgress(len(paths), shown=len(paths) > 1) as progress:
        for path, name in zip(paths, own_names(paths), strict=True):
            try:
                scan = brainscan.scans.read(path, name=path.name)
            except (ValueError, OSError, ImportError) as error:
                reason = in_words(error)
                yield {"file": str(path), "error": reason}, f"brainscan: {path}: {reason}"
            else:
                yield _write(scan, str(path), explained(scan, str(path)), out / name)
            progress.advance(path.name)


def _explainer(
    model: "keras.Model | Predictor", method: Any, target: int
) -> "Callable[[Scan, str], _Found]":
    """Return what explains a scan of a name, by a predictor or by a bare network."""
    if not isinstance(model, brainscan.predict.Predictor):
        return lambda scan, name: _by_network(model, scan, method, target)
    network = model.bundle.model()  # once: what is compiled for maps stays with it
    return lambda scan, name: _by_predictor(model, network, scan, name, method, target)


def _by_predictor(
    predictor: "Predictor",
    network: "keras.Model",
    scan: "Scan",
    name: str,
    method: Any,
    target: int,
) -> _Found:
    """Explain the crops that the predictor sees, and say what it says."""
    import numpy as np

    from brainscan.predict.reading import slices_of

    cropped = [predictor.crop(part) for part in slices_of(scan, name)]
    maps: list[NDArray[np.float32]] = []
    for start in range(0, len(cropped), _AT_ONCE):
        some = cropped[start : start + _AT_ONCE]
        found = brainscan.explain.heat_map(
            network, np.stack([one.crop for one in some]), method, target
        )
        maps += [
            brainscan.explain.uncrop(one, part.box, part.source.image.shape)
            for one, part in zip(found, some, strict=True)
        ]
    predictions = predictor.predict(cropped)
    scores = np.array([one.probabilities[target] for one in predictions])
    return _Found(maps, scores, predictor.bundle.classes[target], predictions)


def _by_network(model: "keras.Model", scan: "Scan", method: Any, target: int) -> _Found:
    """Explain crops of the network's size; its score is not calibrated."""
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
    return _Found(maps, np.concatenate(scores), f"class {target}", [])


def _write(scan: "Scan", file: str, found: _Found, stem: Path) -> tuple[dict[str, Any], str]:
    """Write the picture of the surest slice, its map, and the maps of all slices."""
    import cv2
    import numpy as np

    from brainscan._core.artifacts import write_atomic

    maps, scores = found.maps, found.scores
    surest = int(scores.argmax())
    whole, score = maps[surest], float(scores[surest])
    said = found.predictions[surest] if found.predictions else None
    place = "" if len(maps) == 1 else f" slice {surest + 1} of {len(maps)}"
    drawn = brainscan.explain.figure(scan.windowed(surest), whole)
    _add_title(drawn, f"{stem.name}{place}", f"{found.score_name} {score:.3f}", said)
    deep = np.rint(whole * 65535).astype(np.uint16)
    # Maps of one volume must bear comparison: where the class is unlikely they are dim.
    shares = np.ones(1, np.float32) if len(maps) == 1 else scores.astype(np.float32)
    scaled = [one * share for one, share in zip(maps, shares, strict=True)]
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
    return _row(file, found, surest, written), _line(file, found, surest, written["picture"])


def _add_title(drawn: Any, name: str, score: str, said: "Prediction | None") -> None:
    """Write above a picture what a line of `brainscan predict` says, with room for its lines."""
    import textwrap

    from brainscan.predict.card import DISCLAIMER

    answer = "" if said is None else f"{_answer(said)}, "
    warnings = () if said is None else said.warnings
    parts = (f"{name}: {answer}{score}", *warnings, DISCLAIMER)
    lines = [line for part in parts for line in textwrap.wrap(part, _TITLE_WIDTH)]
    drawn.set_figheight(drawn.get_figheight() + 0.2 * len(lines))
    drawn.suptitle("\n".join(lines), fontsize="medium", parse_math=False)


def _answer(said: "Prediction") -> str:
    return "can't tell" if said.answer is None else said.answer


def _row(file: str, found: _Found, shown: int, written: dict[str, str]) -> dict[str, Any]:
    """Return what is known of a scan by its shown slice, as plain values."""
    if found.predictions:
        said = found.predictions[shown].to_json()
        del said["name"]  # the file's
        return {"file": file, "class": found.target, **said, **written}
    score = {"score": round(float(found.scores[shown]), 6), "calibrated": False}
    row = {"file": file, "class": found.target, **score, **written}
    several = len(found.maps) > 1
    return {**row, "slice": shown + 1, "slices": len(found.maps)} if several else row


def _line(file: str, found: _Found, shown: int, picture: str) -> str:
    """Return the same in a line."""
    from brainscan.predict.card import DISCLAIMER

    if found.predictions:
        said = str(found.predictions[shown])
    else:
        place = f" slice {shown + 1} of {len(found.maps)}" if len(found.maps) > 1 else ""
        said = f"{file}{place}: {found.score_name} {found.scores[shown]:.3f}. {DISCLAIMER}"
    return f"{said} What speaks for {found.target}: {picture}"


def _save(path: Path, maps: "list[NDArray[np.float32]]", scores: "NDArray[np.float32]") -> None:
    import numpy as np

    sizes = {one.shape for one in maps}
    arrays: dict[str, Any] = (
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
