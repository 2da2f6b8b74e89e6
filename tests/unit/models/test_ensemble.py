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


def test_members_of_other_shapes():
    with pytest.raises(ValueError, match="one input and one output shape; got .*48"):
        bs.models.ensemble(members(((32, 32, 3), (48, 32, 3))))
