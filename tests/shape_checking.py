"""The run-time checker that `conftest.py` hangs on every annotated function of the package."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from beartype import BeartypeConf, FrozenDict, beartype
from numpy.typing import NDArray

# Images and masks are read from their files when they are asked for: a look at a random one of
# them would read a file, and raise what is wrong with it by chance.
LAZY: Any = {Sequence[NDArray[item]]: Sequence for item in (Any, np.bool_, np.generic)}

check = beartype(
    conf=BeartypeConf(
        is_pep484_tower=True,  # an int may stand for a float, as type checkers have it
        hint_overrides=FrozenDict(LAZY),
    )
)
