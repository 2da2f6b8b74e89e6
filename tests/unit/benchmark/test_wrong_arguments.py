"""The mistakes that people make with `benchmark.run`: refused before anything is trained."""

from dataclasses import replace

import pytest

import brainscan as bs
from brainscan.benchmark.checks import check_run
from brainscan.benchmark.protocol import divide
from brainscan.train import PAPER


@pytest.fixture(scope="module")
def data():
    return bs.datasets.load("phantom", n=20)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"head": "stage"}, "head must be one of .*'stages'"),
        ({"scaling": "unti"}, "scaling must be one of .*'unit'"),
        ({"decoder": "unett"}, "decoder must be one of .*'unet'"),
    ],
)
def test_a_name_of_the_recipe_is_known_at_once(data, changes, message):
    with pytest.raises(ValueError, match=message):
        check_run(data, ["svm"], lambda name: name, replace(PAPER, **changes), 0)


def test_protocols_that_are_none(data):
    (one, *_) = bs.datasets.grouped_folds(data, folds=2)
    for protocol in (one, [(one.train, one.test)], 5, lambda data, seed: one):
        with pytest.raises(TypeError, match="protocol must be a name of grouped, holdout.*; got"):
            divide.__wrapped__(data, protocol, 0)


def test_external_images_are_a_dataset(data):
    with pytest.raises(TypeError, match="external must be a Dataset; got 'path/to/folder'"):
        bs.benchmark.run.__wrapped__(data, ["svm"], external="path/to/folder")


@pytest.mark.parametrize("folds", ["2", 1, 2.5])
def test_numbers_of_folds_that_are_none(data, folds):
    with pytest.raises(ValueError, match="folds must be 2 or more; got"):
        bs.datasets.grouped_folds.__wrapped__(data, folds=folds)
