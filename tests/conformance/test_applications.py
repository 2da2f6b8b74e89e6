"""The table of `keras.applications` against Keras itself: every row, without its numbers."""

import sys

import keras
import numpy as np
import pytest

from brainscan import models
from brainscan.models.backbones.applications import _OWN_SIZE, _ROWS
from skeleton import skeletons

PIXELS = np.random.default_rng(0).uniform(0, 255, (1, 2, 2, 3)).astype(np.float32)
# Their `preprocess_input` does nothing, since their first layers scale: one of each kind is below.
SCALE_THEMSELVES = ("EfficientNet", "MobileNetV3", "ConvNeXt")


@pytest.fixture
def asked_for(monkeypatch):
    """The names of the files that Keras would download."""
    names = []
    monkeypatch.setattr(
        "keras.src.utils.file_utils.get_file", lambda fname, *_, **__: names.append(fname) or fname
    )
    monkeypatch.setattr(keras.Model, "load_weights", lambda *_, **__: None)
    return names


def test_every_network_of_keras_is_there():
    built_in = {name for name in dir(keras.applications) if name[0].isupper()}
    assert {row.constructor for row in _ROWS} == built_in


@pytest.mark.parametrize("row", _ROWS, ids=lambda row: row.name)
def test_facts(row, asked_for):
    info = models.info(row.name)
    size = _OWN_SIZE.get(row.constructor, info.minimum_size)
    with skeletons():
        model = info.make((size, size, 3), "imagenet")
    assert asked_for == [info.file]
    assert len(model.output_shape) == 4
    count = sum(int(np.prod(variable.shape)) for variable in model.trainable_variables)
    assert count == info.parameters
    assert "doi:" in info.citation or "arXiv:" in info.citation


@pytest.mark.parametrize(
    "row",
    [row for row in _ROWS if not row.constructor.startswith(SCALE_THEMSELVES)],
    ids=lambda row: row.name,
)
def test_it_scales_as_it_was_trained(row):
    scaled = models.scalings[models.info(row.name).scaling]()(PIXELS)
    module = sys.modules[getattr(keras.applications, row.constructor).__module__]
    expected = module.preprocess_input(PIXELS.copy())
    np.testing.assert_allclose(scaled, expected, atol=1e-4)


@pytest.mark.parametrize(
    ("name", "constructor", "layers"),
    [
        ("efficientnet_v2_s", "EfficientNetV2S", 1),
        ("efficientnet_v2_b0", "EfficientNetV2B0", 2),
        ("mobilenet_v3_small", "MobileNetV3Small", 1),
        ("convnext_tiny", "ConvNeXtTiny", 1),
    ],
)
def test_it_scales_as_its_own_first_layers(name, constructor, layers):
    with skeletons():
        own = getattr(keras.applications, constructor)(
            include_top=False, weights=None, input_shape=(32, 32, 3)
        )
    expected = PIXELS
    for layer in own.layers[1 : 1 + layers]:
        expected = layer(expected)
    assert type(own.layers[1 + layers]).__name__ not in ("Rescaling", "Normalization")
    scaled = models.scalings[models.info(name).scaling]()(PIXELS)
    np.testing.assert_allclose(scaled, expected, atol=1e-5)


def test_efficientnet_b0_scales_as_its_own_first_layers(asked_for):
    """Keras divides by 255, normalises by what is in the file, and mends the square root there."""
    with skeletons():
        own = keras.applications.EfficientNetB0(include_top=False, input_shape=(32, 32, 3))
    rescale, _, mend = own.layers[1:4]
    mean, deviation = np.array([[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]])
    expected = np.asarray(mend((rescale(PIXELS) - mean) / np.sqrt(deviation)))
    scaled = models.scalings[models.info("efficientnet_b0").scaling]()(PIXELS)
    np.testing.assert_allclose(scaled, expected, rtol=1e-4, atol=1e-4)
