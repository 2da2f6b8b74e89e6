import os
import subprocess
import sys

SCRIPT = """
import numpy as np
import brainscan as bs
print(bs.features.glcm_lbp(np.eye(9)).shape)
"""


def test_features_do_without_a_folder_for_compiled_code():
    nowhere = {"NUMBA_CACHE_LOCATOR_CLASSES": "IPythonCacheLocator"}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env=os.environ | nowhere,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "(1, 126)\n", done.stderr
