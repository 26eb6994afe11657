"""How the study's networks are initialised: a row an initialisation; all else, from shards to pages, reads these.

Snakemake itself imports this module and has neither NumPy nor torch at hand: only a draw imports them.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from kotohajime.colours import BLUE, VERMILLION
from kotohajime.config import Sizes

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Start:
    """A distribution of initial weights, float32 and drawn on the CPU, and how it is shown."""

    label: str
    colour: str
    draw: Callable[[int, Sizes], tuple["Tensor", "Tensor"]]  # w1 (inputs, hidden), w2 (hidden, outputs) of a seed
    variance: Callable[[Sizes], float]  # of w1's entries
    fill: Literal["full", "none"] = "full"  # of its marks

    def sharpness(self, sizes: Sizes) -> float:
        """Return what theory expects of the sharpness, at leading order: that of the activations' common part."""
        return sizes.batch_size * sizes.hidden_dim * sizes.input_dim * self.variance(sizes) / math.pi


def normal(seed: int, sizes: Sizes) -> tuple["Tensor", "Tensor"]:
    """Return w1 and w2 of problem.npz for a seed: N(0, 1)."""
    import torch

    from kotohajime.article.problem import draw

    problem = draw(seed, **sizes.model_dump())
    return torch.from_numpy(problem["w1"]), torch.from_numpy(problem["w2"])


def linear(seed: int, sizes: Sizes) -> tuple["Tensor", "Tensor"]:
    """Return the weights from which `article.train_module` trains under a seed: nn.Linear's default."""
    import torch

    from kotohajime.article.train_module import TwoLayerNet

    torch.manual_seed(seed)
    return TwoLayerNet(sizes.input_dim, sizes.hidden_dim, sizes.output_dim).weights()


STARTS = {
    "normal": Start("N(0, 1)", BLUE, normal, lambda sizes: 1.0),
    "linear": Start("nn.Linear's default", VERMILLION, linear, lambda sizes: 1 / (3 * sizes.input_dim), fill="none"),
}
