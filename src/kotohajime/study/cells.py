"""The cells of the study: which networks are trained for each seed."""

from collections.abc import Collection, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from pydantic import ValidationError

from kotohajime.article.schedule import halving
from kotohajime.io import damaged, read_json
from kotohajime.config import take
from kotohajime.engine.optimizers import OPTIMIZERS
from kotohajime.engine.starts import STARTS

if TYPE_CHECKING:
    from pandas import DataFrame


class Cell(NamedTuple):
    """One way to train a network; every seed has one network in each cell."""

    start: str  # of STARTS
    optimizer: str  # of OPTIMIZERS
    schedule: str  # constant; notebook: halved after epoch 0 too; intended: not after epoch 0
    learning_rate: float  # of the first epoch


def significant(number: float, digits: int = 6) -> float:
    """Return a number to some digits; a sharpness, and what rests on one, is found to 1e-6."""
    return float(f"{number:.{digits}g}")


def rate_at(c: float, sharpness: float) -> float:
    """Return the learning rate c / sharpness; 1 where that is 0: no unit is active, and none moves."""
    return significant(c / sharpness) if sharpness else 1.0


def as_momentum(rate: float, momentum: float) -> float:
    """Return the rate at which plain gradient descent should do what momentum does at `rate`: rate / (1 - momentum)."""
    return significant(rate / (1 - momentum), 12)  # 5e-5, not 5.000000000000001e-5


def main_precision(precisions: Collection[str]) -> str:
    """Return the precision that every cell has; those whose loss ends low in float32 are there in float64 as well."""
    return "float32" if "float32" in set(precisions) else "float64"


def having(table: "DataFrame", values: Mapping[str, object]) -> "DataFrame":
    """Return the rows of a table that have some values."""
    return table[np.logical_and.reduce([table[name] == value for name, value in values.items()])]


class Article(
    take(
        "epochs",
        "module_momentum",
        "manual_learning_rate",
        "manual_halve_every",
        "autograd_learning_rate",
        "module_learning_rate",
    )
):
    """What the study takes over from the article's three runs."""

    @classmethod
    def read(cls, settings: Path) -> "Article":
        """Read the settings that `study_runs` wrote; UserError names the file when they are not what they should be."""
        try:
            return cls.model_validate(read_json(settings))
        except ValidationError as error:
            raise damaged(settings, "it holds other settings than the study's") from error

    def runs(self) -> dict[str, Cell]:
        """Return the article's three runs as cells (without the module run's weight decay, which is below rounding)."""
        return {
            "manual": Cell("normal", "gd", "notebook", self.manual_learning_rate),
            "autograd": Cell("normal", "gd", "constant", self.autograd_learning_rate),
            "module": Cell("linear", "nesterov", "constant", self.module_learning_rate),
        }

    def cells(self, learning_rates: Sequence[float]) -> list[Cell]:
        """Return all cells: every start, optimiser and rate, the article's rates among them, and the manual runs."""
        own = self.autograd_learning_rate, self.module_learning_rate
        rates = sorted({*learning_rates, *own, as_momentum(self.module_learning_rate, self.module_momentum)})
        grid = product(STARTS, OPTIMIZERS, ("constant",), rates)
        manual = [Cell("normal", "gd", schedule, self.manual_learning_rate) for schedule in ("notebook", "intended")]
        return [*map(Cell._make, grid), *manual]

    def rates(self, cell: Cell) -> list[float]:
        """Return the learning rate of each epoch."""
        if cell.schedule == "constant":
            return [cell.learning_rate] * self.epochs
        return halving(cell.learning_rate, self.epochs, self.manual_halve_every, cell.schedule == "notebook")
