import json
from dataclasses import FrozenInstanceError, replace

import pytest

from brainscan import augment
from brainscan.train import PAPER, Recipe


def test_paper_recipe():
    assert (PAPER.epochs, PAPER.batch_size, PAPER.learning_rate) == (20, 16, 1e-4)
    assert (PAPER.loss, PAPER.head, PAPER.scaling) == ("cross_entropy", "paper", "standardized")
    assert PAPER.size == (150, 150)
    assert PAPER.weights == "imagenet"
    assert PAPER.augmentation is not None


def test_recipe_is_frozen_and_comparable():
    assert Recipe() == PAPER
    assert replace(PAPER, epochs=5) != PAPER
    with pytest.raises(FrozenInstanceError):
        PAPER.epochs = 3


def test_settings_are_json():
    settings = replace(PAPER, class_weights=(1.0, 2.0)).settings()
    assert json.loads(json.dumps(settings)) == settings
    assert "Rotation" in settings["augmentation"]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"epochs": 0}, "epochs must be a positive integer; got 0"),
        ({"batch_size": -4}, "batch_size must be a positive integer; got -4"),
        ({"learning_rate": 0.0}, r"learning_rate must be above 0 and finite; got 0\.0"),
        ({"size": (150, -1)}, r"two positive integers \(height, width\); got \(150, -1\)"),
        ({"learning_rate": float("inf")}, "learning_rate must be above 0 and finite; got inf"),
        ({"class_weights": [-1.0, 2.0]}, r"class_weights must be above 0; got \[-1\.0, 2\.0\]"),
        ({"layer_decay": 0.0}, r"layer_decay must be above 0 and finite; got 0\.0"),
        ({"mixup": -0.1}, r"mixup must be 0 or above and finite; got -0\.1"),
        ({"weight_decay": float("nan")}, "weight_decay must be 0 or above and finite; got nan"),
        ({"ema_momentum": 1.0}, r"ema_momentum must be 0 or above and below 1; got 1\.0"),
        ({"label_smoothing": -0.1}, "label_smoothing must be 0 or above and below 1"),
        ({"trained": 0}, "'last_layer' or a number of resolutions, 1 or more; got 0"),
        ({"members": 0}, "members must be a positive integer; got 0"),
        ({"stacked": "svm"}, "stacked must be a sequence of names, once each.*got .svm."),
        ({"stacked": ("svm", "svm")}, "stacked must be a sequence of names, once each"),
        ({"class_weights": (1.0, 0.0)}, r"class_weights must be above 0; got \(1\.0, 0\.0\)"),
    ],
)
def test_bad_values(values, message):
    with pytest.raises(ValueError, match=message):
        Recipe(**values)


def test_augmentation_by_name_is_refused():
    recipe = Recipe()
    object.__setattr__(recipe, "augmentation", "paper")  # as a caller without type checks does
    with pytest.raises(
        ValueError, match=r"function \(key, images\) -> images or None; got 'paper'"
    ):
        recipe.__post_init__()


def test_settings_tell_one_weights_file_from_another(tmp_path):
    path = tmp_path / "a.weights.h5"
    seen = []
    for content in (b"one", b"two"):
        path.write_bytes(content)
        seen.append(json.loads(json.dumps(replace(PAPER, weights=path).settings())))
    assert seen[0]["weights"] == str(path)
    assert seen[0]["weights_sha256"] == (
        "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed"
    )
    assert seen[0] != seen[1]


def test_settings_hold_no_address_of_an_object():
    class Mine:
        def __call__(self, key, images):
            return images

    texts = {replace(PAPER, augmentation=Mine()).settings()["augmentation"] for _ in range(3)}
    assert texts == {f"{__name__}.{Mine.__qualname__}"}


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("schedule", "linear", "schedule must be 'constant' or 'cosine'; got 'linear'"),
        ("checkpoint", "first", "checkpoint must be 'best' or 'last'; got 'first'"),
        ("loss", "hinge", "loss must be 'cross_entropy' or 'focal'; got 'hinge'"),
        ("trained", "half", "trained must be 'all', 'last_layer' or a number of resolutions"),
        ("trained", True, "1 or more; got True"),
    ],
)
def test_unknown_choices(name, value, message):
    recipe = Recipe()
    object.__setattr__(recipe, name, value)  # as a caller without type checks does
    with pytest.raises(ValueError, match=message):
        recipe.__post_init__()


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("flips", "no", "flips must be False or True; got 'no'"),
        ("head_first", None, "head_first must be False or True; got None"),
        ("frozen_batch_norm", "x", "frozen_batch_norm must be False or True"),
        ("epochs", True, "epochs must be a positive integer; got True"),
        ("mixup", True, "mixup must be a number, 0 or above and finite; got True"),
        ("mixup", [0.2], r"mixup must be a number, .*; got \[0\.2\]"),
        ("learning_rate", "1e-3", "learning_rate must be a number, above 0 .*; got '1e-3'"),
        ("weights", 5, "weights must be 'imagenet', a path or None; got 5"),
        ("weights", "", "weights must be 'imagenet', a path or None; got ''"),
        ("class_weights", {0: 1, 1: 2}, "a sequence of a weight for each class, or None; got {0"),
        ("class_weights", 2.0, "a sequence of a weight for each class, or None; got 2.0"),
        ("class_weights", ["a", "b"], "a sequence of a weight for each class"),
        ("class_weights", "equal", "class_weights must be 'balanced', a sequence"),
        (
            "augmentation",
            augment.paper,
            r"\(key, images\) -> images .*is brainscan.augment.paper\(\)",
        ),
    ],
)
def test_values_of_another_kind(name, value, message):
    recipe = Recipe()
    object.__setattr__(recipe, name, value)  # as a caller without type checks does
    with pytest.raises(ValueError, match=message):
        recipe.__post_init__()
