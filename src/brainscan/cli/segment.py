"""``brainscan segment``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import brainscan
from brainscan.cli.common import ALL_FAILED, INTERRUPTED, SOME_FAILED, fail, in_words, own_names
from brainscan.cli.root import app

if TYPE_CHECKING:
    from brainscan._core.types import Mask
    from brainscan.predict.reading import Slice
    from brainscan.segment import Segmenter


@app.command()
def segment(
    scans: Annotated[
        list[Path], typer.Argument(help="Image files or volumes; or one folder of them.")
    ],
    model: Annotated[
        Path,
        typer.Option(help="A segmenter, as Segmenter.save writes it, or a bundle that has one."),
    ],
    out: Annotated[Path, typer.Option(help="The folder to write into; made where missing.")] = Path(
        "masks"
    ),
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON, and nothing else, on standard output.")
    ] = False,
    debug: Annotated[bool, typer.Option(help="Show the whole trace of an error.")] = False,
) -> None:
    """Outline the tumour: a mask and a picture with the outline for each slice.

    A mask has the size of its image, 255 in the tumour; for a NIfTI file there is one in NIfTI, on
    the same grid, too. For research use only: no output is a diagnosis.

    Exit codes: 0 all scans were read, 3 some were not, 1 none was, 2 wrong input.
    """
    import json

    from brainscan._core.artifacts import require_folder

    try:
        segmenter = brainscan.predict.load_segmenter(model)
        require_folder(out)
        paths = [path for given in scans for path in brainscan.predict.scans_in(given)]
        rows: list[dict[str, Any]] = []
        failed: dict[str, str] = {}
        for path, name in zip(paths, own_names(paths), strict=True):
            try:
                rows += _outline(segmenter, path, out / name)
            except (ValueError, OSError, ImportError) as error:
                failed[str(path)] = in_words(error)
                typer.echo(f"brainscan: no mask for {path}: {failed[str(path)]}", err=True)
    except (ValueError, OSError, ImportError) as error:
        if debug:
            raise
        fail(error)
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED) from None
    if as_json:
        notice = "For research use only: no output is a diagnosis."
        typer.echo(json.dumps({"masks": rows, "failed": failed, "notice": notice}, indent=2))
    else:
        for row in rows:
            typer.echo(f"{row['pixels']:>8} pixels  {row['mask']}")
            for warning in row["warnings"]:
                typer.echo(f"brainscan: {row['scan']}: {warning}", err=True)
        typer.echo("For research use only: no output is a diagnosis.", err=True)
    if failed:
        raise typer.Exit(SOME_FAILED if rows else ALL_FAILED)


def _outline(segmenter: "Segmenter", path: Path, stem: Path) -> list[dict[str, Any]]:
    """Write the masks of one scan, after all of it was read."""
    from brainscan.predict.reading import slices_of

    scan = brainscan.scans.read(path, name=path.name)
    masks = [segmenter(image) for image in scan.slices]
    if scan.format == "nifti":
        brainscan.scans.write_nifti(masks, scan, stem.with_name(f"{stem.name}_mask.nii.gz"))
    slices = slices_of(scan, str(path))
    return [_write(one, mask, stem) for one, mask in zip(slices, masks, strict=True)]


def _write(one: "Slice", mask: "Mask", stem: Path) -> dict[str, Any]:
    import cv2
    import numpy as np

    from brainscan._core.artifacts import write_atomic
    from brainscan.predict.plausible import look_at

    _, warnings = look_at(one.image, one.modality, brainscan.preprocess.BrainCropper(size=None))
    numbered = stem if one.of == 1 else stem.with_name(f"{stem.name}_{one.number:04d}")
    drawn = brainscan.explain.overlay(one.image, mask.astype(np.float32), alpha=0.3)
    pictures = {"mask": mask.astype(np.uint8) * 255, "overlay": drawn[:, :, ::-1]}
    written = {
        kind: str(
            write_atomic(
                numbered.with_name(f"{numbered.name}_{kind}.png"),
                lambda temporary, image=image: cv2.imwrite(str(temporary), image),
            )
        )
        for kind, image in pictures.items()
    }
    found = {"scan": one.name, "slice": one.number, "pixels": int(mask.sum())}
    return {**found, **written, "warnings": warnings}
