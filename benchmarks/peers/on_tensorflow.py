"""Keras on TensorFlow, compiled by XLA or run as a graph of TensorFlow's own kernels."""

import os
from collections.abc import Callable
from typing import Any

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
import tensorflow as tf

from benchmarks.peers import LEARNING_RATE, SIZE

NETWORKS = {
    "inception_resnet_v2": keras.applications.InceptionResNetV2,
    "inception_v3": keras.applications.InceptionV3,
    "mobilenet_v2": keras.applications.MobileNetV2,
    "resnet101_v2": keras.applications.ResNet101V2,
    "xception": keras.applications.Xception,
    "efficientnet_v2_s": keras.applications.EfficientNetV2S,
}


def version() -> str:
    """Return what is measured."""
    return f"keras {keras.__version__}, tensorflow {tf.__version__}"


def calls(peer: str, network: str, batch: int, dtype: str) -> dict[str, Callable[[], Any]]:
    """Return a warm call of the forward pass and of the training step."""
    compiled = peer == "keras-tensorflow"
    if dtype == "bfloat16":
        keras.config.set_dtype_policy("mixed_bfloat16")
    model = build(network)
    rng = np.random.default_rng(0)
    images = tf.constant(rng.uniform(0, 255, (batch, SIZE, SIZE, 3)), tf.float32)
    labels = tf.constant(rng.integers(0, 2, (batch, 1)), tf.float32)
    optimizer = keras.optimizers.Adam(LEARNING_RATE)
    optimizer.build(model.trainable_variables)

    @tf.function(jit_compile=compiled)
    def forward() -> Any:
        return model(images, training=False)

    @tf.function(jit_compile=compiled)
    def train() -> Any:
        with tf.GradientTape() as tape:
            scores = model(images, training=True)
            loss = tf.reduce_mean(keras.losses.binary_crossentropy(labels, scores))
        slopes = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(slopes, model.trainable_variables, strict=True))
        return loss

    found = {"forward": lambda: forward().numpy(), "train": lambda: train().numpy()}
    for call in found.values():
        call()
    return found


def build(network: str) -> keras.Model:
    """Return the network of `keras.applications` with the paper's head."""
    options = {"include_preprocessing": False} if network == "efficientnet_v2_s" else {}
    body = NETWORKS[network](
        include_top=False, weights=None, input_shape=(SIZE, SIZE, 3), **options
    )
    x = keras.Input((SIZE, SIZE, 3))
    image = x
    x = body(keras.layers.Rescaling(1 / 127.5, -1)(x))
    x = keras.layers.Flatten()(x)
    x = keras.layers.Dropout(0.2)(keras.layers.Dense(1024, activation="relu")(x))
    return keras.Model(image, keras.layers.Dense(1, activation="sigmoid", dtype="float32")(x))
