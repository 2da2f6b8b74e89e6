"""Functions that are compiled at their first call, and how long that took."""

import time
from collections.abc import Callable, Collection
from typing import Any

import jax

from brainscan._backend import compiler_options


class Compiled:
    """Functions by name, each compiled once, for the shapes of its first call.

    Args:
        donated: by name, the positions of the arguments whose memory a call may take.
        inference: the names of those that are forward passes, see `compiler_options`.
        functions: by name.
    """

    def __init__(
        self,
        donated: dict[str, int] | None = None,
        inference: Collection[str] = (),
        **functions: Any,
    ) -> None:
        self.seconds = 0.0
        self._donated = donated or {}
        self._inference = inference
        self._functions = functions
        self._compiled: dict[str, Callable[..., Any]] = {}

    def __call__(self, name: str, *arguments: Any) -> Any:
        """Call the function of that name."""
        if name not in self._compiled:
            begin = time.perf_counter()
            jitted = jax.jit(
                self._functions[name],
                donate_argnums=self._donated.get(name, ()),
                compiler_options=compiler_options(inference=name in self._inference),
            )
            self._compiled[name] = jitted.lower(*arguments).compile()
            self.seconds += time.perf_counter() - begin
        return self._compiled[name](*arguments)
