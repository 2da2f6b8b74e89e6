"""The run-time checker that `conftest.py` hangs on every annotated function of the package."""

from beartype import BeartypeConf, beartype

# An int may stand for a float, as type checkers have it.
check = beartype(conf=BeartypeConf(is_pep484_tower=True))
