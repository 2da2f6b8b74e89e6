"""What the page says of the model: names and plain texts."""

from typing import Any

from brainscan.metrics import Estimate
from brainscan.predict import Bundle


def model_card(bundle: Bundle) -> dict[str, Any]:
    """Return the card as texts.

    Returns:
        ``facts``, pairs of a name and a text; and ``metrics``, each with ``name``, ``value`` and
        ``interval``.
    """
    return {
        "facts": [[name, text] for name, text in _facts(bundle).items() if text],
        "metrics": [_metric(estimate) for estimate in bundle.card.metrics.values()],
    }


def _facts(bundle: Bundle) -> dict[str, str]:
    card, sets = bundle.card, bundle.conformal
    counts = ", ".join(f"{number} {name}" for name, number in card.data["counts"].items())
    held = ", ".join(
        f"{name} {_percent(share)}"
        for name, share in zip(bundle.classes, card.coverage, strict=True)
        if share is not None
    )
    threshold = bundle.threshold
    return {
        "Classifier": card.name,
        "Intended use": card.intended_use,
        "Trained on": f"{card.data['name']}: {card.data['images']} images ({counts}) in "
        f"{card.data['groups']} groups",
        "Licence of the images": str(card.data.get("licence") or ""),
        "Measured": str(card.training.get("protocol") or ""),
        "Trained": str(card.training.get("date") or ""),
        "Sets of classes": f"made to hold the right one in {_percent(sets.coverage)}; on images it "
        f"had not seen they did in {held}"
        if held
        else "",
        "One class named": f"{_percent(card.answered)} of images it had not seen",
        "Threshold": "" if threshold is None else f"{threshold:.3f}",
        "SHA-256 of the bundle": bundle.digest or "",
    }


def _metric(estimate: Estimate) -> dict[str, str]:
    low, high = estimate.low, estimate.high
    return {
        "name": estimate.name.replace("_", " "),
        "value": "" if estimate.value is None else f"{estimate.value:.3f}",
        "interval": "" if low is None or high is None else f"{low:.3f} to {high:.3f}",
    }


def _percent(share: float) -> str:
    return f"{100 * share:.0f}%"
