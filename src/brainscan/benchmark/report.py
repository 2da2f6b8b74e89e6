"""The report of one run or several: Markdown, and the same as one self-contained HTML page."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from brainscan._core.artifacts import write_text
from brainscan.benchmark import checklist, tables
from brainscan.benchmark.calibrated import Calibrated, calibrate
from brainscan.benchmark.page import DISCLAIMER, how_made, html, named_plainly, plain
from brainscan.benchmark.result import Result
from brainscan.benchmark.subgroups import LEAST, subgroups
from brainscan.metrics import compare, holm, log_loss

_FIGURES = {
    "figure4_accuracy.png": "Training and validation accuracy (the paper's figure 4)",
    "figure5_loss.png": "Training and validation loss (the paper's figure 5)",
    "figure6_comparison.png": "Test accuracy (the paper's figure 6)",
    "roc.png": "ROC curves with 95% bands",
    "precision_recall.png": "Precision and recall with 95% bands",
    "reliability.png": "Reliability, with the band of a perfectly calibrated model at this n",
    "decision.png": "Net benefit (decision curve)",
    "confusion.png": "Confusion",
    "robustness.png": "Accuracy on corrupted images",
}


def write_report(results: Sequence[Result], folder: str | Path) -> Path:
    """Write ``report.md``, ``report.html``, ``model_card.md`` and ``checklist.md`` of runs.

    Args:
        results: of one data set, each under its own protocol, such as the paper's and the
            leak-free one; they become columns of one table.
        folder: where to write. Each result's figures are written too, into ``figures`` or, with
            several results, into ``PROTOCOL/figures``.

    Returns:
        The HTML page, which needs no other file.

    Raises:
        ValueError: there is no result, two have one protocol, or two are of other data.
    """
    from brainscan.benchmark.figures import save_figures

    names = [result.settings["protocol"] for result in results]
    if not results or len(set(names)) < len(names):
        raise ValueError(
            "results must be one or more, each of another protocol; "
            f"got {', '.join(names) or 'none'}."
        )
    if len({result.settings["data"]["digest"] for result in results}) > 1:
        raise ValueError(
            "results must be of the same prepared data; got those of "
            f"{', '.join(result.settings['data']['name'] for result in results)}."
        )
    folder = Path(folder)
    for result, name in zip(results, names, strict=True):
        save_figures(result, folder / _figures_of(name, results))
    text = markdown(results, folder)
    write_text(folder / "report.md", text)
    main = _leak_free(results)
    write_text(folder / "model_card.md", model_card(main))
    write_text(
        folder / "checklist.md",
        checklist.markdown(replace(main, settings=named_plainly(main.settings))),
    )
    return write_text(folder / "report.html", html(text, folder))


def markdown(results: Sequence[Result], folder: Path) -> str:
    """Return the report as Markdown; it shows the figures that lie in the folder."""
    data = results[0].settings["data"]
    parts = [f"# {plain(data['name'])}: benchmark report", DISCLAIMER]
    if len(results) > 1:
        parts += ["## The protocols side by side", side_by_side(results)]
    for result in results:
        parts += _protocol_part(result, results, folder)
    parts += ["## How it was made", how_made(_leak_free(results).settings)]
    return "\n\n".join(parts) + "\n"


def model_card(result: Result) -> str:
    """Return a model card as Markdown: what the run knows, and what its author must add.

    References:
        M. Mitchell et al., "Model Cards for Model Reporting", FAT* 2019,
        doi:10.1145/3287560.3287596
    """
    data, recipe = result.settings["data"], result.settings["recipe"]
    _, body = tables.table(result.rows)
    figures = "\n".join(f"- {cells[0]}: accuracy {cells[4]}, AUC {cells[5]}" for cells in body)
    training = "\n".join(f"- {key}: {plain(value)}" for key, value in recipe.items())
    caption = tables.caption(result.rows, named_plainly(result.settings))
    return (
        f"# Model card: models trained on {plain(data['name'])}\n\n{DISCLAIMER}\n\n"
        f"## Models\n\n{', '.join(row.model for row in result.rows)}\n\n"
        "## Intended use\n\nResearch on the classification of 2-D brain MRI slices. Not for "
        "patients. Further uses: to be supplied by you.\n\n"
        f"## Training data\n\n{data['images']} images in {data['groups']} groups; classes "
        f"{', '.join(map(plain, data['classes']))}. SHA-256 {data['digest']}. Patients, scanners, "
        "sequences and who labelled the images: to be supplied by you.\n\n"
        f"## Training\n\n{training}\n\n"
        f"## Evaluation\n\n{caption}\n\n{figures}\n\n"
        "## Limits\n\nFigures hold for images like these. Slices of unknown patients say nothing "
        "of age, sex, scanner or hospital. Ethical considerations: to be supplied by you.\n"
    )


def side_by_side(results: Sequence[Result]) -> str:
    """Return a Markdown table with the accuracy and the AUC of each model under each protocol."""
    titles = [_title(result) for result in results]
    heads = [f"{title}: accuracy (95%) | {title}: AUC (95%)" for title in titles]
    models = list(dict.fromkeys(row.model for result in results for row in result.rows))
    lines = ["| model | " + " | ".join(heads) + " |", "| --- |" + " ---: | ---: |" * len(results)]
    for model in models:
        cells: list[str] = []
        for result in results:
            row = next((row for row in result.rows if row.model == model), None)
            cells += ["", ""] if row is None else [tables.accuracy_cell(row), tables.auc_cell(row)]
        lines.append(f"| {model} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _protocol_part(result: Result, results: Sequence[Result], folder: Path) -> list[str]:
    figures = _figures_of(result.settings["protocol"], results)
    rows = [replace(row, error=row.error and plain(row.error)) for row in result.rows]
    parts = [f"## {_title(result)}", tables.markdown(rows, named_plainly(result.settings)).strip()]
    parts += ["### Comparisons", _comparisons(result)]
    parts += ["### Metrics", _metrics(result)]
    calibrated = {name: calibrate(result, name) for name in result.validations}
    if calibrated:
        parts += ["### Calibration and doubt", _calibration(result, calibrated)]
    parts += ["### Subgroups", _subgroups(result), "### Figures"]
    parts += [
        f"![{text}]({figures}/{name})\n\n*{text}.*"
        for name, text in _FIGURES.items()
        if (folder / figures / name).is_file()
    ]
    galleries = sorted((folder / figures).glob("failures_*.png"))
    if galleries:
        parts.append("### What was wrong")
        parts += [
            f"![Images that {path.stem.removeprefix('failures_')} classified wrongly]"
            f"({figures}/{path.name})"
            for path in galleries
        ]
    return parts


def _comparisons(result: Result) -> str:
    """Compare every model with the most accurate one on the same images."""
    rows = [row for row in result.rows if row.accuracy is not None and not row.error]
    if len(rows) < 2:
        return "There is one model only."
    best = max(rows, key=lambda row: row.accuracy or 0)
    reference = result.predictions[best.model].averaged()
    found: list[Any] = []
    for row in rows:
        if row is best:
            continue
        other = result.predictions[row.model].averaged()
        found.append(
            compare(
                reference.labels,
                reference.scores,
                other.scores,
                reference.groups,
                seed=result.settings["seed"],
                names=(best.model, row.model),
            )
        )
    adjusted = holm([comparison.mcnemar.p_value for comparison in found])
    return "\n".join(
        f"- {comparison.sentence()} {_counted(comparison.mcnemar.p_value, value, len(found))}"
        for comparison, value in zip(found, adjusted, strict=True)
    )


def _counted(p_value: float, adjusted: float, tests: int) -> str:
    """Say what is left of a comparison once all of the table are counted."""
    lost = p_value < 0.05 <= adjusted
    verdict = ": then it can't be told" if lost else ""
    return (
        f"Adjusted for {tests} comparison{'s' * (tests > 1)} (Holm), p = {adjusted:.2g}{verdict}."
    )


def _metrics(result: Result) -> str:
    models = list(result.predictions)
    estimates = {model: result.metrics(model) for model in models}
    names = list(next(iter(estimates.values()))) if estimates else []
    lines = ["| metric | " + " | ".join(models) + " |", "| --- |" + " ---: |" * len(models)]
    lines += [
        f"| {name.replace('_', ' ')} | "
        + " | ".join(_estimate(estimates[model][name]) for model in models)
        + " |"
        for name in names
    ]
    return "\n".join(lines)


def _estimate(estimate: Any) -> str:
    if estimate.value is None:
        return ""
    interval = "" if estimate.low is None else f" ({estimate.low:.3f} to {estimate.high:.3f})"
    return f"{estimate.value:.3f}{interval}"


def _calibration(result: Result, calibrated: dict[str, Calibrated | None]) -> str:
    intro = (
        "Temperature, threshold and prediction sets are fitted on each fold's validation images "
        "only. The thresholds (by Youden's index) are for use on new images: the tables above "
        "decide at one half. A set with one class is an answer, any other abstains."
    )
    headings = (
        "| model | temperature, by fold | threshold, by fold | log-loss before and after "
        "| images answered | coverage aimed at | reached, by class |"
    )
    lines = [
        headings,
        "| --- | --- | --- | --- | ---: | ---: | --- |",
    ]
    for name, one in calibrated.items():
        if one is None:
            continue
        temperatures = ", ".join(f"{value:.2f}" for value in one.temperatures)
        thresholds = ", ".join(f"{value:.2f}" for value in one.thresholds)
        counts = np.bincount(one.predictions.labels, minlength=one.sets.shape[1])
        covered = ", ".join(
            "" if share is None else f"{100 * share:.0f}% of {count}"
            for share, count in zip(one.class_coverage(), counts.tolist(), strict=True)
        )
        losses = " and ".join(
            f"{log_loss(seen.labels, seen.scores):.3f}"
            for seen in (result.predictions[name], one.predictions)
        )
        lines.append(
            f"| {name} | {temperatures} | {thresholds} | {losses} | {100 * one.answered():.0f}% "
            f"| {100 * one.coverage:.0f}% | {covered} |"
        )
    return intro + "\n\n" + "\n".join(lines)


def _subgroups(result: Result) -> str:
    models = list(result.predictions)
    found = {m: subgroups(result.predictions[m], result.images) for m in models}
    lines = [
        "| | images | " + " | ".join(models) + " |",
        "| --- | ---: |" + " ---: |" * len(models),
    ]
    for position, one in enumerate(next(iter(found.values()), [])):
        cells: list[str] = []
        for model in models:
            group = found[model][position]
            cells.append(
                "too few"
                if group.accuracy is None or group.interval is None
                else f"{100 * group.accuracy:.0f}% "
                f"({100 * group.interval.low:.0f} to {100 * group.interval.high:.0f})"
            )
        lines.append(f"| {one.by}: {plain(one.name)} | {one.tested} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + f"\n\nNo figure is shown for fewer than {LEAST} images."


def _title(result: Result) -> str:
    return f"protocol {result.settings['protocol']}".replace("_", " ")


def _leak_free(results: Sequence[Result]) -> Result:
    return next((r for r in results if r.settings["protocol"] != "paper"), results[0])


def _figures_of(protocol: str, results: Sequence[Result]) -> str:
    return "figures" if len(results) == 1 else f"{protocol}/figures"
