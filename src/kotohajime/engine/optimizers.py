"""How the study's networks are updated: a row an optimiser; all else, from the engine to pages, reads these."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from kotohajime.tables import significant


class Update(NamedTuple):
    """One update rule in numbers, as torch.optim.SGD takes it."""

    momentum: float = 0.0  # 0 for plain gradient descent
    nesterov: bool = False


@dataclass(frozen=True)
class Optimizer:
    """A kind of update, what theory says of it, and how it is shown."""

    label: str
    line: str
    marker: str
    limit: Callable[[float], float]  # by the momentum: the largest stable rate on a quadratic, times its sharpness
    momentum: bool = False
    nesterov: bool = False

    def update(self, momentum: float) -> Update:
        """Return the update with a momentum, which plain gradient descent leaves aside."""
        return Update(momentum, self.nesterov) if self.momentum else Update()


OPTIMIZERS = {
    "gd": Optimizer("gradient descent", "-", "o", limit=lambda mu: 2.0),
    "nesterov": Optimizer(
        "Nesterov momentum", "--", "s", limit=lambda mu: (2 + 2 * mu) / (1 + 2 * mu), momentum=True, nesterov=True
    ),
}


def rate_at(c: float, sharpness: float) -> float:
    """Return the learning rate c / sharpness; 1 where the sharpness is 0: no unit is active, and none moves."""
    return significant(c / sharpness) if sharpness else 1.0


def as_momentum(rate: float, momentum: float) -> float:
    """Return the rate at which plain gradient descent should do what momentum does at `rate`: rate / (1 - momentum)."""
    return significant(rate / (1 - momentum), 12)  # 5e-5, not 5.000000000000001e-5
