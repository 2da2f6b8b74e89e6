import jax
import keras
import numpy as np
import pytest

import brainscan as bs
from brainscan.explain.graph import run, shows_layers
from brainscan.explain.network import Network, network_of
from brainscan.explain.parts import parts_of


def branching():
    image = keras.Input((32, 32, 3), name="image")
    x = keras.layers.Conv2D(4, 3, 2, padding="same", activation="relu", name="stem")(image)
    left = keras.layers.Conv2D(4, 3, padding="same", name="left")(x)
    right = keras.layers.DepthwiseConv2D(3, padding="same", name="right")(x)
    x = keras.layers.Add(name="sum")([left, right, x])
    x = keras.layers.Concatenate(name="both")([x, keras.ops.relu(left)])
    x = keras.layers.Conv2D(5, 3, 2, padding="same", name="last")(x)
    x = keras.layers.Dropout(0.5)(x)
    x = keras.layers.GlobalMaxPooling2D()(x)
    return keras.Model(image, keras.layers.Dense(3, "softmax", name="score")(x), name="branching")


def pixels(n=3, size=32):
    return np.random.default_rng(0).uniform(0, 255, (n, size, size, 3)).astype(np.float32)


@pytest.mark.parametrize("head", ["paper", "global_average", "stages"])
def test_a_network_run_node_by_node_gives_what_it_gives_whole(head):
    model = bs.models.build("small_cnn", (32, 32, 3), None, head=head, seed=0)
    seen = []
    outputs = run(model, pixels(), lambda tensor, value: seen.append(tensor) or value)
    np.testing.assert_allclose(outputs[0], model.predict(pixels(), verbose=0), atol=1e-6)
    # The layers inside the backbone are seen, too.
    assert any("stage1_convolution" in tensor.name or len(tensor.shape) == 4 for tensor in seen)
    assert len(seen) > 16


def test_branches_and_operations():
    model = branching()
    outputs = run(model, pixels(), lambda tensor, value: value)
    np.testing.assert_allclose(outputs[0], model.predict(pixels(), verbose=0), atol=1e-6)


def test_a_change_goes_on_into_every_branch():
    model = branching()
    stem = model.get_layer("stem").output

    def without_stem(tensor, value):
        return value * 0 if tensor is stem else value

    blank = keras.Model(stem, model.output).predict(np.zeros((3, 16, 16, 4)), verbose=0)
    outputs = run(branching_like(model), pixels(), without_stem)
    np.testing.assert_allclose(outputs[0], blank, atol=1e-6)


def branching_like(model):
    return model


def test_sequential_models_show_their_layers():
    inner = branching()
    model = keras.Sequential([keras.Input((32, 32, 3)), keras.layers.Rescaling(0.5), inner])
    assert shows_layers(model)
    outputs = run(model, pixels(), lambda tensor, value: value)
    np.testing.assert_allclose(outputs[0], model.predict(pixels(), verbose=0), atol=1e-6)
    maps = Network(model).maps
    assert maps[-1].layer == "last"


def logits(model, images, target=1):
    network = network_of(model)
    return np.asarray(network.logit(network.values, images, target))


@pytest.mark.parametrize("classes", [2, 3])
def test_the_logit_is_what_the_activation_sees(classes):
    model = bs.models.build("small_cnn", (32, 32, 3), None, "global_max", classes, seed=0)
    before = keras.Model(model.input, model.get_layer("score").input).predict(pixels(), verbose=0)
    kernel, bias = model.get_layer("score").get_weights()
    expected = before @ kernel + bias
    if classes == 2:
        np.testing.assert_allclose(logits(model, pixels()), expected[:, 0], rtol=1e-4)
        np.testing.assert_allclose(logits(model, pixels(), 0), -expected[:, 0], rtol=1e-4)
    else:
        np.testing.assert_allclose(logits(model, pixels(), 2), expected[:, 2], rtol=1e-4)


def test_a_saturated_score_keeps_its_logit():
    model = bs.models.build("small_cnn", (32, 32, 3), None, "global_max", seed=0)
    kernel, bias = model.get_layer("score").get_weights()
    model.get_layer("score").set_weights([kernel * 0, bias + 200])
    assert model.predict(pixels(), verbose=0).min() == 1
    np.testing.assert_allclose(logits(model, pixels()), 200)


@pytest.mark.parametrize(
    "end",
    [
        lambda x: keras.layers.Activation("softmax")(keras.layers.Dense(3)(x)),
        lambda x: keras.layers.Softmax()(keras.layers.Dense(3)(x)),
        lambda x: keras.ops.softmax(keras.layers.Dense(3)(x)),
        lambda x: keras.layers.Dense(3)(x),
    ],
)
def test_other_ends_of_a_network(end):
    image = keras.Input((8, 8, 3))
    features = keras.layers.GlobalAveragePooling2D()(image)
    model = keras.Model(image, end(features))
    kernel, bias = next(layer for layer in model.layers if layer.weights).get_weights()
    expected = pixels(size=8).mean(axis=(1, 2)) @ kernel + bias
    np.testing.assert_allclose(logits(model, pixels(size=8), 2), expected[:, 2], rtol=1e-3)


def test_explaining_leaves_the_graph_as_it_was():
    model = branching()
    before = [len(layer._inbound_nodes) for layer in model.layers]
    bs.explain.heat_map(model, pixels(), "grad_cam")
    assert [len(layer._inbound_nodes) for layer in model.layers] == before


def test_the_members_of_an_ensemble_and_their_views():
    build = bs.models.build
    two = [build("small_cnn", (32, 32, 3), None, "global_max", seed=s) for s in (0, 1)]
    together = bs.models.mirrored(bs.models.ensemble(two))
    found = parts_of(together)
    assert [(part.model.name, part.mirrored) for part in found] == [
        ("member_0", False),
        ("member_1", False),
        ("member_0", True),
        ("member_1", True),
    ]
    alone = parts_of(bs.models.ensemble(two[:1]))
    assert [part.model.name for part in alone] == ["member_0"]
    assert parts_of(two[0])[0].model is two[0]


def test_a_mean_of_other_things_is_no_ensemble():
    image = keras.Input((8, 8, 3))
    halves = [keras.layers.Dense(1, "sigmoid")(keras.layers.Flatten()(image)) for _ in range(2)]
    model = keras.Model(image, keras.layers.Average()(halves))
    assert [part.model for part in parts_of(model)] == [model]


def test_a_backbone_run_twice_is_refused():
    backbone = bs.models.info("small_cnn").make((32, 32, 3), None)
    image = keras.Input((32, 32, 3))
    both = [keras.layers.GlobalMaxPooling2D()(backbone(x)) for x in (image, 255 - image)]
    score = keras.layers.Dense(1, "sigmoid")(keras.layers.Concatenate()(both))
    with pytest.raises(ValueError, match="model must run its backbone once an image; .* more"):
        bs.explain.heat_map(keras.Model(image, score), pixels())


def test_a_segmenter_is_no_classifier():
    image = keras.Input((8, 8, 3))
    model = keras.Model(image, keras.layers.Conv2D(1, 1, activation="sigmoid")(image))
    with pytest.raises(ValueError, match=r"model must be a classifier, with scores \(n, 1\)"):
        bs.explain.heat_map(model, pixels(size=8))


def test_gradients_pass_through_our_own_layers():
    model = bs.models.build("small_cnn", (32, 32, 3), None, "global_max", seed=0)
    network = network_of(model)
    slope = jax.grad(lambda x: network.logit(network.values, x, 1).sum())(pixels())
    assert np.isfinite(slope).all()
    assert np.any(slope)
