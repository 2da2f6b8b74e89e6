from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest

from brainscan import augment, models, train
from brainscan.train.mask_loss import hard_dice, mask_loss, soft_dice
from brainscan.train.recipe import PAPER
from brainscan.train.targets import stack_masks

SHAPE = (32, 32, 3)
RECIPE = train.Recipe(epochs=6, batch_size=8, learning_rate=1e-2, augmentation=None, size=SHAPE[:2])


def squares(n=32, seed=0):
    """Images of noise, every second one with a bright square, and where it is."""
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 100, (n, *SHAPE), dtype=np.uint8)
    masks = np.zeros((n, *SHAPE[:2]), bool)
    for image, mask in list(zip(images, masks, strict=True))[1::2]:
        top, left = rng.integers(0, 22, 2)
        mask[top : top + 10, left : left + 10] = True
        image[mask] = 230
    return images, np.arange(n) % 2, masks


@pytest.fixture(scope="module")
def built():
    model = models.build_segmenter("small_cnn", SHAPE, None, seed=0)
    return model, model.get_weights()


@pytest.fixture
def outliner(built):
    model, weights = built
    model.set_weights(weights)
    return model


@pytest.fixture(scope="module")
def both():
    model = models.build_segmenter("small_cnn", SHAPE, None, classify=True, seed=0)
    start = model.get_weights()
    trainer = train.Trainer(model, RECIPE)
    return trainer, start


def test_learns_where_it_is(outliner):
    images, _, masks = squares()
    held_out = squares(10, seed=1)
    history = train.fit(
        outliner,
        images,
        None,
        (held_out[0], None, held_out[2]),
        replace(RECIPE, epochs=12),
        masks=masks,
        progress=False,
    )
    best = history.epochs[history.best_epoch - 1]
    assert best.validation_dice > 0.8
    assert best.dice > 0.8
    assert best.accuracy is None
    assert best.validation_loss == min(epoch.validation_loss for epoch in history.epochs)
    assert train.History.from_dict(history.to_dict()) == history


def test_masks_are_probabilities_in_any_batch(outliner):
    images, _, _ = squares(11)
    trainer = train.Trainer(outliner, RECIPE)
    masks = trainer.masks(images)
    assert masks.shape == (11, 32, 32)
    expected = outliner.predict(images.astype(np.float32), verbose=0)[..., 0]
    np.testing.assert_allclose(masks, expected, atol=1e-5)
    flipping = train.Trainer(outliner, replace(RECIPE, flips=True))
    np.testing.assert_allclose(
        flipping.masks(images), flipping.masks(images[:, :, ::-1])[:, :, ::-1], atol=1e-5
    )
    twice = flipping.predictor().predict(images.astype(np.float32), verbose=0)[..., 0]
    np.testing.assert_allclose(flipping.masks(images), twice, atol=1e-5)
    assert trainer.seconds_a_step(images, repeats=2) > 0


def test_mask_and_score_from_images_of_which_few_have_masks(both):
    trainer, start = both
    trainer.model.set_weights(start)
    images, labels, masks = squares(48)
    some = [mask if number % 3 else None for number, mask in enumerate(masks)]
    held_out = squares(10, seed=1)
    history = trainer.fit(images, labels, held_out, masks=some)
    epoch = history.epochs[-1]
    assert epoch.validation_accuracy > 0.8
    assert epoch.validation_dice > 0.5
    assert trainer.scores(held_out[0]).shape == (10,)
    assert trainer.masks(held_out[0]).shape == (10, 32, 32)


def test_an_unknown_mask_is_no_empty_one(both):
    """Whatever stands in for a mask that is not known changes nothing."""
    trainer, start = both
    images, labels, masks = squares(16)
    outcomes = []
    for first in (None, None, np.zeros(SHAPE[:2], bool)):
        trainer.model.set_weights(start)
        trainer.fit(images, labels, masks=[first, first, *masks[2:]])
        outcomes.append(trainer.model.get_weights()[0])
    np.testing.assert_array_equal(outcomes[0], outcomes[1])
    assert not np.array_equal(outcomes[0], outcomes[2])


def test_images_without_masks_teach_an_outliner_nothing(outliner):
    images, _, masks = squares(16)
    trainer = train.Trainer(outliner, replace(RECIPE, epochs=1))
    start = outliner.get_weights()
    trainer.fit(images[:8], None, masks=masks[:8])
    expected = outliner.get_weights()[0]
    outliner.set_weights(start)
    trainer.fit(images, None, masks=[*masks[:8], *[None] * 8])
    np.testing.assert_array_equal(outliner.get_weights()[0], expected)


def test_the_mask_moves_with_its_image():
    """With a rate of nearly 0 a network that marks what is bright stays right on moved images."""
    import keras

    image = keras.Input(SHAPE)
    logits = keras.layers.Conv2D(1, 1, name="logit")(image[..., :1])
    model = keras.Model(image, keras.layers.Activation("sigmoid")(logits))
    model.set_weights([np.ones((1, 1, 1, 1)), -np.full(1, 160.0)])
    images, _, masks = squares(32)
    moves = augment.Compose((augment.Rotation(30), augment.Shift(), augment.HorizontalFlip()))
    recipe = replace(RECIPE, epochs=1, learning_rate=1e-12, augmentation=moves)
    history = train.Trainer(model, recipe).fit(images, None, masks=masks)
    assert history.epochs[0].dice > 0.9  # edges are interpolated in the image, not in the mask
    alone = replace(recipe, augmentation=None)
    assert train.Trainer(model, alone).fit(images, None, masks=masks).epochs[0].dice == 1


def test_rates_average_and_seed(outliner):
    recipe = replace(
        RECIPE,
        epochs=2,
        schedule="cosine",
        layer_decay=0.5,
        weight_decay=1e-3,
        ema_momentum=0.9,
        augmentation=augment.mri(),
    )
    images, _, masks = squares(16)
    trainer, start = train.Trainer(outliner, recipe), outliner.get_weights()
    weights = []
    for seed in (1, 1, 2):
        outliner.set_weights(start)
        trainer.fit(images, None, (images, None, masks), seed, masks=masks)
        weights.append(outliner.get_weights())
    for first, second in zip(weights[0], weights[1], strict=True):
        np.testing.assert_array_equal(first, second)
    assert not np.array_equal(weights[0][0], weights[2][0])


def test_dice_by_hand():
    masks = jnp.array([[[1, 1], [0, 0]], [[0, 0], [0, 0]]], jnp.uint8)
    probabilities = jnp.array([[[0.9, 0.3], [0.6, 0.0]], [[0.1, 0.1], [0.1, 0.2]]])
    # Inside 2, found 2, both 1; nothing and nothing.
    np.testing.assert_allclose(hard_dice(masks, probabilities), [0.5, 1.0])
    soft = [(2 * 1.2 + 1) / (2 + 1.8 + 1), 1 / 1.5]
    np.testing.assert_allclose(soft_dice(masks, probabilities), soft, rtol=1e-6)
    logs = -np.log([0.9, 0.3, 0.4, 1.0, 0.9, 0.9, 0.9, 0.8]).reshape(2, 4).mean(axis=1)
    losses = mask_loss(PAPER)(masks, probabilities)
    np.testing.assert_allclose(losses, logs + 1 - np.array(soft), rtol=1e-5)


def test_focal_loss_by_hand():
    losses = mask_loss(replace(PAPER, mask_loss="focal"))(
        jnp.array([[[1, 0]]], jnp.uint8), jnp.array([[[0.8, 0.8]]])
    )
    expected = (0.2**2 * -np.log(0.8) + 0.8**2 * -np.log(0.2)) / 2
    np.testing.assert_allclose(losses, [expected], rtol=1e-5)


def test_stacked_masks():
    stacked, known = stack_masks([None, np.array([[0, 255]], np.uint8)], (1, 2))
    assert stacked.tolist() == [[[0, 0]], [[0, 1]]]
    assert known.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("masks", "message"),
    [
        ([np.zeros((16, 16), bool)] * 4, r"mask 0 must .*\(32, 32\); got bool of shape \(16, 16\)"),
        ([np.zeros((32, 32))] * 4, "mask 0 must hold bools or whole numbers .* got float64"),
        ([None] * 4, "masks must hold a mask of one image or more"),
        ([np.zeros((32, 32), bool)] * 3, "images 4, masks 3"),
        (None, "a network that outlines needs masks"),
    ],
)
def test_wrong_masks(outliner, masks, message):
    images, _, _ = squares(4)
    with pytest.raises(ValueError, match=message):
        train.Trainer(outliner, RECIPE).fit(images, None, masks=masks)


@pytest.mark.parametrize(
    "wrong", [{"trained": "last_layer"}, {"head_first": True}, {"mixup": 0.2}, {"cutmix": 1.0}]
)
def test_recipes_that_are_for_classifiers(outliner, wrong):
    with pytest.raises(ValueError, match=f"got {next(iter(wrong))}="):
        train.make_trainer(outliner, replace(RECIPE, **wrong))


def test_an_augmentation_that_moves_images_alone(outliner):
    with pytest.raises(TypeError, match="transform_mask"):
        train.Trainer(outliner, replace(RECIPE, augmentation=lambda key, images: images))


def test_each_network_gives_what_it_gives(outliner):
    images, labels, masks = squares(4)
    with pytest.raises(ValueError, match="gives no score"):
        train.Trainer(outliner, RECIPE).scores(images)
    classifier = models.build("small_cnn", SHAPE, None, "global_average")
    trainer = train.Trainer(classifier, RECIPE)
    with pytest.raises(ValueError, match="gives scores alone"):
        trainer.masks(images)
    with pytest.raises(ValueError, match="masks are learnt by a network that outlines"):
        trainer.fit(images, labels, masks=masks)
