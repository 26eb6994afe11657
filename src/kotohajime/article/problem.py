"""Draw the article's data and initial weights from one seed."""

from pathlib import Path

import numpy as np

from kotohajime.cli import run
from kotohajime.config import Seed, Sizes
from kotohajime.io import write_npz


def draw(seed: int, batch_size: int, input_dim: int, hidden_dim: int, output_dim: int) -> dict[str, np.ndarray]:
    """Return x (batch, inputs), y (batch, outputs), w1 (inputs, hidden), w2 (hidden, outputs): N(0, 1), float32.

    NumPy draws them, on the CPU: the same numbers for every device, and a stream of its own. torch's generator, with
    the same seed, is left to `nn.Linear`; one stream for both would tie that initialisation to the data. It draws in
    float64: a float32 draw takes logarithms from the system's C library, and two versions of glibc (2.36 and 2.41) gave
    other bits for 24 of 200 seeds. Rounded from float64, all 200 were the same.
    """
    generator = np.random.default_rng(seed)
    shapes = {
        "x": (batch_size, input_dim),
        "y": (batch_size, output_dim),
        "w1": (input_dim, hidden_dim),
        "w2": (hidden_dim, output_dim),
    }
    return {name: generator.standard_normal(shape).astype(np.float32) for name, shape in shapes.items()}


def main(*, seed: Seed = Seed(), sizes: Sizes = Sizes(), output: Path) -> None:
    """Draw the data and the initial weights that the trainings share.

    Args:
        seed: the seed of NumPy's generator.
        sizes: of the problem and of the network.
        output: the NPZ file to write.
    """
    write_npz(output, draw(seed.seed, **sizes.model_dump()))


if __name__ == "__main__":
    run(main)
