"""Draw the article's data and starting weights from one seed."""

from pathlib import Path

import numpy as np

from kotohajime.cli import Seed, Size, run
from kotohajime.files import write_npz


def draw(seed: int, batch: int, inputs: int, hidden: int, outputs: int) -> dict[str, np.ndarray]:
    """Return x (batch, inputs), y (batch, outputs), w1 (inputs, hidden), w2 (hidden, outputs): N(0, 1), float32.

    NumPy draws them, on the CPU: the same numbers for every device, and a stream of its own. torch's generator, with
    the same seed, is left to `nn.Linear`; one stream for both would tie that start to the data. It draws in float64:
    a float32 draw takes logarithms from the system's C library, and two versions of glibc (2.36 and 2.41) gave other
    bits for 24 of 200 seeds. Rounded from float64, all 200 were the same.
    """
    generator = np.random.default_rng(seed)
    shapes = {"x": (batch, inputs), "y": (batch, outputs), "w1": (inputs, hidden), "w2": (hidden, outputs)}
    return {name: generator.standard_normal(shape).astype(np.float32) for name, shape in shapes.items()}


def main(
    *,
    seed: Seed = 20180429,
    batch_size: Size = 100,
    input_dim: Size = 100,
    hidden_dim: Size = 1000,
    output_dim: Size = 10,
    output: Path,
) -> None:
    """Draw the data and the starting weights that the trainings share.

    Args:
        seed: where NumPy's generator starts.
        batch_size: samples.
        input_dim: numbers in a sample.
        hidden_dim: units of the hidden layer.
        output_dim: numbers to predict for a sample.
        output: the NPZ file to write.
    """
    write_npz(output, draw(seed, batch_size, input_dim, hidden_dim, output_dim))


if __name__ == "__main__":
    run(main)
