import os
import subprocess
import sys
from dataclasses import replace

import jax
import numpy as np
import pytest

import brainscan as bs

RECIPE = replace(
    bs.train.PAPER, epochs=2, weights=None, head="global_average", size=(32, 32), augmentation=None
)


def test_five_folds_compile_once(monkeypatch):
    """Both steps are compiled in the first fold, and serve folds of another size."""
    compiled, counts = [], []

    def note(event, _, **facts):
        if event.endswith("backend_compile_duration"):
            compiled.append(facts["fun_name"])

    def fit(trainer, *arguments, **settings):
        compiled.clear()
        history = inner(trainer, *arguments, **settings)
        counts.append(compiled.count("jit(step)"))
        return history

    inner = bs.train.Trainer.fit
    monkeypatch.setattr(bs.train.Trainer, "fit", fit)
    jax.monitoring.register_event_duration_secs_listener(note)
    try:
        data = bs.datasets.load("phantom", n=37)  # 7 or 8 images a fold
        bs.benchmark.run(data, ["small_cnn"], recipe=RECIPE, progress=False)
    finally:
        jax.monitoring.unregister_event_duration_listener(note)
    assert counts == [2, 0, 0, 0, 0]  # the training step and the inference step


@pytest.mark.slow
def test_a_step_takes_no_longer_after_many_folds():
    model = bs.models.build("small_cnn", (32, 32, 3), weights=None, head="global_average", seed=0)
    trainer = bs.train.Trainer(model, RECIPE)
    images = np.random.default_rng(0).integers(0, 256, (320, 32, 32, 3), np.uint8)
    labels, start = np.arange(320) % 2, model.get_weights()
    seconds = []
    for fold in range(20):
        model.set_weights(start)
        history = trainer.fit(images[fold:], labels[fold:], seed=fold)
        seconds.append(min(epoch.seconds for epoch in history.epochs))
    assert np.median(seconds[15:]) < 1.5 * np.median(seconds[1:6]), seconds


SCRIPT = """
{first}
import brainscan.{package}
import jax
print(jax.config.jax_compilation_cache_dir)
"""


@pytest.mark.parametrize("package", ["augment", "models"])
@pytest.mark.parametrize("first", ["", "import jax"])
@pytest.mark.parametrize("named", [None, "elsewhere"])
def test_compiled_code_is_kept_in_a_folder_of_the_user(package, first, named, tmp_path):
    env = {k: v for k, v in os.environ.items() if k != "JAX_COMPILATION_CACHE_DIR"}
    env |= {"XDG_CACHE_HOME": str(tmp_path)}
    env |= {"JAX_COMPILATION_CACHE_DIR": named} if named else {}
    command = [sys.executable, "-c", SCRIPT.format(first=first, package=package)]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
    expected = named or str(tmp_path / "brainscan" / "compiled")
    assert done.stdout.startswith(expected)


KEPT = """
import brainscan.augment, jax, jax.numpy as jnp
hits = []
jax.monitoring.register_event_listener(lambda event, **_: hits.append("cache_hits" in event))
jax.jit(lambda x: jnp.sin(x) + 0.125)(1.0)
print(sum(hits) > 0)
"""


def kept(cache, **settings):
    """Run a program in a process of its own: whether it was loaded, not compiled."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("JAX_")}
    command = [sys.executable, "-W", "error", "-c", KEPT]
    env |= {"XDG_CACHE_HOME": str(cache), **settings}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip() == "True"


def test_a_second_process_loads_what_the_first_compiled(tmp_path):
    assert not kept(tmp_path)
    assert kept(tmp_path)


def test_nothing_is_kept_where_the_user_turned_it_off(tmp_path):
    kept(tmp_path, JAX_ENABLE_COMPILATION_CACHE="false")
    assert not list(tmp_path.rglob("*"))


def test_where_the_folder_cannot_be_made_all_is_compiled_without_a_warning(tmp_path):
    (tmp_path / "file").touch()
    assert not kept(tmp_path / "file")
