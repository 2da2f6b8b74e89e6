"""Exported models beside JAX on the CPU: sizes, and milliseconds a batch of 1 and of 16.

    python -m benchmarks exports
    python -m benchmarks.exports --models small_cnn,efficientnet_lite0

Each format in its own runtime, all with as many threads as there are cores; warm, in turns. JAX is
given as `train.fit` and `Predictor` use it, with brainscan's own layers, once with its batch norm
and once folded. Weights are random, the statistics of batch norm those of the images: else the
answers to all images would be one, and agreement would say nothing. How far they spread is written
down.
"""

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np

import brainscan as bs
from benchmarks.timing import first_call, machine, ratio, take_turns, write
from brainscan.predict.export import check_images
from brainscan.predict.exporters import exporters
from brainscan.train.compiled import Compiled

MODELS = ("small_cnn", "efficientnet_lite0", "efficientnet_v2_s")
SIZE = (150, 150, 3)
BATCHES = (1, 16)
ROUNDS = 25


def main() -> None:
    """Export each model to each format, run all in turns, and write the result."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", default=",".join(MODELS), help="with commas between")
    arguments = parser.parse_args()
    found = {name: compare(name) for name in arguments.models.split(",")}
    packages = {
        name: version for row in found.values() for name, version in row["versions"].items()
    }
    facts = machine()
    facts["versions"] |= packages
    write("exports", {"machine": facts, "models": found}, table(facts, found))


def compare(name: str) -> dict[str, Any]:
    """Return sizes, agreement and seconds of one model in every format."""
    model = bs.models.build(name, SIZE, None, "global_average", seed=0)
    images = np.concatenate([check_images(SIZE)] * 4)
    _settle(model, images)
    ways: dict[str, Callable[[Any], Any]] = {
        "JAX": _on_jax(model),
        "JAX, folded": _on_jax(bs.models.fold_batch_norm(model)),
    }
    sizes: dict[str, int] = {}
    compiling: dict[str, float] = {}
    differences: dict[str, float] = {}
    versions: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        model.save(Path(folder) / "model.keras")
        sizes["JAX"] = (Path(folder) / "model.keras").stat().st_size
        for format_name in exporters:
            exporter = exporters[format_name]
            path = Path(folder) / format_name / f"model{exporter.suffix}"
            bs.predict.export(model, path, format_name)
            said = bs._core.artifacts.read_json(f"{path}.json")
            versions |= said["versions"]
            sizes[format_name] = sum((path.parent / file).stat().st_size for file in said["files"])
            ways[format_name] = exporter.load(path)
        expected = np.asarray(ways["JAX"](images))
        spread = float(np.ptp(expected))
        for way, run in ways.items():
            differences[way] = float(np.abs(run(images) - expected).max())
        seconds = {}
        for batch in BATCHES:
            calls = {way: _call(run, images[:batch]) for way, run in ways.items()}
            if batch == BATCHES[0]:
                compiling = {way: first_call(call) for way, call in calls.items()}
            for call in calls.values():
                first_call(call)
            seconds[str(batch)] = take_turns(calls, ROUNDS)
    ratios = {
        batch: {way: ratio(turns["JAX"], turns[way]) for way in turns}
        for batch, turns in seconds.items()
    }
    return {
        "parameters": model.count_params(),
        "bytes": sizes,
        "largest_difference": differences,
        "range_of_answers": spread,
        "first_call_seconds": compiling,
        "seconds": seconds,
        "times_as_fast": ratios,
        "versions": versions,
    }


def _settle(model: Any, images: Any) -> None:
    inner = [part for part in model.layers if isinstance(part, keras.Model)]
    for layer in (layer for part in [model, *inner] for layer in part.layers):
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.0
    model(images, training=True)


def _on_jax(model: Any) -> Callable[[Any], Any]:
    by_shape: dict[Any, Compiled] = {}

    def run(images: Any) -> Any:
        compiled = by_shape.setdefault(
            images.shape,
            Compiled(inference=["forward"], forward=lambda x: model(x, training=False)),
        )
        return np.asarray(compiled("forward", images))

    return run


def _call(run: Callable[[Any], Any], images: Any) -> Callable[[], Any]:
    return lambda: run(images)


def table(facts: dict[str, Any], found: dict[str, Any]) -> str:
    """Return the result in Markdown."""
    versions = ", ".join(f"{name} {number}" for name, number in facts["versions"].items())
    heading = (
        f"Exported models at {SIZE[0]}x{SIZE[1]} on the CPU, milliseconds a batch: medians of "
        f"{ROUNDS} warm calls in turns (how many times as fast as JAX, medians of neighbouring "
        f"calls). Answers are probabilities. {facts['date']}, {facts['processor']}, "
        f"{facts['cores']} cores, load {facts['load'][0]:.1f}; {versions}."
    )
    lines = [
        heading,
        "",
        "| model | runtime | MB | largest difference | batch of 1, ms | batch of 16, ms |",
        "| --- | --- | ---: | ---: | ---: | ---: |",
    ]
    for name, row in found.items():
        for way, difference in row["largest_difference"].items():
            size = row["bytes"].get(way)
            cells = [
                name,
                exporters[way].runtime + f" ({way})" if way in exporters else way,
                "" if size is None else f"{size / 1e6:.1f}",
                f"{difference:.0e}",
                *(
                    f"{1000 * np.median(row['seconds'][batch][way]):.1f} "
                    f"({row['times_as_fast'][batch][way]['median']:.2f})"
                    for batch in row["seconds"]
                ),
            ]
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
