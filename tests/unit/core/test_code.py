"""A digest tells whether a user's code does what it did."""

import os
import subprocess
import sys
from functools import partial

import keras
import numpy as np

from brainscan._core.code import code_digest, is_own


def made(source, name="thing"):
    """Return what a script defines."""
    space = {"__name__": "__main__"}
    exec(compile(source, "script", "exec"), space)
    return space[name]


def test_the_same_code_has_the_same_digest_wherever_it_stands():
    source = "def thing(x, y=2):\n    return [x * y for _ in range(3)]"
    moved = "\n\nimport math\n# a comment\n" + source
    assert code_digest(made(source)) == code_digest(made(moved))


def test_another_body_default_or_constant_is_seen():
    sources = [
        "def thing(x, y=2):\n    return x * y",
        "def thing(x, y=3):\n    return x * y",
        "def thing(x, y=2):\n    return x + y",
        "def thing(x, y=2):\n    return x * y * 5",
        "def thing(x, y=2):\n    return (lambda z: z * y)(x)",
    ]
    assert len({code_digest(made(source)) for source in sources}) == len(sources)


def test_what_is_called_and_named_is_seen():
    source = "WIDTH = {width}\ndef helper(x):\n    return x + {step}\n"
    source += "def thing(x):\n    return helper(x) * WIDTH"
    settings = [(1, 1), (2, 1), (1, 2)]
    digests = {code_digest(made(source.format(width=w, step=s))) for w, s in settings}
    assert len(digests) == len(settings)


def test_closures_partials_and_objects_are_seen():
    def times(factor):
        return lambda x: x * factor

    class Warp:
        def __init__(self, angle):
            self.angle = angle

        def __call__(self, x):
            return x * self.angle

    things = [times(1), times(2), partial(max, 1), partial(max, 2), Warp(1), Warp(2)]
    things += [Warp(1).__call__, np.zeros(3), np.ones(3), {"a": 1}, {"a": 2}, {1, 2}, {1, 3}]
    assert len({code_digest(thing) for thing in things}) == len(things)
    assert code_digest(times(1)) == code_digest(times(1))
    assert code_digest(Warp(1)) == code_digest(Warp(1))


def test_a_method_or_property_of_another_body_is_seen():
    source = """
class thing:
    def __call__(self, x):
        return self.step + x
    @property
    def step(self):
        return {}
"""
    assert code_digest(made(source.format(1))()) != code_digest(made(source.format(2))())


def test_weights_that_a_function_holds_are_seen():
    def holder(model):
        return lambda: model

    image = keras.Input((4,), name="image")
    model = keras.Model(image, keras.layers.Dense(2, name="dense")(image), name="net")
    before = code_digest(holder(model))
    assert code_digest(holder(model)) == before
    again = keras.Model.from_config({**model.get_config(), "name": "net_7"})
    again.set_weights(model.get_weights())
    assert code_digest(holder(again)) == before
    model.set_weights([weights + 1 for weights in model.get_weights()])
    assert code_digest(holder(model)) != before


def test_what_refers_to_itself_ends():
    class Node:
        pass

    node = Node()
    node.me = [node, {"again": node}]
    assert len(code_digest(node)) == 64


def test_another_process_gives_the_same_digest():
    source = "class Warp:\n    def __call__(self, x, names={'b', 'a'}):\n        return {1: x}\n"
    source += "def thing(x):\n    return Warp()(x) if x in {'c', 'd', 'e'} else print"
    program = f"from brainscan._core.code import code_digest\n{source}\nprint(code_digest(thing))"
    found = {
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True).stdout
        for _ in range(3)
    }
    assert len(found) == 1
    assert len(found.pop().strip()) == 64


def test_what_is_brainscans_own():
    assert is_own(is_own)
    assert not is_own(made)
    assert not is_own(made("thing = 1\nclass thing:\n    pass")())


def test_a_module_read_from_its_compiled_file_has_the_same_digest(tmp_path):
    source = "def one(x=(1, 2), y=('a',)):\n    return x in ((1, 2), (3,)), ('a',)\n"
    (tmp_path / "mine.py").write_text(source + "def thing():\n    return one((1, 2)), (3,), ('a',)")
    program = "import mine; from brainscan._core.code import code_digest as d; print(d(mine.thing))"
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": ""}
    command = [sys.executable, "-c", program]
    found = []
    for _ in range(2):
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
        found.append(done.stdout)
    assert list(tmp_path.rglob("*.pyc"))
    assert found[0] == found[1]
