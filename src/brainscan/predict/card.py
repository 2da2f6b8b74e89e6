"""What a reader must know of a trained classifier before using it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from brainscan.metrics import Estimate

DISCLAIMER = "For research use only: no output is a diagnosis."
INTENDED_USE = (
    "Research on 2-D brain MRI slices like those it was trained on. Not for patients, not for "
    "slices of other kinds, scanners or populations without a test of one's own."
)


@dataclass(frozen=True)
class Card:
    """Where a classifier comes from, and how well it did on images it had not seen.

    Attributes:
        name: of the classifier's kind, such as ``"efficientnet_lite0"``.
        intended_use: in a sentence or two.
        data: of the training images: ``name``, ``images``, ``groups``, ``licence``, ``citation``,
            and ``counts``, the number of images of each class.
        training: how it was trained: ``recipe``, ``seed``, ``protocol`` and ``date``.
        sha256: of each training image's file, or of its pixels where there is no file.
        metrics: each figure of merit with its 95% interval, on images of folds that the scoring
            classifier was not trained on, at thresholds chosen on other folds.
        coverage: for each class, the share of such images whose set of classes holds theirs.
        answered: the share of them whose set has one class.
        versions: of the machine and packages it was made with.
    """

    name: str
    intended_use: str
    data: Mapping[str, Any]
    training: Mapping[str, Any]
    sha256: tuple[str, ...]
    metrics: Mapping[str, Estimate]
    coverage: tuple[float | None, ...]
    answered: float
    versions: Mapping[str, str]

    def to_json(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        metrics = {name: asdict(estimate) for name, estimate in self.metrics.items()}
        return values | {
            "sha256": list(self.sha256),
            "coverage": list(self.coverage),
            "metrics": metrics,
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Card":
        """Make a card of what `to_json` returned."""
        card = cls(
            str(values["name"]),
            str(values["intended_use"]),
            dict(values["data"]),
            dict(values["training"]),
            tuple(map(str, values["sha256"])),
            {name: Estimate(**estimate) for name, estimate in values["metrics"].items()},
            tuple(values["coverage"]),
            float(values["answered"]),
            dict(values["versions"]),
        )
        card.to_markdown()  # one that can't be shown is none
        return card

    def to_markdown(self) -> str:
        """Return the card as a page."""
        data, training = self.data, self.training
        counts = ", ".join(f"{number} {name}" for name, number in data["counts"].items())
        rows = [
            f"| {estimate.name} | {_number(estimate.value)} | {_interval(estimate)} |"
            for estimate in self.metrics.values()
        ]
        covered = ", ".join(map(_percent, self.coverage))
        table = "\n".join(["| figure | value | 95% interval |", "| --- | ---: | ---: |", *rows])
        return (
            f"# {self.name}\n\n**{DISCLAIMER}**\n\n{self.intended_use}\n\n"
            f"Trained on {data['name']}: {data['images']} images ({counts}) in {data['groups']} "
            f"groups; licence {data['licence']}. {training['protocol']}\n\n{table}\n\n"
            f"Sets of classes held the right one in {covered} of each class's images, and named "
            f"one class in {_percent(self.answered)}.\n"
        )


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _interval(estimate: Estimate) -> str:
    if estimate.low is None or estimate.high is None:
        return ""
    return f"{estimate.low:.3f} to {estimate.high:.3f}"


def _percent(share: float | None) -> str:
    return "none" if share is None else f"{100 * share:.0f}%"
