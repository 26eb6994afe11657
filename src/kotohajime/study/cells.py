"""The cells of the study: which networks are trained for each seed."""

from collections.abc import Iterable, Sequence
from itertools import product
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from kotohajime.article.schedule import halving
from kotohajime.config import Article
from kotohajime.engine.optimizers import OPTIMIZERS, as_momentum
from kotohajime.engine.starts import STARTS
from kotohajime.io import damaged, read_json

FLOOR = 1e-4  # a float32 loss that ends below it may be rounding: that network is trained in float64 as well


class Cell(NamedTuple):
    """How a network is trained; every seed has one network in each cell."""

    start: str  # of STARTS
    optimizer: str  # of OPTIMIZERS
    schedule: str  # constant; notebook: halved after epoch 0 too; intended: not after epoch 0
    learning_rate: float  # of the first epoch


def article_cells(article: Article) -> dict[str, Cell]:
    """Return the article's three runs as cells (without the module run's weight decay, which is below rounding)."""
    return {
        "manual": Cell("normal", "gd", "notebook", article.manual_learning_rate),
        "autograd": Cell("normal", "gd", "constant", article.autograd_learning_rate),
        "module": Cell("linear", "nesterov", "constant", article.module_learning_rate),
    }


def followed_cells(article: Article) -> dict[str, Cell]:
    """Return the cells whose curves are kept: the article's runs, and the autograd run with half its learning rate."""
    runs = article_cells(article)
    return {**runs, "halved": runs["autograd"]._replace(learning_rate=article.autograd_learning_rate / 2)}


def grid(article: Article, rates: Sequence[float]) -> list[Cell]:
    """Return all cells: every start, optimiser and rate, the article's rates among them, and the manual runs."""
    autograd, module = article.autograd_learning_rate, article.module_learning_rate
    all_rates = sorted({*rates, autograd, module, as_momentum(module, article.module_momentum)})
    cells = [Cell(*values) for values in product(STARTS, OPTIMIZERS, ["constant"], all_rates)]
    return cells + [
        Cell("normal", "gd", schedule, article.manual_learning_rate) for schedule in ("notebook", "intended")
    ]


def learning_rates(article: Article, cell: Cell) -> list[float]:
    """Return the learning rate of each epoch."""
    if cell.schedule == "constant":
        return [cell.learning_rate] * article.epochs
    return halving(cell.learning_rate, article.epochs, article.manual_halve_every, cell.schedule == "notebook")


def main_precision(precisions: Iterable[str]) -> str:
    """Return the precision that every cell has; those whose loss ends low in float32 are there in float64 as well."""
    return "float32" if "float32" in set(precisions) else "float64"


def read_settings(path: Path) -> Article:
    """Return the settings that `study.tables` wrote; UserError names a file that holds others."""
    try:
        return Article.model_validate(read_json(path))
    except ValidationError as error:
        raise damaged(path, "it holds other settings than the study's") from error
