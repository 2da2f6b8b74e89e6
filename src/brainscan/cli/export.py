"""``brainscan export``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import brainscan
from brainscan.cli.common import fail
from brainscan.cli.root import app

if TYPE_CHECKING:
    import keras

    from brainscan.predict import Bundle


@app.command()
def export(
    model: Annotated[
        Path, typer.Argument(help="A bundle, or a .keras file such as --keep-models writes.")
    ],
    out: Annotated[
        Path,
        typer.Argument(help="The file to write: .onnx, .xml (OpenVINO) or .stablehlo."),
    ],
    format: Annotated[  # noqa: A002
        str | None,
        typer.Option(help="onnx, openvino or stablehlo.  [default: by OUT's suffix]"),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print what the JSON file beside OUT holds.")
    ] = False,
    debug: Annotated[bool, typer.Option(help="Show the whole trace of an error.")] = False,
) -> None:
    """Write a model for a runtime without Keras; check there that it gives the same answers.

    The crop that comes before the model, and what its output means, are written beside it.

    For ONNX Runtime:  brainscan export runs/first/models/small_cnn.keras small_cnn.onnx
    """
    import json

    try:
        written = brainscan.predict.export(_load(model), out, format or _format_of(out))
        text = written.with_name(f"{written.name}.json").read_text(encoding="utf-8")
    except (ValueError, OSError, ImportError) as error:
        if debug:
            raise
        fail(error)
    if as_json:
        typer.echo(text, nl=False)
        return
    agreement = json.loads(text)["agreement"]
    typer.echo(
        f"{written} gives what {model} gives, to {agreement['largest_difference']:.1g}, in "
        f"{agreement['runtime']}. What comes before and after is in {written.name}.json."
    )


def _load(path: Path) -> "keras.Model | Bundle":
    if path.suffix != ".keras":
        return brainscan.predict.Bundle.load(path)
    import keras

    brainscan.models.names()  # our layers are known to Keras once brainscan.models is imported
    model: Any = keras.saving.load_model(path, compile=False)
    return model


def _format_of(out: Path) -> str:
    """Return the format whose suffix a file has, or what tells the user there is none."""
    exporters = brainscan.predict.exporters
    known = {exporters[name].suffix: name for name in exporters}
    if out.suffix not in known:
        raise ValueError(f"OUT must end in {', '.join(known)}; got {out.name!r}.")
    return known[out.suffix]
