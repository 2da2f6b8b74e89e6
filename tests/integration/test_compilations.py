import os
import subprocess
import sys
from dataclasses import replace

import jax
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
