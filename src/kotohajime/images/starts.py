"""The initialisations that learn images, a row each: more than the study's two, to show what a good one buys.

Importing this needs neither torch nor NumPy: the workflow reads the names to check the hypotheses before anything runs.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kotohajime.colours import BLUE, GREEN, GREY, ORANGE, PURPLE, SKY, VERMILLION
from kotohajime.config import Sizes
from kotohajime.engine import starts

if TYPE_CHECKING:
    from torch import Tensor

TRAIN_LOSS_TARGET = 0.01  # error per output at which training on images ends; test errors compare only there
NOISE_INITS = {  # those trained on noise as well: log10(learning rate x sharpness) in 16ths
    "normal": range(-4, 13),  # 0.56 to 5.6: all rates that work, and some that do not at both ends
    "linear": range(-8, 13),  # from 0.32
    "balanced": range(-4, 13, 2),
}
NOISE_EPOCHS = 400
TEACHER_INITS = ("normal", "linear")  # those that learn a teacher's outputs
TEACHER_RATES = (1.0, 2.0, 2.8, 3.4)  # there, x sharpness; above 2 the loss first rises (Lewkowycz et al. 2020)


@dataclass(frozen=True)
class Variant:
    """An initialisation in one scale or several, and how it is drawn in figures."""

    label: str
    colour: str
    marker: str  # matplotlib's
    deviations: Callable[[float, Sizes], tuple[float, float]]  # standard deviations of w1, w2 at a scale
    scales: tuple[float, ...] = (1.0,)  # the `scale` column of results
    centred: bool = False  # the network's initial output is subtracted from all that it predicts
    uniform: bool = False  # nn.Linear draws the weights

    @property
    def style(self) -> dict[str, Any]:
        """Return colour and marker as matplotlib takes them."""
        return {"color": self.colour, "marker": self.marker}

    def draw(self, scale: float, seed: int, sizes: Sizes) -> tuple["Tensor", "Tensor"]:
        """Return w1 and w2: N(0, 1) of the seed, scaled, so that variants of one seed differ in nothing else."""
        if self.uniform:
            return starts.linear(seed, sizes)
        w1, w2 = starts.normal(seed, sizes)
        s1, s2 = self.deviations(scale, sizes)
        return w1 * s1, w2 * s2


def linear(_: float, sizes: Sizes) -> tuple[float, float]:
    """Return the standard deviations of nn.Linear's default weights, U(-1, 1) / sqrt(inputs), in both layers."""
    return 1 / math.sqrt(3 * sizes.input_dim), 1 / math.sqrt(3 * sizes.hidden_dim)


def same(scale: float, _: Sizes) -> tuple[float, float]:
    """Return one standard deviation for both layers."""
    return scale, scale


def he(_: float, sizes: Sizes) -> tuple[float, float]:
    """Return the deviations of He et al. (2015), torch's kaiming_normal_: sqrt(2 / inputs)."""
    return math.sqrt(2 / sizes.input_dim), math.sqrt(2 / sizes.hidden_dim)


def xavier(_: float, sizes: Sizes) -> tuple[float, float]:
    """Return the deviations of Glorot and Bengio (2010), torch's xavier_normal_: sqrt(2 / (inputs + outputs))."""
    hidden = sizes.hidden_dim
    return math.sqrt(2 / (sizes.input_dim + hidden)), math.sqrt(2 / (hidden + sizes.output_dim))


def balanced(ratio: float, sizes: Sizes) -> tuple[float, float]:
    """Return deviations whose product is that of nn.Linear's, so that outputs have the same size.

    The second is `ratio` times the first. Other learning rates in the two layers would do the same: rates (r1, r2)
    from (w1, w2) are the rate sqrt(r1 r2) from (w1 / c, c w2), c^4 = r1 / r2.
    """
    product = math.prod(linear(ratio, sizes))
    return math.sqrt(product / ratio), math.sqrt(product * ratio)


VARIANTS = {
    "normal": Variant("N(0, 1)", BLUE, "o", same),
    "linear": Variant("nn.Linear's default", VERMILLION, "s", linear, uniform=True),
    "centred": Variant("N(0, 1), centred", PURPLE, "D", same, centred=True),
    "he": Variant("He", ORANGE, "v", he),
    "xavier": Variant("Xavier", GREY, "^", xavier),
    "balanced": Variant("nn.Linear's product", GREEN, "P", balanced, (0.1, 0.316, 1.0, 3.16, 10.0)),
    "scaled": Variant("scale x N(0, 1)", SKY, "X", same, (0.03, 0.05, 0.1, 0.2, 0.3, 0.5)),
}
INITS = [(name, scale) for name, variant in VARIANTS.items() for scale in variant.scales]
