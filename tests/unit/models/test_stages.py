import keras
import numpy as np
import pytest

import brainscan as bs
from brainscan.models.heads import heads
from brainscan.models.stages import stages, with_stages


def hourglass():
    """64 -> 64 -> 32 (padded to 34, then 32) -> 16 -> 8."""
    image = keras.Input((64, 64, 3))
    x = keras.layers.Conv2D(4, 3, padding="same", name="full")(image)
    x = keras.layers.Conv2D(5, 3, 2, padding="same", name="half")(x)
    x = keras.layers.ZeroPadding2D(1, name="padded")(x)
    x = keras.layers.Conv2D(6, 3, name="half_again")(x)
    x = keras.layers.Conv2D(7, 3, 2, padding="same", name="quarter")(x)
    x = keras.layers.Conv2D(8, 3, 2, padding="same", name="eighth")(x)
    return keras.Model(image, x, name="hourglass")


def test_the_last_map_of_each_resolution_fine_to_coarse():
    shapes = [tuple(features.shape[1:]) for features in stages(hourglass())]
    assert shapes == [(32, 32, 6), (16, 16, 7), (8, 8, 8)]


def test_the_last_is_the_output():
    backbone = hourglass()
    images = np.random.default_rng(0).normal(size=(2, 64, 64, 3)).astype(np.float32)
    maps = with_stages(backbone).predict(images, verbose=0)
    np.testing.assert_array_equal(maps[-1], backbone.predict(images, verbose=0))
    assert with_stages(backbone).name == "hourglass"


@pytest.mark.parametrize(
    ("name", "features"),
    [("small_cnn", None), ("efficientnet_lite0", [96, 144, 240, 672, 1280])],
)
def test_backbones_have_their_stages(name, features):
    make = bs.models.info(name).make
    with keras.StatelessScope():
        maps = stages(make((96, 96, 3), None))
    sizes = [features.shape[1] for features in maps]
    assert sizes == sorted(sizes, reverse=True)
    assert len(set(sizes)) == len(sizes) > 1
    if features:
        assert [features.shape[-1] for features in maps] == features


def test_the_head_pools_by_hand():
    maps = [keras.Input((4, 4, 2)), keras.Input((2, 2, 3))]
    head = keras.Model(maps, heads["stages"].make(maps))
    rng = np.random.default_rng(0)
    fine, coarse = (rng.normal(size=(5, *m.shape[1:])).astype(np.float32) for m in maps)
    expected = np.concatenate(
        [pool(x, axis=(1, 2)) for x in (fine, coarse) for pool in (np.mean, np.max, np.std)],
        axis=1,
    )
    np.testing.assert_allclose(head.predict([fine, coarse], verbose=0), expected, atol=1e-4)


def test_flat_maps_have_finite_slopes():
    import jax

    maps = [keras.Input((4, 4, 2))]
    head = keras.Model(maps, heads["stages"].make(maps))
    slope = jax.grad(lambda x: head.stateless_call([], [], [x])[0].sum())(np.ones((1, 4, 4, 2)))
    assert np.isfinite(slope).all()


def test_a_built_model_saves(tmp_path):
    model = bs.models.build("small_cnn", (64, 64, 3), None, head="stages", seed=0)
    images = np.random.default_rng(0).uniform(0, 255, (2, 64, 64, 3)).astype(np.float32)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(
        again.predict(images, verbose=0), model.predict(images, verbose=0)
    )
