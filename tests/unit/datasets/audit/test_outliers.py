import numpy as np
import pytest

from brainscan.datasets.audit.facts import Facts, gather
from brainscan.datasets.audit.outliers import find_outliers
from brainscan.datasets.dataset import Dataset
from brainscan.datasets.phantom import phantom


@pytest.fixture(scope="module")
def heads():
    return list(phantom(n=60))


def reasons(images):
    n = len(images)
    ids = tuple(f"i{k}" for k in range(n))
    data = Dataset("made", images, np.zeros(n, int), ids, np.arange(n), ("no", "yes"))
    found, thumbnails = gather(data, lambda _: None)
    facts = [fact for fact in found if isinstance(fact, Facts)]
    return {outlier.id: outlier.reason for outlier in find_outliers(ids, facts, thumbnails)}


def test_ordinary_images_are_none(heads):
    assert reasons(heads) == {}


@pytest.mark.parametrize(
    ("plant", "reason"),
    [
        (lambda head: np.full((200, 200), 7, np.uint8), "blank: its grey levels differ by 0.0"),
        (lambda head: head[90:110, 80:100], "tiny: 20x20 pixels"),
        (lambda head: 255 - head, "dark where others are bright"),
        (lambda head: np.vstack([head] * 4), "unusual height by width"),
        (
            lambda head: np.kron(
                np.random.default_rng(0).integers(0, 200, (10, 10), np.uint8),
                np.ones((20, 20), np.uint8),
            ),
            "unusual share of its pattern",
        ),
        (
            lambda head: np.stack([head, head // 3, head // 9], axis=2),
            "coloured: channels differ by",
        ),
    ],
)
def test_one_that_was_planted_is_found_and_explained(heads, plant, reason):
    found = reasons([*heads, plant(heads[0])])
    assert set(found) == {"i60"}
    assert reason in found["i60"]


def test_few_images_are_not_held_against_each_other(heads):
    assert reasons([heads[0], 255 - heads[1], np.zeros((9, 9), np.uint8)]) == {
        "i2": "blank: its grey levels differ by 0.0 of 255; tiny: 9x9 pixels"
    }
