"""Values of a wrong type, in a process without the checks that the tests put on every call."""

import subprocess
import sys

import pytest

SCRIPT = """
import numpy as np
import brainscan as bs
data = bs.datasets.load("phantom", n=4)
try:
    {call}
except (TypeError, ValueError) as error:
    print(error)
"""


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("data[0:2]", "got slice(0, 2, None). data.subset(positions) returns several"),
        ("data['a']", "an image is asked for by its position, a whole number; got 'a'"),
        (
            "bs.predict.export('model.keras', 'model.onnx')",
            "model must be a Bundle or a keras.Model; got str. Load the file",
        ),
        ("bs.metrics.accuracy([0, 1], [0.2, 0.9])", "labels must be a NumPy array; got list"),
        (
            "bs.metrics.accuracy(np.array([0, 0.5]), np.array([0.2, 0.9]))",
            "class indices, whole numbers of shape (n,); got shape (2,) and dtype float64",
        ),
        (
            "bs.metrics.roc_auc(np.array([0, np.nan]), np.array([0.2, 0.9]))",
            "class indices, whole numbers",
        ),
        ("bs.metrics.brier(np.array(['no', 'yes']), np.array([0.2, 0.9]))", "dtype <U3"),
        (
            "bs.metrics.roc_auc(np.array([0, 1]), np.array([False, True]))",
            "scores must be probabilities, floats; got dtype bool",
        ),
        (
            "bs.metrics.clustered_wilson(np.array([1, 0, 5]))",
            "hits must be True or False; got [0, 1, 5]",
        ),
        (
            "print(bs.metrics.accuracy(np.array([False, True]), np.array([0.2, 0.9])))",
            "1.0",
        ),
        (
            "bs.metrics.dice([[0, 1]], np.array([[0, 1]]))",
            "truth must be a NumPy array; got list. numpy.array(...) makes one",
        ),
        (
            "bs.benchmark.run_segmentation(data, ['otsu'], postprocess=None)",
            "postprocess must be a Postprocess; got None",
        ),
        ("bs.benchmark.run(data, ['knn'], recipe='paper')", "recipe must be a Recipe; got 'paper'"),
        (
            "bs.scans.read(3)",
            "scan must be a path, bytes, or a file that is open for reading bytes",
        ),
        ("import io; bs.scans.read(io.StringIO('text'))", "(mode 'rb'); reading it gave str"),
        ("bs.scans.read(b'', plane='transverse')", "plane must be one of axial, coronal, sagittal"),
        ("bs.models.register(lambda shape, weights: None)", 'Write @register("its_name")'),
    ],
)
def test_wrong_types_are_named_with_the_mend(call, message):
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(call=call)], capture_output=True, text=True
    )
    assert message in done.stdout, done.stderr
