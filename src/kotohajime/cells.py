"""The cells of the study: which networks are trained for each seed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import NamedTuple

from kotohajime.cli import Count, Momentum, Rate
from kotohajime.files import read_json
from kotohajime.schedule import halving


class Cell(NamedTuple):
    """One way to train a network; every seed has one network in each cell."""

    start: str  # normal: N(0, 1); linear: nn.Linear's default
    optimizer: str  # gd: plain gradient descent; nesterov: with momentum
    schedule: str  # constant; notebook: halved after epoch 0 too; intended: not after epoch 0
    learning_rate: float  # of the first epoch


def as_momentum(rate: float, momentum: float) -> float:
    """Return the rate at which plain gradient descent should do what momentum does at `rate`: rate / (1 - momentum)."""
    return float(f"{rate / (1 - momentum):.12g}")  # 5e-5, not 5.000000000000001e-5


def base(precisions: Collection[str]) -> str:
    """Return the study's precision, given all that it used: what ends low in float32 is there in float64 as well."""
    return "float32" if "float32" in set(precisions) else "float64"


def stable(momentum: float) -> float:
    """Return the largest stable rate on a quadratic, times its sharpness: 2, and less with Nesterov's momentum."""
    return (2 + 2 * momentum) / (1 + 2 * momentum)


@dataclass(frozen=True)
class Article:
    """The article's settings that the study takes over.

    Args:
        epochs: updates, each on the full batch.
        momentum: of the module run, for all that use Nesterov's.
        manual_learning_rate: of the manual run's first update.
        manual_halve_every: epochs between two halvings of the manual run's rate.
        autograd_learning_rate: of the autograd run.
        module_learning_rate: of the module run.
    """

    epochs: Count = 1000
    momentum: Momentum = 0.8
    manual_learning_rate: Rate = 2.0e-6
    manual_halve_every: Count = 200
    autograd_learning_rate: Rate = 1.0e-6
    module_learning_rate: Rate = 1.0e-5

    def runs(self) -> dict[str, Cell]:
        """Return the article's three runs as cells (without the module run's weight decay, which is below rounding)."""
        return {
            "manual": Cell("normal", "gd", "notebook", self.manual_learning_rate),
            "autograd": Cell("normal", "gd", "constant", self.autograd_learning_rate),
            "module": Cell("linear", "nesterov", "constant", self.module_learning_rate),
        }

    @classmethod
    def read(cls, settings: Path) -> "Article":
        """Read the settings that `study_runs` wrote."""
        return cls(**read_json(settings))

    def cells(self, learning_rates: Sequence[float]) -> list[Cell]:
        """Return all cells: every start, optimiser and rate, the article's rates among them, and the manual runs."""
        rates = sorted(
            {
                *learning_rates,
                self.autograd_learning_rate,
                self.module_learning_rate,
                as_momentum(self.module_learning_rate, self.momentum),
            }
        )
        grid = product(("normal", "linear"), ("gd", "nesterov"), ("constant",), rates)
        manual = [Cell("normal", "gd", schedule, self.manual_learning_rate) for schedule in ("notebook", "intended")]
        return [*map(Cell._make, grid), *manual]

    def rates(self, cell: Cell) -> list[float]:
        """Return the learning rate of each epoch."""
        if cell.schedule == "constant":
            return [cell.learning_rate] * self.epochs
        return halving(cell.learning_rate, self.epochs, self.manual_halve_every, cell.schedule == "notebook")
