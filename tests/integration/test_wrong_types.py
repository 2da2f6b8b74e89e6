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
except TypeError as error:
    print(error)
"""


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("data[0:2]", "got slice(0, 2, None). data.subset(positions) returns several"),
        ("data['a']", "an image is asked for by its position, a whole number; got 'a'"),
        ("bs.metrics.accuracy([0, 1], [0.2, 0.9])", "labels must be a NumPy array; got list"),
        ("bs.benchmark.run(data, ['knn'], recipe='paper')", "recipe must be a Recipe; got 'paper'"),
        ("bs.models.register(lambda shape, weights: None)", 'Write @register("its_name")'),
    ],
)
def test_wrong_types_are_named_with_the_mend(call, message):
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(call=call)], capture_output=True, text=True
    )
    assert message in done.stdout, done.stderr
