"""Reporting guidelines, item by item: what the run answers, what only its author can."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from brainscan.benchmark.result import Result

Answer = Callable[[Result], str]

SUPPLY = "to be supplied by you"
_NO_NETWORK = "no network was trained"
_NOTHING = "no model was measured"
_INTRO = (
    "What the run can answer is filled in; the rest is marked. A filled item is no judgement of "
    "its quality, and this list makes no claim that a study follows the guideline."
)


@dataclass(frozen=True)
class Item:
    """One item of a guideline.

    Args:
        number: as in the guideline.
        topic: in short, in our words.
        answer: computes the text from a result; None where only the author knows.
        not_applicable: why the item does not apply to any run; None where it does.
    """

    number: str
    topic: str
    answer: Answer | None = None
    not_applicable: str | None = None

    def status(self) -> str:
        """Return ``computed``, ``to be supplied by you`` or ``not applicable``."""
        if self.not_applicable is not None:
            return "not applicable"
        return SUPPLY if self.answer is None else "computed"

    def text(self, result: Result) -> str:
        """Return what stands beside the item."""
        if self.not_applicable is not None:
            return self.not_applicable
        return "" if self.answer is None else self.answer(result)


def markdown(result: Result) -> str:
    """Return both checklists as Markdown.

    References:
        J. Mongan et al., "Checklist for Artificial Intelligence in Medical Imaging (CLAIM)",
        Radiology: AI 2020, doi:10.1148/ryai.2020200029
        G. S. Collins et al., "TRIPOD+AI statement", BMJ 2024, doi:10.1136/bmj-2023-078378
    """
    parts = [f"# Reporting checklists\n\n{_INTRO}"]
    for title, items in GUIDELINES.items():
        lines = ["| item | topic | status | |", "| --- | --- | --- | --- |"]
        lines += [
            f"| {item.number} | {item.topic} | {item.status()} | {item.text(result)} |"
            for item in items
        ]
        parts.append(f"## {title}\n\n" + "\n".join(lines))
    return "\n\n".join(parts) + "\n"


def _data(result: Result) -> dict[str, Any]:
    return result.settings["data"]


def _source(result: Result) -> str:
    data = _data(result)
    return f"{data['name']}: {data['images']} images; classes {', '.join(data['classes'])}"


def _left_out(result: Result) -> str:
    return f"{len(_data(result)['left_out'])} images that could not be read were left out"


def _preprocessing(result: Result) -> str:
    height, width = result.settings["recipe"]["size"]
    return f"cropped to the head, resized to {height}x{width} pixels; no image was imputed"


def _partitions(result: Result) -> str:
    data = _data(result)
    return f"{result.settings['caption']} {data['images']} images in {data['groups']} groups"


def _level(result: Result) -> str:
    twins = result.settings["twins"]
    kept = "groups (patients, or near-duplicates) stay on one side"
    return kept if not twins else f"images: {twins} tested ones have a twin among those learnt from"


def _models(result: Result) -> str:
    return "; ".join(
        row.model
        + (
            ""
            if row.trainable_parameters is None
            else f" ({row.trainable_parameters:,} parameters)"
        )
        for row in result.rows
    )


def _software(result: Result) -> str:
    machine = result.settings["environment"]
    return ", ".join(f"{key} {value}" for key, value in machine.items())


def _has_network(result: Result) -> bool:
    return any(row.kind == "cnn" and row.error is None for row in result.rows)


def _initial(result: Result) -> str:
    if not _has_network(result):
        return _NO_NETWORK
    return f"networks start from {result.settings['recipe']['weights'] or 'random'} weights"


def _training(result: Result) -> str:
    if not _has_network(result):
        return _NO_NETWORK
    recipe = result.settings["recipe"]
    return ", ".join(
        f"{key} {value}" for key, value in recipe.items() if not isinstance(value, dict)
    )


def _choice(result: Result) -> str:
    recipe = result.settings["recipe"]
    if not _has_network(result):
        return _NO_NETWORK
    if recipe["trained"] == "last_layer":
        return "there was nothing to choose: the last layer is fitted to its optimum"
    if recipe["checkpoint"] == "last":
        return "there was nothing to choose: the last epoch's weights"
    if recipe.get("members", 1) > 1:
        return "the epoch with the least loss on the images that the member leaves out"
    return "the epoch with the least loss on validation images"


def _ensembling(result: Result) -> str:
    recipe, ways = result.settings["recipe"], list[str]()
    if any(row.single_accuracy is not None for row in result.rows):
        ways.append("mean of repeats")
    networks = _has_network(result)
    if networks and recipe.get("members", 1) > 1:
        ways.append(f"mean of {recipe['members']}, each without another part of the images")
    if networks and recipe.get("stacked"):
        ways.append(f"networks weighed with {', '.join(recipe['stacked'])} on inner folds")
    return "; ".join(ways) or "none"


def _failures(result: Result) -> str:
    return "in the gallery of wrongly classified images" if result.predictions else _NOTHING


def _metrics(result: Result) -> str:
    if not result.predictions:
        return _NOTHING
    return "in metrics.csv, each with its 95% interval and how that was computed"


def _external(result: Result) -> str:
    other = result.settings["external"]
    return "none was given" if other is None else f"{other['name']}, {other['images']} images"


def _robustness(result: Result) -> str:
    return "in the figure of robustness" if result.robustness else "not asked for"


def _class_balance(result: Result) -> str:
    weights = result.settings["recipe"].get("class_weights")
    return f"class weights: {weights}"


def _headline(result: Result) -> str:
    figures = "; ".join(
        f"{row.model}: accuracy {100 * row.accuracy:.1f}% "
        f"({100 * row.accuracy_low:.1f} to {100 * row.accuracy_high:.1f})"
        for row in result.rows
        if row.accuracy is not None
        and row.accuracy_low is not None
        and row.accuracy_high is not None
    )
    return figures or _NOTHING


_NO_PREDICTORS = "images only; no other predictor is used"

GUIDELINES: dict[str, tuple[Item, ...]] = {
    "CLAIM (2020)": (
        Item("1-4", "title, abstract, background, objectives"),
        Item("5", "prospective or retrospective"),
        Item("6", "goal of the study"),
        Item("7", "data sources", _source),
        Item("8", "eligibility of patients and images"),
        Item("9", "preprocessing", _preprocessing),
        Item("10", "selection of parts of the data", _left_out),
        Item("11", "definitions of the data's elements"),
        Item("12", "de-identification"),
        Item("13", "missing data", _left_out),
        Item("14-18", "reference standard: definition, rationale, annotators, tools, agreement"),
        Item("19", "intended sample size and how it was decided"),
        Item("20", "how data were divided", _partitions),
        Item("21", "the level at which the parts are disjoint", _level),
        Item("22", "the models", _models),
        Item("23", "software", _software),
        Item("24", "initial parameters", _initial),
        Item("25", "training", _training),
        Item("26", "how the final model was chosen", _choice),
        Item("27", "ensembling", _ensembling),
        Item("28", "metrics", _metrics),
        Item("29", "uncertainty and significance", _metrics),
        Item("30", "robustness", _robustness),
        Item("31", "explanation of the models' decisions"),
        Item("32", "validation on external data", _external),
        Item("33-34", "flow and demographics of the patients"),
        Item("35-36", "performance with intervals", _headline),
        Item("37", "failures", _failures),
        Item("38-39", "limitations and implications"),
        Item("40-42", "registration, protocol, funding"),
    ),
    "TRIPOD+AI (2024)": (
        Item("1-4", "title, abstract, background, objectives"),
        Item("5", "data: sources and dates", _source),
        Item("6", "participants: setting, eligibility, treatment"),
        Item("7", "data preparation", _preprocessing),
        Item("8", "outcome: definition and assessment"),
        Item("9", "predictors", not_applicable=_NO_PREDICTORS),
        Item("10", "sample size"),
        Item("11", "missing data", _left_out),
        Item("12", "analysis: division, models, tuning, performance", _partitions),
        Item("13", "class imbalance", _class_balance),
        Item("14", "fairness"),
        Item("15", "output of the model", lambda _: "a probability for each image"),
        Item("16", "differences between training and evaluation data", _external),
        Item("17", "ethical approval"),
        Item("18", "funding, conflicts, protocol, registration, data and code"),
        Item("19", "patient and public involvement"),
        Item("20", "participants: flow and characteristics"),
        Item("21", "numbers in each analysis", _partitions),
        Item("22", "specification of the model", _models),
        Item("23", "performance with intervals", _headline),
        Item("24", "updating of a model", not_applicable="no model was updated"),
        Item("25-27", "interpretation, limitations, usability"),
    ),
}
