import keras
import numpy as np
import pytest

import brainscan as bs


def members(shapes=((32, 32, 3),) * 3, classes=2):
    return [
        bs.models.build("small_cnn", shape, None, "global_max", classes, seed=i)
        for i, shape in enumerate(shapes)
    ]


@pytest.mark.parametrize("classes", [2, 3])
def test_scores_are_the_mean_and_survive_saving(classes, tmp_path):
    three = members(classes=classes)
    images = np.random.default_rng(0).uniform(0, 255, (4, 32, 32, 3)).astype(np.float32)
    expected = np.mean([model.predict(images, verbose=0) for model in three], axis=0)
    assert np.ptp([model.predict(images, verbose=0) for model in three], axis=0).max() > 1e-3
    whole = bs.models.ensemble(three, "trio")
    np.testing.assert_allclose(whole.predict(images, verbose=0), expected, atol=1e-6)
    whole.save(tmp_path / "trio.keras")
    loaded = keras.saving.load_model(tmp_path / "trio.keras")
    np.testing.assert_array_equal(
        loaded.predict(images, verbose=0), whole.predict(images, verbose=0)
    )


def test_masks_and_scores_have_a_mean_each():
    two = [
        bs.models.build_segmenter("small_cnn", (32, 32, 3), None, classify=True, seed=i)
        for i in (0, 1)
    ]
    images = np.random.default_rng(0).uniform(0, 255, (3, 32, 32, 3)).astype(np.float32)
    each = [model.predict(images, verbose=0) for model in two]
    found = bs.models.ensemble(two).predict(images, verbose=0)
    for name in ("mask", "score"):
        expected = (each[0][name] + each[1][name]) / 2
        np.testing.assert_allclose(found[name], expected, atol=1e-6)
    again = bs.models.mirrored(bs.models.ensemble(two)).predict(images[:, :, ::-1], verbose=0)
    expected = bs.models.mirrored(bs.models.ensemble(two)).predict(images, verbose=0)
    np.testing.assert_allclose(again["mask"][:, :, ::-1], expected["mask"], atol=1e-5)
    with pytest.raises(ValueError, match=r"one output shape; got .*, 1\), \(None, 1\)\]"):
        bs.models.ensemble([two[0], bs.models.build_segmenter("small_cnn", (32, 32, 3), None)])


def test_members_are_copied():
    three = members()
    images = np.full((1, 32, 32, 3), 100, np.float32)
    whole = bs.models.ensemble(three)
    before = whole.predict(images, verbose=0)
    three[0].set_weights([0 * weight for weight in three[0].get_weights()])
    np.testing.assert_array_equal(whole.predict(images, verbose=0), before)


def test_no_member():
    with pytest.raises(ValueError, match="members must hold one model or more; got none"):
        bs.models.ensemble([])


def test_what_only_holds_a_model(as_a_user):
    segmenter = bs.segment.Segmenter(bs.models.build_segmenter("small_cnn", (32, 32, 3), None))
    for call in (
        lambda: bs.models.ensemble([segmenter] * 2),
        lambda: bs.models.mirrored(segmenter),
    ):
        with pytest.raises(TypeError, match="got Segmenter. A Segmenter's is its .model"):
            call()


def test_members_of_other_shapes():
    with pytest.raises(ValueError, match="one input and one output shape; got .*48"):
        bs.models.ensemble(members(((32, 32, 3), (48, 32, 3))))
