"""Where the study's networks start: a row a start, and all else, from shards to pages, takes it from here."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kotohajime.article.problem import draw
from kotohajime.config import Sizes

if TYPE_CHECKING:  # torch takes a second, and only a draw needs it
    from torch import Tensor


@dataclass(frozen=True)
class Start:
    """A distribution of initial weights, float32 and drawn on the CPU, and how it is shown."""

    label: str
    colour: str
    draw: Callable[[int, Sizes], tuple["Tensor", "Tensor"]]  # w1 (inputs, hidden), w2 (hidden, outputs) of a seed
    variance: Callable[[Sizes], float]  # of w1's entries
    japanese: str = ""  # what it is called on Japanese pages, if not the same

    def sharpness(self, sizes: Sizes) -> float:
        """Return what theory expects of the sharpness, at leading order: that of the activations' common part."""
        return sizes.batch_size * sizes.hidden_dim * sizes.input_dim * self.variance(sizes) / math.pi


def normal(seed: int, sizes: Sizes) -> tuple["Tensor", "Tensor"]:
    """Return the weights of `problem`."""
    import torch

    problem = draw(seed, **sizes.model_dump())
    return torch.from_numpy(problem["w1"]), torch.from_numpy(problem["w2"])


def linear(seed: int, sizes: Sizes) -> tuple["Tensor", "Tensor"]:
    """Return the weights that `train_module` starts from."""
    import torch

    from kotohajime.article.train_module import TwoLayerNet

    torch.manual_seed(seed)
    return TwoLayerNet(sizes.input_dim, sizes.hidden_dim, sizes.output_dim).weights()


STARTS = {
    "normal": Start("N(0, 1)", "tab:blue", normal, variance=lambda sizes: 1.0),
    "linear": Start("nn.Linear's default", "tab:orange", linear, variance=lambda sizes: 1 / (3 * sizes.input_dim),
                    japanese="nn.Linear の既定"),
}  # fmt: skip
