"""A few places for requests, and one turn at a time: what is more is told to come again."""

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager


class Desk:
    """Counts who is inside, and serves them one after the other.

    Args:
        places: for requests that are read, wait or are served.
    """

    def __init__(self, places: int) -> None:
        self.places = places
        self.inside = 0
        self._turn: asyncio.Lock | None = None

    @contextmanager
    def place(self) -> Generator[bool]:
        """Take a place for as long as the block runs; give False where none is free."""
        free = self.inside < self.places
        self.inside += free
        try:
            yield free
        finally:
            self.inside -= free

    @asynccontextmanager
    async def turn(self, patience_s: float) -> AsyncGenerator[None]:
        """Wait until nobody else is served; a network has every core while it runs.

        Raises:
            TimeoutError: the turn did not come.
        """
        if self._turn is None:
            self._turn = asyncio.Lock()  # within the loop that serves
        async with asyncio.timeout(patience_s):
            await self._turn.acquire()
        try:
            yield
        finally:
            self._turn.release()
