"""The cells of the study: which networks are trained for each seed."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

from kotohajime.schedule import halving


class Cell(NamedTuple):
    """One way to train a network; every seed has one network in each cell."""

    start: str  # normal: N(0, 1); linear: nn.Linear's default
    optimizer: str  # gd: plain gradient descent; nesterov: with momentum
    schedule: str  # constant; notebook: halved after epoch 0 too; intended: not after epoch 0
    learning_rate: float  # of the first epoch


@dataclass(frozen=True)
class Article:
    """The article's settings that the study takes over."""

    epochs: int
    momentum: float
    manual_learning_rate: float
    manual_halve_every: int
    autograd_learning_rate: float
    module_learning_rate: float

    def runs(self) -> dict[str, Cell]:
        """Return the article's three runs as cells (without the module run's weight decay, which is below rounding)."""
        return {
            "manual": Cell("normal", "gd", "notebook", self.manual_learning_rate),
            "autograd": Cell("normal", "gd", "constant", self.autograd_learning_rate),
            "module": Cell("linear", "nesterov", "constant", self.module_learning_rate),
        }

    def cells(self, learning_rates: Sequence[float]) -> list[Cell]:
        """Return all cells: every start, optimiser and rate, the article's rates among them, and the manual runs."""
        rates = sorted({*learning_rates, self.autograd_learning_rate, self.module_learning_rate})
        grid = product(("normal", "linear"), ("gd", "nesterov"), ("constant",), rates)
        manual = [Cell("normal", "gd", schedule, self.manual_learning_rate) for schedule in ("notebook", "intended")]
        return [*map(Cell._make, grid), *manual]

    def rates(self, cell: Cell) -> list[float]:
        """Return the learning rate of each epoch."""
        if cell.schedule == "constant":
            return [cell.learning_rate] * self.epochs
        return halving(cell.learning_rate, self.epochs, self.manual_halve_every, cell.schedule == "notebook")
