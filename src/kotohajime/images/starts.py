"""More starts, compared where a start is to show what it buys: a row a start, in one size or several."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kotohajime.config import Sizes
from kotohajime.engine.starts import linear, normal

if TYPE_CHECKING:
    from torch import Tensor

ENOUGH = 0.01  # training error per output at which training on images ends; test errors compare only there
ON_NOISE = {  # the starts that are trained on noise as well: rate x sharpness, in 16ths of a decade
    "normal": range(-4, 13),  # 0.56 to 5.6: all rates that work, and some that do not at both ends
    "linear": range(-8, 13),  # from 0.32
    "balanced": range(-4, 13, 2),
}
TAUGHT = ("normal", "linear")  # those that learn from a teacher
CATAPULTS = (1.0, 2.0, 2.8, 3.4)  # there, rate x sharpness; above 2 the loss first rises (Lewkowycz et al. 2020)


@dataclass(frozen=True)
class Variant:
    """A start of the networks that learn images, in one size or several, and how it is shown."""

    label: str
    colour: str
    marker: str  # matplotlib's
    scales: Callable[[float, Sizes], tuple[float, float]] | None  # standard deviations of w1, w2; None: nn.Linear's own
    sizes: tuple[float, ...] = (1.0,)  # the `scale` column: what `scales` is given
    centred: bool = False  # the network's first output is subtracted from all that it says

    def draw(self, scale: float, seed: int, sizes: Sizes) -> tuple["Tensor", "Tensor"]:
        """Return w1 and w2: N(0, 1) of the seed, scaled, so that starts of one seed differ in nothing else."""
        if self.scales is None:
            return linear(seed, sizes)
        w1, w2 = normal(seed, sizes)
        s1, s2 = self.scales(scale, sizes)
        return w1 * s1, w2 * s2


def deviations(sizes: Sizes) -> tuple[float, float]:
    """Return the standard deviations of nn.Linear's default weights, U(-1, 1) / sqrt(inputs), in both layers."""
    return 1 / math.sqrt(3 * sizes.input_dim), 1 / math.sqrt(3 * sizes.hidden_dim)


def he(_: float, sizes: Sizes) -> tuple[float, float]:
    """Return the deviations of He et al. (2015), torch's kaiming_normal_: sqrt(2 / inputs)."""
    return math.sqrt(2 / sizes.input_dim), math.sqrt(2 / sizes.hidden_dim)


def xavier(_: float, sizes: Sizes) -> tuple[float, float]:
    """Return the deviations of Glorot and Bengio (2010), torch's xavier_normal_: sqrt(2 / (inputs + outputs))."""
    hidden = sizes.hidden_dim
    return math.sqrt(2 / (sizes.input_dim + hidden)), math.sqrt(2 / (hidden + sizes.output_dim))


def balanced(ratio: float, sizes: Sizes) -> tuple[float, float]:
    """Return deviations with nn.Linear's product, so outputs of its size; the second is `ratio` times the first.

    What the layers' rates would do is the same: rates (r1, r2) from (w1, w2) are the rate sqrt(r1 r2) from
    (w1 / c, c w2), c^4 = r1 / r2.
    """
    product = math.prod(deviations(sizes))
    return math.sqrt(product / ratio), math.sqrt(product * ratio)


VARIANTS = {
    "normal": Variant("N(0, 1)", "tab:blue", "o", lambda scale, _: (scale, scale)),
    "linear": Variant("nn.Linear's default", "tab:orange", "s", None),
    "centred": Variant("N(0, 1), centred", "tab:purple", "D", lambda scale, _: (scale, scale), centred=True),
    "he": Variant("He", "tab:red", "v", he),
    "xavier": Variant("Xavier", "tab:green", "^", xavier),
    "balanced": Variant("nn.Linear's product", "tab:brown", "P", balanced, (0.1, 0.316, 1.0, 3.16, 10.0)),
    "scaled": Variant(
        "scale x N(0, 1)", "tab:cyan", "X", lambda scale, _: (scale, scale), (0.03, 0.05, 0.1, 0.2, 0.3, 0.5)
    ),
}
