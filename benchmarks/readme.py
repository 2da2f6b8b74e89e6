"""Write the short table of the README from the results: ``python -m benchmarks readme``."""

import argparse
import json
import re
from pathlib import Path
from typing import Any

from benchmarks.convolutions import PEERS, TASKS
from benchmarks.timing import RESULTS, ratio

README = Path(__file__).parents[1] / "README.md"
GOALS = """PyTorch is eager, TensorFlow's graph without XLA. Goals: 1 beside each peer; beside Keras
on JAX, for the last three networks, 4 forward and 3 for a training step. The quartiles are in
`benchmarks/results/convolutions.md`."""
_MARKS = re.compile(r"(<!-- speed -->\n).*?(<!-- /speed -->)", re.DOTALL)


def main() -> None:
    """Put the table between its marks in the README."""
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    text = README.read_text(encoding="utf-8")
    README.write_text(with_table(text), encoding="utf-8")
    print(short_table())


def with_table(readme: str) -> str:
    """Return the README's text with the table of the present results."""
    return _MARKS.sub(lambda marks: f"{marks[1]}{short_table()}{marks[2]}", readme)


def short_table() -> str:
    """Return how many times as fast as its peers brainscan is, in Markdown."""
    networks = _read("convolutions")
    names = list(PEERS.values())
    lines = [f"| times as fast as | {' | '.join(names)} |", f"| --- |{' ---: |' * len(names)}"]
    for row in networks["rows"]:
        shares = [row["ratio"].get(name) for name in PEERS]
        cells = ["" if share is None else f"{share['median']:.2f}" for share in shares]
        lines.append(f"| {row['model']}, {row['what']} | {' | '.join(cells)} |")
    rounds = {len(row["seconds"]["brainscan"]) for row in networks["rows"]}
    shown = f"medians of {' or '.join(map(str, sorted(rounds)))} rounds"
    lines += ["", f"*{_made(networks)}; {shown}; batches of 16 images of 150x150, float32.*"]
    lines += ["", GOALS]
    lines += ["", "| | beside | times as fast | goal | |", "| --- | --- | ---: | ---: | --- |"]
    for name, what, peer, goal in (
        ("augmentation", "the paper's augmentations", "Keras's layers on JAX", 50),
        ("texture", "GLCM and LBP", "scikit-image", 40),
    ):
        result = _read(name)
        share = f"{result['ratio']['median']:.0f}"
        lines.append(f"| {what} | {peer} | {share} | {goal} | {_made(result)} |")
    result = _read("reading")
    for name, found in result["sets"].items():
        what = f"files read, cropped and resized: {name} ({found['files']})"
        share = f"{found['ratio']['median']:.2f}"
        lines.append(f"| {what} | OpenCV, decoding alone | {share} | 0.9 | {_made(result)} |")
    result = _read("segmentation")
    seconds = result["seconds"]["train"]
    share = f"{ratio(seconds['smp'], seconds['brainscan'])['median']:.1f}"
    what, peer = "a U-Net's training step, 128x128", "segmentation-models-pytorch"
    lines.append(f"| {what} | {peer} | {share} | 1 | {_made(result)} |")
    result = _read("convolutions-gpu")
    for row in result["rows"]:
        if row["what"] == TASKS["train"]:
            what = f"{row['model']}, train step, {row['batch']} images, {row['dtype']}"
            share = f"{row['ratio']['pytorch-compiled']['median']:.1f}"
            where = f"{result['machine']['date']}, {result['machine']['devices'][0]}"
            lines.append(f"| {what} | {PEERS['pytorch-compiled']} | {share} | 1 | {where} |")
    return "\n".join(lines) + "\n"


def _made(result: dict[str, Any]) -> str:
    facts = result["machine"]
    return f"{facts['date']}, {facts['processor']}, {facts['cores']} cores"


def _read(name: str) -> dict[str, Any]:
    return json.loads((RESULTS / f"{name}.json").read_text())


if __name__ == "__main__":
    main()
