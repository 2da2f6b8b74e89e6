"""Reproduce Table II and figures 4 to 6 under the paper's protocol and the leak-free one.

    python examples/reproduce_paper.py path/to/brain_tumor_dataset --out runs/paper

Without a network connection: --weights none, or a folder of weights in Keras's own cache.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import brainscan as bs

PAPER_ACCURACY = {
    "inception_resnet_v2": "92.15%",
    "inception_v3": "86.27%",
    "mobilenet_v2": "82.35%",
    "resnet101_v2": "86.27%",
    "xception": "86.20%",
    "efficientnet_v2_s": "98.03%",
}


def accuracy(row):
    """Return an accuracy with its interval, or that there is none."""
    if row.error:
        return "failed"
    low, high = 100 * row.accuracy_low, 100 * row.accuracy_high
    return f"{100 * row.accuracy:.1f}% ({low:.1f} to {high:.1f})"


def main():
    """Run both protocols and print the paper's figures beside the measured ones."""
    preset = bs.benchmark.presets["paper"]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", help="a folder with one sub-folder a class, or 'phantom'")
    parser.add_argument("--models", default=",".join(preset.models))
    parser.add_argument("--weights", default="imagenet", help="imagenet or none")
    parser.add_argument("--epochs", type=int, default=preset.recipe.epochs)
    parser.add_argument("--images", type=int, help="how many, for the phantom")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("runs/paper"))
    options = parser.parse_args()
    data = bs.datasets.load(options.data, **({"n": options.images} if options.images else {}))
    weights = None if options.weights == "none" else options.weights
    recipe = replace(preset.recipe, weights=weights, epochs=options.epochs)
    results = {}
    for protocol in ("paper", "grouped"):
        results[protocol] = bs.benchmark.run(
            data,
            models=options.models.split(","),
            protocol=protocol,
            recipe=recipe,
            seed=options.seed,
            folder=options.out / protocol,
        )
        if results[protocol].interrupted:
            raise SystemExit(130)  # the same command goes on where it was stopped
    print(
        "| model | the paper | its protocol, here | leak-free, here |\n| --- | ---: | ---: | ---: |"
    )
    for paper, grouped in zip(*(result.rows for result in results.values()), strict=True):
        stated = PAPER_ACCURACY.get(paper.model, "")
        print(f"| {paper.model} | {stated} | {accuracy(paper)} | {accuracy(grouped)} |")
    for result in results.values():
        print("\n" + result.to_markdown())
    print("The report:", bs.benchmark.write_report(list(results.values()), options.out))


if __name__ == "__main__":
    main()
