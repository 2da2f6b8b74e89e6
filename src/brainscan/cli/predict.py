"""``brainscan predict``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import brainscan
from brainscan.cli.common import ALL_FAILED, INTERRUPTED, SOME_FAILED, fail, in_words
from brainscan.cli.root import app

if TYPE_CHECKING:
    from brainscan.predict import Predictor


@app.command()
def predict(
    scans: Annotated[
        list[Path], typer.Argument(help="Image files; or one folder, with those below it.")
    ],
    model: Annotated[Path, typer.Option(help="A bundle, as `brainscan train` writes it.")] = Path(
        "model.brainscan"
    ),
    out: Annotated[
        Path | None,
        typer.Option(
            help="A CSV file that grows as it goes. The same command after a stop skips what is "
            "there, so a folder of any size can be done in parts."
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON, and nothing else, on standard output.")
    ] = False,
    debug: Annotated[bool, typer.Option(help="Show the whole trace of an error.")] = False,
) -> None:
    """Say for each slice how probable a tumour is, or that the network can't tell.

    An answer is given where only one class is possible and nothing warns that the image is none the
    network can judge. For research use only: no output is a diagnosis.

    Exit codes: 0 all scans were read, 3 some were not, 1 none was, 2 wrong input.
    """
    try:
        predictor = brainscan.predict.Predictor.load(model)
        if out is None:
            read, failed = _print_each(predictor, _listed(scans), as_json)
        else:
            read, failed = _write(predictor, scans, out, as_json)
    except (ValueError, OSError, ImportError) as error:
        if debug:
            raise
        fail(error)
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED) from None
    if failed:
        raise typer.Exit(SOME_FAILED if read else ALL_FAILED)


def _listed(scans: list[Path]) -> list[Path]:
    folders = [path for path in scans if path.is_dir()]
    if not folders:
        return scans
    return [path for given in scans for path in brainscan.predict.scans_in(given)]


def _write(predictor: "Predictor", scans: list[Path], out: Path, as_json: bool) -> tuple[int, int]:
    import json

    folder: Any = scans[0] if len(scans) == 1 and scans[0].is_dir() else _listed(scans)
    result = brainscan.predict.predict_folder(predictor, folder, out)
    if as_json:
        counts = {"scans": result.scans, "read_back": result.read_back, "failed": result.failed}
        typer.echo(json.dumps({"table": str(out), **counts}, indent=2))
    else:
        answered = result.scans - len(result.failed)
        typer.echo(f"{answered} of {result.scans} scans are in {out}", err=True)
    return result.scans - len(result.failed), len(result.failed)


def _print_each(predictor: "Predictor", scans: list[Path], as_json: bool) -> tuple[int, int]:
    import json

    found: list[dict[str, Any]] = []
    failed: dict[str, str] = {}
    for path in scans:
        try:
            given = predictor(path)
        except (ValueError, OSError, ImportError) as error:
            failed[str(path)] = in_words(error)
            if not as_json:
                typer.echo(f"brainscan: no answer for {path}: {failed[str(path)]}", err=True)
            continue
        for prediction in given if isinstance(given, tuple) else (given,):
            if as_json:
                found.append(prediction.to_json())
            else:
                typer.echo(str(prediction))
    if as_json:
        bundle = {"model": predictor.bundle.card.name, "sha256": predictor.bundle.digest}
        typer.echo(json.dumps({"bundle": bundle, "predictions": found, "failed": failed}, indent=2))
    return len(scans) - len(failed), len(failed)
