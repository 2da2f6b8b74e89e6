"""GoogLeNet against what its paper prints."""

import numpy as np
import pytest

from brainscan import models
from brainscan.models.backbones.googlenet import LocalResponseNorm
from skeleton import skeletons

# Table 1 of the paper, row by row: the channels that come in, and the filters of "#1x1",
# "#3x3 reduce", "#3x3", "#5x5 reduce", "#5x5" and "pool proj".
TABLE_1 = {
    "3a": (192, 64, 96, 128, 16, 32, 32),
    "3b": (256, 128, 128, 192, 32, 96, 64),
    "4a": (480, 192, 96, 208, 16, 48, 64),
    "4b": (512, 160, 112, 224, 24, 64, 64),
    "4c": (512, 128, 128, 256, 24, 64, 64),
    "4d": (512, 112, 144, 288, 32, 64, 64),
    "4e": (528, 256, 160, 320, 32, 128, 128),
    "5a": (832, 256, 160, 320, 32, 128, 128),
    "5b": (832, 384, 192, 384, 48, 128, 128),
}
# Its column "params", in thousands of 1024. It differs by up to a tenth from what its own rows
# amount to (4c), hence a check of the order only.
PRINTED_K = {"3a": 159, "3b": 380, "4a": 364, "4b": 437, "4c": 463, "4d": 580}
PRINTED_K |= {"4e": 840, "5a": 1072, "5b": 1388}


def inception(channels, one, three_reduce, three, five_reduce, five, pool):
    """Weights and biases of one module, by hand."""
    weights = channels * (one + three_reduce + five_reduce + pool)
    weights += 9 * three_reduce * three + 25 * five_reduce * five
    return weights + one + three_reduce + three + five_reduce + five + pool


STEM = (49 * 3 * 64 + 64) + (64 * 64 + 64) + (9 * 64 * 192 + 192)


@pytest.fixture(scope="module")
def network():
    with skeletons():
        return models.info("googlenet").make((224, 224, 3), None)


@pytest.mark.parametrize("row", TABLE_1)
def test_parameters_of_each_module(network, row):
    layers = [layer for layer in network.layers if layer.name.startswith(f"inception{row}")]
    count = sum(layer.count_params() for layer in layers)
    assert count == inception(*TABLE_1[row])
    assert count / 1024 == pytest.approx(PRINTED_K[row], rel=0.1)


def test_parameters_of_the_network(network):
    by_hand = STEM + sum(inception(*row) for row in TABLE_1.values())
    # With the top, 6,998,552: what Caffe's GoogLeNet has when it is deployed.
    assert by_hand + 1024 * 1000 + 1000 == 6_998_552
    assert network.count_params() == by_hand == models.info("googlenet").parameters


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("conv1", (112, 112, 64)),
        ("pool1", (56, 56, 64)),
        ("conv2", (56, 56, 192)),
        ("pool2", (28, 28, 192)),
        ("inception3b", (28, 28, 480)),
        ("pool3", (14, 14, 480)),
        ("inception4e", (14, 14, 832)),
        ("pool4", (7, 7, 832)),
        ("inception5b", (7, 7, 1024)),
    ],
)
def test_output_sizes_of_the_table(network, name, shape):
    assert network.get_layer(name).output.shape[1:] == shape


def test_local_response_norm_by_hand():
    features = np.array([100.0, 200, 300, 400, 500, 600], np.float32).reshape(1, 1, 1, 6)
    around = np.array([14, 30, 55, 90, 86, 77]) * 1e4  # squares of up to two channels either side
    expected = features.ravel() / (1 + 1e-4 / 5 * around) ** 0.75
    np.testing.assert_allclose(np.ravel(LocalResponseNorm()(features)), expected, rtol=1e-5)


def test_it_has_no_imagenet_weights():
    with pytest.raises(ValueError, match="no pre-trained weights here; got weights='imagenet'"):
        models.build("googlenet", (32, 32, 3), "imagenet")
