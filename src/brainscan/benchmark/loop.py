"""One model after the other, fold by fold: what is finished is read back, what fails is told."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias, TypeVar

from brainscan._core.progress import JobProgress
from brainscan.benchmark.store import Store
from brainscan.datasets.splits import Split

Outcome: TypeAlias = dict[str, Any]
"""What is kept of a fold: plain values for JSON."""

RowT = TypeVar("RowT")
ContenderT = TypeVar("ContenderT")


@dataclass(frozen=True)
class Finished(Generic[RowT]):
    """What came of a loop.

    Args:
        rows: one a model, in the order asked for.
        outcomes: by model, one a fold; a model that failed has none.
        interrupted: whether it was stopped with Ctrl-C.
    """

    rows: tuple[RowT, ...]
    outcomes: dict[str, list[Outcome]]
    interrupted: bool


class Loop(ABC, Generic[RowT, ContenderT]):
    """A run at work: a subclass says what a contender is, and what is kept of a fold.

    Args:
        splits: one a fold.
        store: where what is finished is kept.
        shown: how far the run is.
    """

    def __init__(self, splits: Sequence[Split], store: Store, shown: JobProgress) -> None:
        self.splits, self.store, self.shown = splits, store, shown

    @abstractmethod
    def contender(self, name: str) -> ContenderT:
        """Build a model."""

    @abstractmethod
    def fold(
        self, name: str, contender: ContenderT, fold: int, split: Split, where: str
    ) -> Outcome:
        """Train and test on one split, and keep what does not go into the outcome."""

    @abstractmethod
    def row(self, name: str, contender: ContenderT, outcomes: list[Outcome]) -> RowT:
        """Return the figures of a model that was tested on every fold."""

    @abstractmethod
    def failed(self, name: str, reason: str) -> RowT:
        """Return the row of a model without figures, which says why."""

    @abstractmethod
    def row_from(self, values: dict[str, Any]) -> RowT:
        """Make a row from the values that the store kept of it."""

    @abstractmethod
    def steps(self, name: str) -> int:
        """Return how many steps of progress a fold of a model is."""

    def stored(self, name: str, fold: int) -> Outcome | None:
        """Return the outcome of a fold that need not be done again."""
        return self.store.fold(name, fold)

    def all(self, names: Sequence[str]) -> Finished[RowT]:
        """Run every model; one that fails becomes a row that says why, and the others go on."""
        rows: list[RowT] = []
        outcomes: dict[str, list[Outcome]] = {}
        for position, name in enumerate(names):
            done = self.shown.completed
            try:
                row, outcomes[name] = self._model(name)
            except KeyboardInterrupt:
                self.shown.note(f"stopped in {name}; what is finished is kept")
                left = "stopped before it was done"
                rows += [self.failed(model, left) for model in names[position:]]
                return Finished(tuple(rows), outcomes, interrupted=True)
            except Exception as error:  # noqa: BLE001  whatever went wrong with it, the others go on
                reason = f"{type(error).__name__}: {' '.join(str(error).split())}"
                row = self.failed(name, reason)
                self.shown.advance_to(done + self.steps(name) * len(self.splits))
                self.shown.note(f"{name} failed: {reason}")
            rows.append(row)
        return Finished(tuple(rows), outcomes, interrupted=False)

    def _model(self, name: str) -> tuple[RowT, list[Outcome]]:
        stored = [self.stored(name, fold) for fold in range(len(self.splits))]
        values = self.store.row(name)
        outcomes = [outcome for outcome in stored if outcome is not None]
        if values is not None and len(outcomes) == len(self.splits):
            self.shown.advance(f"{name}: read back", self.steps(name) * len(outcomes))
            return self.row_from(values), outcomes
        self.shown.describe(f"{name}: building")
        contender = self.contender(name)
        stored[-1] = None  # inference is timed with a trained model, so the last fold is done again
        for fold, split in enumerate(self.splits):
            if stored[fold] is not None:
                self.shown.advance(f"{name} fold {fold + 1}: read back", self.steps(name))
                continue
            where = f"{name} fold {fold + 1}/{len(self.splits)}"
            self.shown.describe(where)
            outcome = self.fold(name, contender, fold, split, where)
            self.store.save_fold(name, fold, outcome)
            stored[fold] = outcome
        outcomes = [outcome for outcome in stored if outcome is not None]
        row = self.row(name, contender, outcomes)
        self.store.save_row(name, row)
        return row, outcomes
