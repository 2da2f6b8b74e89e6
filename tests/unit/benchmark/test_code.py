"""A run folder is not gone on with when the user's own code has changed."""

from dataclasses import replace
from functools import partial

import keras
import numpy as np
import pytest

import brainscan as bs
from brainscan.benchmark.code import code_digests
from brainscan.features import classifiers
from brainscan.models.backbones.registry import backbones
from brainscan.train import PAPER


@pytest.fixture
def own_names():
    before = dict(backbones._entries)
    yield
    backbones._entries.clear()
    backbones._entries.update(before)


def network(features):
    def build(input_shape, weights):
        image = keras.Input(input_shape)
        return keras.Model(image, keras.layers.Conv2D(features, 3, strides=4)(image))

    return build


def digests(names, **changes):
    return code_digests(names, replace(PAPER, **changes), classifiers)


def test_what_brainscan_defines_has_a_version_and_no_digest():
    names = ["mobilenet_v2", "efficientnet_lite0", "googlenet", "svm"]
    assert digests(names) == {}
    assert digests(names, augmentation=bs.augment.mri(), head="stages") == {}


def test_a_network_of_another_body_is_seen(own_names):
    found = []
    for features in (4, 8):
        backbones._entries.pop("own", None)
        bs.models.register("own")(network(features))
        found.append(digests(["own"]))
    assert found[0].keys() == {"own"}
    assert found[0] != found[1]


def test_a_model_of_other_weights_is_seen(own_names):
    found = []
    for seed in (0, 1):
        backbones._entries.pop("own", None)
        image = keras.Input((None, None, 3), name="image")
        first = keras.initializers.GlorotUniform(seed)
        features = keras.layers.Conv2D(4, 3, kernel_initializer=first, name="features")(image)
        bs.models.register_model("own", keras.Model(image, features, name="net"))
        found.append(digests(["own"]))
    assert found[0].keys() == {"own"}
    assert found[0] != found[1]


def times(factor):
    return lambda key, images: images * factor


def test_another_augmentation_is_seen_and_its_folder_not_gone_on_with(tmp_path):
    data = bs.datasets.load("phantom", n=20)
    recipe = replace(
        bs.benchmark.presets["scratch"].recipe, epochs=1, size=(32, 32), augmentation=times(1)
    )
    run = partial(bs.benchmark.run, data, ["small_cnn"], "holdout", progress=False)
    first = run(recipe=recipe, folder=tmp_path)
    again = run(recipe=replace(recipe, augmentation=times(1)), folder=tmp_path)
    assert again.rows == first.rows
    with pytest.raises(ValueError, match="code.augmentation was '.*', now '.*'. Choose another"):
        run(recipe=replace(recipe, augmentation=times(0)), folder=tmp_path)


def test_a_function_divides_the_images_in_the_groups_of_their_crops():
    data = bs.datasets.load("phantom", n=20)
    twin = data.with_groups(range(20))
    halves = partial(bs.datasets.grouped_folds, folds=2)
    result = bs.benchmark.run(twin, ["svm"], halves, progress=False)
    assert result.rows[0].tested == 20
    assert len(set(result.predictions["svm"].folds)) == 2


def test_own_splits_of_other_groups_are_refused_with_the_way_on():
    data = bs.datasets.load("phantom", n=20)
    twice = replace(
        data,
        images=[*data, *data],
        labels=np.tile(data.labels, 2),
        ids=tuple(f"image {i}" for i in range(40)),
        groups=np.arange(40),
        masks=None,
        sources=None,
    )
    splits = bs.datasets.grouped_folds(twice, folds=2)
    with pytest.raises(ValueError, match=r"near-duplicates are in one group here.*partial\("):
        bs.benchmark.run(twice, ["svm"], splits, progress=False)
