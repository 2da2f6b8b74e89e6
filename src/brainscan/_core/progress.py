"""Show how far a long job is: a bar on a terminal, a line a step elsewhere; on standard error."""

from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


class JobProgress:
    """Count the steps of a job; use it in a ``with`` statement.

    Args:
        total: the number of steps.
        shown: False shows nothing.
    """

    def __init__(self, total: int, shown: bool = True) -> None:
        self._console = Console(stderr=True, quiet=not shown)
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("time left"),
            TimeRemainingColumn(),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        self._task = self._bar.add_task("", total=total)
        self._first: tuple[float, float] | None = None

    def __enter__(self) -> "JobProgress":
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def describe(self, text: str) -> None:
        """Say what is being done now."""
        self._bar.update(self._task, description=text)

    def advance(self, text: str, steps: int = 1) -> None:
        """Count finished steps, and say what was finished."""
        self._bar.update(self._task, description=text, advance=steps)
        if not self._console.is_terminal:
            self._console.print(f"{text}{self._time_left()}", markup=False, highlight=False)

    @property
    def completed(self) -> int:
        """How many steps were counted."""
        return int(self._bar.tasks[0].completed)

    def advance_to(self, steps: int) -> None:
        """Count steps that will not be done as done, up to this many."""
        self._bar.update(self._task, completed=steps)

    def note(self, text: str) -> None:
        """Print a line that stays."""
        self._console.print(text, markup=False, highlight=False)

    def _time_left(self) -> str:
        """Return what is left at the pace since the first step, which compiles and says nothing."""
        task = self._bar.tasks[0]
        if not task.completed or task.total is None or task.elapsed is None:
            return ""
        if self._first is None:
            self._first = (task.elapsed, task.completed)
        begin, before = self._first
        if task.completed == before:
            return ""
        pace = (task.elapsed - begin) / (task.completed - before)
        seconds = pace * (task.total - task.completed)
        return f", about {seconds:.0f} s left" if seconds >= 1 else ""
